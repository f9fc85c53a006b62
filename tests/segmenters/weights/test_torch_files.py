"""PyTorch files without PyTorch: both formats come in, whole or not at all."""

import zipfile

import numpy as np
import pytest

from keras_uda.core.errors import ArtefactError
from keras_uda.segmenters.weights.torch_files import read_state_dict
from tests.segmenters.weights.torch_writer import dictionary
from tests.segmenters.weights.torch_writer import named
from tests.segmenters.weights.torch_writer import plain
from tests.segmenters.weights.torch_writer import state_dict
from tests.segmenters.weights.torch_writer import storage
from tests.segmenters.weights.torch_writer import tensor
from tests.segmenters.weights.torch_writer import write_legacy
from tests.segmenters.weights.torch_writer import write_zip

ARRAYS = {
    "conv.weight": np.arange(24, dtype="float32").reshape(2, 3, 2, 2),
    "conv.bias": np.array([1.5, -2.0], "float32"),
    "empty": np.zeros((0, 3), "float32"),
}


def check(state: dict, prefix: str = "") -> None:
    assert set(state) == {prefix + name for name in ARRAYS}
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(state[prefix + name], array)


def test_zip_format(tmp_path):
    check(read_state_dict(write_zip(tmp_path / "a.pth", *state_dict(ARRAYS))))


def test_legacy_format(tmp_path):
    check(read_state_dict(write_legacy(tmp_path / "a.pth", *state_dict(ARRAYS, None))))


def test_nested_dictionaries_become_dotted_names_and_the_rest_is_dropped(tmp_path):
    opcodes, content = state_dict(ARRAYS)
    best = named("numpy._core.multiarray", "scalar") + b"(" + named("numpy", "dtype") + b"(" + plain("f8") + b"tR"
    best += b"(" + plain(3) + b"tb" + plain(b"12345678") + b"tR"
    opcodes = dictionary({"epoch": plain(3), "best": best, "net": dictionary({"state": opcodes})})
    check(read_state_dict(write_zip(tmp_path / "a.pth", opcodes, content)), "net.state.")


def test_other_types_and_views(tmp_path):
    half, long = np.array([0.5, 2.0], "float16"), np.array([7], "int64")
    opcodes, content = state_dict({"half": half, "long": long})
    brain = np.array([1.5, -3.0], "float32").view("uint32") >> 16
    shared = storage("9", "BFloat16Storage", 2)
    content["9"] = brain.astype("uint16").tobytes()
    opcodes = dictionary({"a": opcodes, "b": tensor(shared, (2,), (1,)), "c": tensor(shared, (1,), (1,), offset=1)})
    state = read_state_dict(write_zip(tmp_path / "a.pth", opcodes, content))
    np.testing.assert_array_equal(state["a.half"], half)
    np.testing.assert_array_equal(state["a.long"], long)
    np.testing.assert_array_equal(state["b"], [1.5, -3.0])
    np.testing.assert_array_equal(state["c"], [-3.0])


def test_transposed_strides_are_followed(tmp_path):
    opcodes = dictionary({"w": tensor(storage("0", "FloatStorage", 6), (3, 2), (1, 3))})
    content = {"0": np.arange(6, dtype="float32").tobytes()}
    state = read_state_dict(write_zip(tmp_path / "a.pth", opcodes, content))
    np.testing.assert_array_equal(state["w"], np.arange(6).reshape(2, 3).T)


def test_a_compressed_file_is_refused(tmp_path):
    path = write_zip(tmp_path / "a.pth", *state_dict(ARRAYS), compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(ArtefactError, match="compressed"):
        read_state_dict(path)


@pytest.mark.parametrize("write", [write_zip, write_legacy])
def test_cut_files_are_one_error(write, tmp_path):
    whole = write(tmp_path / "whole.pth", *state_dict(ARRAYS)).read_bytes()
    for length in (0, 1, 10, len(whole) // 2, len(whole) - 1):
        path = tmp_path / "cut.pth"
        path.write_bytes(whole[:length])
        with pytest.raises(ArtefactError, match="not a readable PyTorch file, or truncated"):
            read_state_dict(path)


def test_other_files_are_one_error(tmp_path):
    (tmp_path / "page.pth").write_text("<html>404</html>")
    for path in (tmp_path / "missing.pth", tmp_path, tmp_path / "page.pth"):
        with pytest.raises(ArtefactError):
            read_state_dict(path)
