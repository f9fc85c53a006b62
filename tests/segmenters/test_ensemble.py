"""Ensembles: the published average of logits, saved and read like any segmenter."""

import json

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.config.schema import SegmenterConfig
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import UsageError
from keras_uda.ops.resize import upsample
from keras_uda.segmenters.build import build_segmenter
from keras_uda.segmenters.build import load_segmenter
from keras_uda.segmenters.build import save_segmenter
from keras_uda.segmenters.ensemble import MeanLogits
from keras_uda.segmenters.ensemble import join_segmenters
from keras_uda.segmenters.inference import label_map_and_confidence
from keras_uda.segmenters.weights.record import make_record

CLASSES = ("road", "sky", "moose")
IMAGE = np.random.default_rng(0).uniform(0, 255, (1, 48, 64, 3)).astype("float32")
TINY = SegmenterConfig("tiny", "none")
NARROW = SegmenterConfig("tiny", "none", levels=2, arguments={"width": 3})


def member(folder, config=TINY, classes=CLASSES, size="64x48"):
    model = build_segmenter(config, len(classes))
    save_segmenter(model, folder, make_record(config, classes, size))
    return model


def members(tmp_path, *configs):
    folders = [tmp_path / f"run{number}" for number in range(len(configs))]
    return folders, [member(folder, config) for folder, config in zip(folders, configs, strict=True)]


@pytest.mark.parametrize("configs", [(TINY, NARROW), (TINY, NARROW, NARROW)], ids=len)
def test_it_is_the_mean_of_the_upsampled_logits(tmp_path, configs):
    folders, models = members(tmp_path, *configs)
    joined, record = join_segmenters(folders)
    save_segmenter(joined, tmp_path / "joined", record)
    again, record = load_segmenter(tmp_path / "joined")
    expected = np.mean([upsample(model(IMAGE)["logits"], IMAGE) for model in models], axis=0)
    np.testing.assert_allclose(upsample(again(IMAGE)["logits"], IMAGE), expected, atol=1e-5)
    assert record["architecture"] == "ensemble" and record["classes"] == list(CLASSES)
    assert [one["folder"] for one in record["provenance"]["members"]] == [folder.name for folder in folders]


def test_shares_count(tmp_path):
    folders, models = members(tmp_path, TINY, TINY)
    joined, _ = join_segmenters(folders, shares=[3, 1])
    first, second = (np.asarray(model(IMAGE)["logits"]) for model in models)
    np.testing.assert_allclose(joined(IMAGE)["logits"], 0.75 * first + 0.25 * second, atol=1e-5)


def test_maps_of_different_strides_meet_at_the_image():
    coarse, fine = (np.random.default_rng(0).normal(size=(1, *size, 3)).astype("float32") for size in ((3, 4), (6, 8)))
    mean = MeanLogits((0.4, 0.6), upsampled=True)([IMAGE, coarse, fine])
    np.testing.assert_allclose(mean, 0.4 * upsample(coarse, IMAGE) + 0.6 * upsample(fine, IMAGE), atol=1e-5)


def test_one_graph_holds_both(tmp_path):
    folders, _ = members(tmp_path, TINY, TINY)
    joined, _ = join_segmenters(folders)
    maps = label_map_and_confidence(joined, tf.cast(IMAGE, "uint8"))
    expected = np.argmax(upsample(joined(np.floor(IMAGE))["logits"], IMAGE), -1)
    np.testing.assert_array_equal(maps["label_map"], expected)


def test_a_changed_member_is_noticed(tmp_path):
    folders, _ = members(tmp_path, TINY, TINY)
    with (folders[1] / "segmenter.weights.h5").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ArtefactError, match="SHA-256"):
        join_segmenters(folders)


def test_members_may_have_records_of_an_earlier_format(tmp_path):
    """In format 1 the options of a network stood beside its name."""
    folders, models = members(tmp_path, TINY, NARROW)
    record = json.loads((folders[1] / "segmenter.json").read_text())
    record["arguments"] |= record["arguments"].pop("arguments")
    (folders[1] / "segmenter.json").write_text(json.dumps(record | {"format": 1}))
    joined, record = join_segmenters(folders)
    save_segmenter(joined, tmp_path / "joined", record)
    again, _ = load_segmenter(tmp_path / "joined")
    np.testing.assert_array_equal(again(IMAGE)["logits"], joined(IMAGE)["logits"])


@pytest.mark.parametrize("other, what", [({"classes": ("road", "sky", "elk")}, "classes"), ({"size": "32x32"}, "size")])
def test_members_must_fit(tmp_path, other, what):
    member(tmp_path / "a")
    member(tmp_path / "b", **other)
    with pytest.raises(UsageError, match=f"different {what}"):
        join_segmenters([tmp_path / "a", tmp_path / "b"])


def test_shares_are_checked(tmp_path):
    two = [tmp_path] * 2
    not_shares = ([1, 0], [1, -1], [float("nan"), 1], [1, float("nan")], [float("inf"), 1])
    for folders, shares in (([tmp_path], None), (two, [1]), *((two, shares) for shares in not_shares)):
        with pytest.raises(UsageError, match="--shares"):
            join_segmenters(folders, shares)


def test_an_ensemble_is_no_member(tmp_path):
    folders, _ = members(tmp_path, TINY, TINY)
    joined, record = join_segmenters(folders)
    save_segmenter(joined, tmp_path / "joined", record)
    with pytest.raises(UsageError, match="joined: is an ensemble itself"):
        join_segmenters([folders[0], tmp_path / "joined"])


@pytest.mark.parametrize(
    "arguments",
    [{"name": "ensemble"}, {"members": ({"name": "tiny"},) * 2}, {"shares": (0.5, 0.5)}]
    + [{"name": "ensemble", "members": ({"name": "ensemble"},) * 2, "shares": (0.5, 0.5)}],
)
def test_nobody_configures_one(arguments):
    with pytest.raises(UsageError):
        SegmenterConfig(**arguments)
