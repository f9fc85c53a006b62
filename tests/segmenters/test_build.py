"""The artefact of a segmenter: what is written comes back, and nothing else is believed."""

import dataclasses
import json

import h5py
import keras
import numpy as np
import pytest

from keras_uda.config.names import SEGMENTERS
from keras_uda.config.schema import SegmenterConfig
from keras_uda.core.errors import ArtefactError
from keras_uda.core.files import sha256
from keras_uda.segmenters.build import build_segmenter
from keras_uda.segmenters.build import load_segmenter
from keras_uda.segmenters.build import save_segmenter
from keras_uda.segmenters.weights.record import make_record

CLASSES = ("road", "sky", "moose")
TINY = SegmenterConfig(name="tiny", levels=2)
IMAGE = np.random.default_rng(0).uniform(0, 255, (2, 48, 64, 3)).astype("float32")
SMALL = ("tiny", "efficientnet_lite0")


def saved(folder, config: SegmenterConfig = TINY) -> keras.Model:
    model = build_segmenter(dataclasses.replace(config, weights="none"), len(CLASSES))
    model(IMAGE, training=True)
    save_segmenter(model, folder, make_record(config, CLASSES, "64x48", {"run": "test"}))
    return model


def sign_again(folder) -> None:
    """Makes the record fit changed weights: what somebody does who wants the rest to be believed."""
    record = json.loads((folder / "segmenter.json").read_text())
    record["sha256"] = sha256(folder / "segmenter.weights.h5")
    (folder / "segmenter.json").write_text(json.dumps(record))


def refused(folder) -> str:
    with pytest.raises(ArtefactError) as error:
        load_segmenter(folder)
    assert error.value.exit_code == 4 and str(folder) in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("mode", ["live", "batch_stats", "frozen"])
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


@pytest.mark.parametrize("name", [name for name in SEGMENTERS if name in SMALL])
def test_the_contract_of_segmenters(name):
    model = build_segmenter(SegmenterConfig(name=name, weights="none", levels=2), 3)
    outputs = model(IMAGE)
    rows, columns = IMAGE.shape[1] // model.stride, IMAGE.shape[2] // model.stride
    assert outputs["logits"].shape == (2, rows, columns, 3)
    assert outputs["features"].shape[:3] == (2, rows, columns)
    assert outputs["skips"] and all(len(skip.shape) == 4 for skip in outputs["skips"].values())
    heads = [model.get_layer(head) for head in model.head_names]
    assert model.get_layer("logits") in heads and model.get_layer("aux_logits") in heads
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
    assert "no such weights file" in refused(tmp_path)
    weights.mkdir()
    assert "no such weights file" in refused(tmp_path)
    for text in ("", "[]", "{", "[" * 100_000):
        record.write_text(text)
        assert "not a valid record" in refused(tmp_path)


