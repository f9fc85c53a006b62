"""What a stage trains on, and whether it is watched for a class that swallows the map."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from keras_uda.config.data_schema import DomainConfig
from keras_uda.data.cache.conversion import encode_png
from keras_uda.data.prepared import Prepared
from keras_uda.training import preparation
from keras_uda.training.preparation import float32_segmenter
from keras_uda.training.preparation import prepare_stage
from keras_uda.training.preparation import teacher_segmenter
from tests.stages import make_stage
from tests.stages import make_stages


@pytest.fixture
def domains(tmp_path):
    """Source labels with three quarters of class 1."""
    file = tmp_path / "label.png"
    file.write_bytes(encode_png(np.array([[0, 1], [1, 1]], "uint8")))
    source = Prepared([str(file)], [str(file)], ["label.png"], (2, 2))
    data = SimpleNamespace(classes=("road", "sky"))
    options = {"of": lambda facts: (source, None), "partner_of": lambda facts: None}
    return SimpleNamespace(source=source, data=data, **options)


@pytest.mark.parametrize(
    ("method", "expected"),
    [("contrastive_memory", 0.75), ("contrastive_memory_semi", 0.75), ("proda_warmup", 0.75), ("minent", None)],
)
def test_a_method_that_may_collapse_is_watched_without_pseudo_labels(tmp_path, domains, method, expected):
    data = prepare_stage(make_stage(tmp_path, method), domains, None)
    assert data.largest_share == expected and data.source is domains.source


def test_a_stage_learns_from_the_segmenter_of_its_teacher(tmp_path, monkeypatch):
    monkeypatch.setattr(preparation, "load_segmenter", lambda place: (place.name,))
    first, second, third = make_stages(tmp_path, one="source_only", two="proda_distil", three="minent")
    assert teacher_segmenter(second, None) == "0_one"
    assert teacher_segmenter(third, None) is None
    assert float32_segmenter(first, first.labeller, "given") == "given"


def test_without_a_source_the_largest_class_is_that_of_the_given_segmenter(tmp_path, domains, monkeypatch):
    stage = make_stage(tmp_path, "minent_source_free")
    data = dataclasses.replace(stage.run.data, source=DomainConfig(name="none"))
    stage = dataclasses.replace(stage, run=dataclasses.replace(stage.run, data=data))
    maps = np.array([[[0, 1], [1, 1]], [[1, 1], [1, 1]]])
    monkeypatch.setattr(preparation, "evaluation_frames", lambda target, most: [(None, image, None) for image in maps])
    monkeypatch.setattr(preparation, "label_map_of", lambda segmenter, images: images)
    domains.target = None
    assert prepare_stage(stage, domains, "given").largest_share == 7 / 8
