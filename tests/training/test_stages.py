"""What stages are watched for."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from keras_uda.config.schema import RunConfig
from keras_uda.config.schema import SegmenterConfig
from keras_uda.config.schema import StageConfig
from keras_uda.data.cache.conversion import encode_png
from keras_uda.data.prepared import Prepared
from keras_uda.training.stage_data import StageData
from keras_uda.training.stages import largest_share
from keras_uda.training.stages import starts_trained


@pytest.fixture
def domains(tmp_path):
    """Source labels with three quarters of class 1."""
    file = tmp_path / "label.png"
    file.write_bytes(encode_png(np.array([[0, 1], [1, 1]], "uint8")))
    source = Prepared([str(file)], [str(file)], ["label.png"], (2, 2))
    return SimpleNamespace(source=source, data=SimpleNamespace(classes=("road", "sky")))


@pytest.mark.parametrize(
    ("method", "expected"),
    [("contrastive_memory", 0.75), ("contrastive_memory_semi", 0.75), ("proda_warmup", 0.75), ("minent", None)],
)
def test_a_method_that_may_collapse_is_watched_without_pseudo_labels(domains, method, expected):
    assert largest_share(StageConfig(method=method), StageData(None, None), domains) == expected


def test_pseudo_labels_say_more_than_source_labels(domains):
    data = StageData(None, None, largest_share=0.4)
    for method in ("cbst", "contrastive_memory"):
        assert largest_share(StageConfig(method=method), data, domains) == 0.4


@pytest.mark.parametrize(
    ("weights", "stage", "number", "expected"),
    [
        ("none", StageConfig(), 0, False),
        ("imagenet", StageConfig(), 1, True),
        ("imagenet", StageConfig(start="initial"), 1, False),
        ("runs/first", StageConfig(), 0, True),
        ("runs/first", StageConfig(start="initial"), 1, True),
        ("runs/first", StageConfig(start="initial", weights="simclr"), 1, False),
    ],
)
def test_a_stage_starts_trained(weights, stage, number, expected):
    run = dataclasses.replace(RunConfig(), segmenter=SegmenterConfig(weights=weights), stages={"a": stage, "b": stage})
    assert starts_trained(run, number) == expected