CHANGES = {
    "more keys": (lambda r: r.update(extra=1), "keys"),
    "fewer keys": (lambda r: r.pop("size"), "keys"),
    "a later format": (lambda r: r.update(format=2), "format 2"),
    "another architecture": (lambda r: r.update(architecture="efficientnet_lite0"), "architecture"),
    "an unknown architecture": (lambda r: r["arguments"].update(name="os.system"), "os.system"),
    "an unknown argument": (lambda r: r["arguments"].update(callback="x"), "callback"),
    "other preprocessing": (lambda r: r["preprocessing"].update(input="BGR"), "BGR"),
    "a class twice": (lambda r: r.update(classes=["road", "road", "sky"]), "classes"),
    "fewer colours": (lambda r: r["palette"].pop(), "palette"),
    "no colour": (lambda r: r["palette"][0].append("x"), "palette"),
    "no size": (lambda r: r.update(size="big"), "big"),
    "no hash": (lambda r: r.update(sha256="0"), "SHA-256"),
    "fewer classes": (lambda r: (r["classes"].pop(), r["palette"].pop()), r"(1, 1, 24, 2), the file has (1, 1, 24, 3)"),
    "another level": (lambda r: r["arguments"].update(levels=1), "layer aux_logits"),
    "another width": (lambda r: r["arguments"].update(arguments={"width": 4}), "stride2_conv"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_record_that_does_not_fit(change, tmp_path):
    saved(tmp_path)
    path = tmp_path / "segmenter.json"
    record = json.loads(path.read_text())
    edit, reason = CHANGES[change]
    edit(record)
    path.write_text(json.dumps(record))
    assert reason in refused(tmp_path)


KERNEL = "layers/conv2d/vars/0"


def replace(file: h5py.File, key: str, **options) -> None:
    data = file[key][()]
    del file[key]
    file.create_dataset(key, **({"data": data} | options))


def elsewhere(file: h5py.File) -> None:
    shape = file[KERNEL].shape
    del file[KERNEL]
    file.create_dataset(KERNEL, shape, "f4", external=[("canary", 0, h5py.h5f.UNLIMITED)])


def linked(file: h5py.File) -> None:
    del file[KERNEL]
    file[KERNEL] = h5py.ExternalLink("/etc/passwd", "/x")


def other_layer(file: h5py.File) -> None:
    file["layers/batch_norm/vars"].attrs["name"] = "layer_of_somebody"


ATTACKS = {
    "NaN": (lambda f: f[KERNEL].write_direct(np.full(f[KERNEL].shape, np.nan, "f4")), "layer stride2_conv holds NaN"),
    "infinity": (lambda f: f[KERNEL].write_direct(np.full(f[KERNEL].shape, np.inf, "f4")), "NaN or infinity"),
    "a missing layer": (lambda f: f.pop(KERNEL), "layer stride2_conv (kernel (3, 3, 3, 8)) is missing"),
    "one more layer": (lambda f: f.create_dataset("layers/conv2d_9/vars/0", (2,)), "not in this segmenter"),
    "one more array": (lambda f: f.create_dataset("layers/conv2d/vars/1", (2,)), "layer stride2_conv (entry 1"),
    "another shape": (lambda f: replace(f, KERNEL, data=np.zeros((3, 3, 3, 9), "f4")), "the file has (3, 3, 3, 9)"),
    "a huge shape": (lambda f: replace(f, KERNEL, data=None, shape=(2**15, 2**15), dtype="f4"), "the file has (32768"),
    "other numbers": (lambda f: replace(f, KERNEL, dtype="f8"), "float64"),
    "compressed": (lambda f: replace(f, KERNEL, compression="gzip"), "compressed"),
    "stored elsewhere": (elsewhere, "outside the file"),
    "a link": (linked, "layer stride2_conv (kernel (3, 3, 3, 8)) is missing"),
    "the same shapes of another network": (other_layer, "layer stride2_bn (gamma (8,)) is missing"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_weights_that_do_not_fit(attack, tmp_path):
    saved(tmp_path)
    change, reason = ATTACKS[attack]
    with h5py.File(tmp_path / "segmenter.weights.h5", "r+") as file:
        change(file)
    sign_again(tmp_path)
    assert reason in refused(tmp_path)


def test_a_pickle_called_h5_is_not_opened_as_one(tmp_path):
    saved(tmp_path)
    (tmp_path / "segmenter.weights.h5").write_bytes(b"cos\nsystem\n(S'touch canary'\ntR.")
    sign_again(tmp_path)
    assert "not a readable .weights.h5" in refused(tmp_path)
    assert not (tmp_path / "canary").exists()


def test_a_refused_file_changes_no_weight(tmp_path):
    from keras_uda.segmenters.weights.file import read_weights

    saved(tmp_path)
    path = tmp_path / "segmenter.weights.h5"
    with h5py.File(path, "r+") as file:
        data = file["layers/conv2d_5/vars/1"][()]
        file["layers/conv2d_5/vars/1"][...] = data * np.nan
    model = build_segmenter(TINY, len(CLASSES))
    before = [v.numpy() for v in model.weights]
    with pytest.raises(ArtefactError):
        read_weights(model, path)
    for array, variable in zip(before, model.weights, strict=True):
        np.testing.assert_array_equal(array, variable)


def test_a_kill_between_both_files_is_seen(tmp_path):
    saved(tmp_path)
    old = (tmp_path / "segmenter.json").read_text()
    saved(tmp_path, dataclasses.replace(TINY, arguments={"width": 5}))
    (tmp_path / "segmenter.json").write_text(old)
    assert "SHA-256" in refused(tmp_path)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".tmp")]
