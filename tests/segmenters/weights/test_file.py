"""Weights files: read only where every entry is what the segmenter has, changed by none that is refused."""

import h5py
import numpy as np
import pytest

from keras_uda.core.errors import ArtefactError
from keras_uda.segmenters.build import build_segmenter
from tests.segmenters.saving import CLASSES
from tests.segmenters.saving import TINY
from tests.segmenters.saving import refused
from tests.segmenters.saving import saved
from tests.segmenters.saving import sign_again

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
    "a link": (linked, "/layers/conv2d/vars holds a link to another place"),
    "numbers that are not there": (
        lambda f: replace(f, KERNEL, data=None, shape=(3, 3, 3, 8), dtype="f4"),
        "layer stride2_conv is declared, but the file does not hold its numbers",
    ),
    "a name of megabytes": (
        lambda f: f["layers/conv2d/vars"].attrs.create("name", np.zeros(2_000)),
        "has a name that no layer has",
    ),
    "groups in groups in groups": (lambda f: f.create_group("/".join("a" * 30)), "or groups deeper than 20"),
    "a group in itself": (lambda f: f["layers"].__setitem__("again", f["layers"]), "or groups deeper than 20"),
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
