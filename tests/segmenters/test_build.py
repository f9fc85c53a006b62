"""The artefact of a segmenter: what is written comes back, and nothing else is believed."""

import dataclasses

import keras
import numpy as np
import pytest

from keras_uda.config.names import SEGMENTERS
from keras_uda.config.schema import SegmenterConfig
from keras_uda.config.segmenter_spec import segmenter_facts
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import UsageError
from keras_uda.segmenters import build
from keras_uda.segmenters.build import build_segmenter
from keras_uda.segmenters.build import load_segmenter
from tests.segmenters.saving import CLASSES
from tests.segmenters.saving import IMAGE
from tests.segmenters.saving import TINY
from tests.segmenters.saving import refused
from tests.segmenters.saving import saved
from tests.segmenters.saving import sign_again

SMALL = ("tiny", "efficientnet_lite0")


@pytest.mark.parametrize(
    ("name", "mode"),
    [("tiny", "live"), ("tiny", "batch_stats"), ("tiny", "frozen"), ("efficientnet_lite0", "batch_stats")],
)
def test_what_was_saved_comes_back(name, mode, tmp_path):
    config = SegmenterConfig(name=name, levels=2, arguments={"batch_norm": mode})
    model = saved(tmp_path / "run", config)
    again, record = load_segmenter(tmp_path / "run")
    expected, got = model(IMAGE), again(IMAGE)
    for head in ("logits", "aux_logits", "features"):
        np.testing.assert_array_equal(got[head], expected[head])
    assert record["classes"] == list(CLASSES) and record["palette"][0] == [128, 64, 128]
    assert record["architecture"] == name and record["provenance"] == {"run": "test"}
    assert [v.trainable for v in again.weights] == [v.trainable for v in model.weights]


def test_keras_reads_the_weights_file_too(tmp_path):
    model = saved(tmp_path)
    other = build_segmenter(TINY, len(CLASSES))
    other.load_weights(tmp_path / "segmenter.weights.h5")
    np.testing.assert_array_equal(other(IMAGE)["logits"], model(IMAGE)["logits"])


def test_a_run_can_start_from_a_folder_or_its_weights_file(tmp_path):
    model = saved(tmp_path)
    for place in (tmp_path, tmp_path / "segmenter.weights.h5"):
        started = build_segmenter(dataclasses.replace(TINY, weights=str(place)), len(CLASSES))
        np.testing.assert_array_equal(started(IMAGE)["logits"], model(IMAGE)["logits"])
    with pytest.raises(ArtefactError, match="holds a tiny, the configuration names efficientnet_lite0"):
        build_segmenter(SegmenterConfig(weights=str(tmp_path)), len(CLASSES))
    with pytest.raises(ArtefactError, match="holds 3 classes, the configuration has 4"):
        build_segmenter(dataclasses.replace(TINY, weights=str(tmp_path)), 4)
    with pytest.raises(ArtefactError, match="import-weights"):
        build_segmenter(dataclasses.replace(TINY, weights=str(tmp_path / "x.pth")), 3)


@pytest.mark.parametrize("name", SMALL)
def test_bfloat16_keeps_logits_and_weights_in_float32(name):
    model = build_segmenter(SegmenterConfig(name=name, weights="none", levels=2), 3, "mixed_bfloat16")
    for training in (False, True):
        outputs = model(IMAGE, training=training)
        assert {outputs[head].dtype.name for head in ("logits", "aux_logits")} == {"float32"}
        assert outputs["features"].dtype.name == "bfloat16"
    assert {v.dtype for v in model.weights} == {"float32"}
    assert keras.config.dtype_policy().name == "float32"


# Seconds or gigabytes; a network that is not named here is tested every day.
LARGE = ("deeplab_v2_resnet101", "deeplab_v2_resnet101_proda", "deeplab_v2_vgg16", "fcn8s_vgg16")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in LARGE else []) for name in SEGMENTERS]
)
def test_the_contract_of_segmenters(name):
    levels, image = segmenter_facts(name).levels, IMAGE[:, :32]
    model = build_segmenter(SegmenterConfig(name=name, weights="none", levels=levels), 3)
    assert (model.input_shape, model.dense) == ((None, None, None, 3), segmenter_facts(name).dense)
    outputs = model(image)
    for head in ("logits", "aux_logits")[:levels]:
        assert (outputs[head].shape[0], outputs[head].shape[-1], outputs[head].dtype) == (2, 3, "float32")
        assert np.isfinite(outputs[head]).all()
    rows, columns = (outputs["logits"].shape[axis] - image.shape[axis] // model.stride for axis in (1, 2))
    assert 0 <= rows <= 1 and 0 <= columns <= 1  # the published DeepLab-v2 has one more
    if not model.padding:
        assert outputs["features"].shape[:3] == outputs["logits"].shape[:3]
    assert outputs["skips"] and all(len(skip.shape) == 4 for skip in outputs["skips"].values())
    weighted = {layer.name for layer in model.layers if layer.weights}
    assert set(model.head_names) <= weighted and set(model.repeats) <= weighted - set(model.head_names)
    if levels == 2:
        assert "aux_logits" not in build_segmenter(SegmenterConfig(name=name, weights="none"), 3).output


def test_missing_cut_and_changed_files(tmp_path):
    weights, record = tmp_path / "segmenter.weights.h5", tmp_path / "segmenter.json"
    assert "segmenter.json" in refused(tmp_path)
    saved(tmp_path)
    whole = weights.read_bytes()
    weights.write_bytes(whole[: len(whole) // 2])
    assert "SHA-256" in refused(tmp_path)
    sign_again(tmp_path)
    assert "not a readable .weights.h5" in refused(tmp_path)
    weights.write_bytes(b"")
    sign_again(tmp_path)
    assert "not a readable .weights.h5" in refused(tmp_path)
    weights.unlink()
    assert "no such file" in refused(tmp_path)
    weights.mkdir()
    assert "a folder where a file is needed" in refused(tmp_path)
    for text in ("", "[]", "{", "[" * 100_000):
        record.write_text(text)
        assert "not a valid record" in refused(tmp_path)


@pytest.mark.parametrize(
    "error", [ValueError("crop\nis"), UsageError("crop", "is", "Set it"), ZeroDivisionError("crop is")]
)
def test_what_cannot_be_built_is_the_fault_of_its_record(error, tmp_path, monkeypatch):
    saved(tmp_path)

    def fail(*_):
        raise error

    monkeypatch.setattr(build, "build_segmenter", fail)
    assert "segmenter.json: describes a network that cannot be built (crop" in refused(tmp_path)


def test_a_kill_between_both_files_is_seen(tmp_path):
    saved(tmp_path)
    old = (tmp_path / "segmenter.json").read_text()
    saved(tmp_path, dataclasses.replace(TINY, arguments={"width": 5}))
    (tmp_path / "segmenter.json").write_text(old)
    assert "SHA-256" in refused(tmp_path)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".tmp")]
