"""PyTorch files without PyTorch: both formats come in, and a hostile one does nothing but raise."""

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
FOUR_BYTES = {"0": b"\0\0\0\0"}


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


ONE = storage("0", "FloatStorage", 1)
CALL = {
    "a command": named("os", "system") + b"(" + plain("touch canary") + b"tR",
    "a command by another name": named("posix", "system") + b"(" + plain("touch canary") + b"tR",
    "python code": named("builtins", "eval") + b"(" + plain("open('canary', 'w')") + b"tR",
    "another file": named("torch", "load") + b"(" + plain("canary") + b"tR",
    "a dotted name": b"\x80\x04" + plain("collections") + plain("OrderedDict.__init__.__globals__") + b"\x93",
    "an object of the reader": named("keras_uda.segmenters.weights.torch_pickle", "Tensor"),
    "a rewritten tensor": tensor(ONE, (1,), (1,)) + dictionary({"shape": plain((10**6,))}) + b"b",
    "a rewritten storage": tensor(ONE + dictionary({"size": plain(10**9)}) + b"b", (1,), (1,)),
    "a rewritten maker": named("torch._utils", "_rebuild_tensor_v2") + b"N" + dictionary({"x": plain(1)}) + b"\x86b",
    "a rewritten dictionary": named("collections", "OrderedDict") + b"N" + dictionary({"x": plain(1)}) + b"\x86b",
}


@pytest.mark.parametrize("name", CALL)
def test_programs_are_refused_before_they_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for write in (write_zip, write_legacy):
        path = write(tmp_path / "a.pth", dictionary({"w": CALL[name]}), FOUR_BYTES)
        with pytest.raises(ArtefactError, match="asks for|rewrites an object|immutable type") as error:
            read_state_dict(path)
        assert error.value.exit_code == 4
        assert not (tmp_path / "canary").exists()


LIES = {
    "larger than what is stored": tensor(ONE, (2,), (1,)),
    "larger than what is stored ": tensor(ONE, (1,), (1,), offset=1),
    "larger than what is stored  ": tensor(ONE, (10**9, 10**9), (0, 0)),
    "not well formed": tensor(ONE, (1,), (-1,)),
    "not well formed ": tensor(ONE, (1,), (1,), offset=-1),
    "not well formed  ": tensor(ONE, (1.0,), (1,)),
    "not well formed   ": tensor(plain("storage"), (1,), (1,)),
    "larger than the file": tensor(storage("0", "FloatStorage", 10**9), (1,), (1,)),
    "larger than the file ": tensor(storage("0", "FloatStorage", -1), (1,), (1,)),
    "declared twice": tensor(ONE, (1,), (1,)) + b"0" + tensor(storage("0", "DoubleStorage", 1), (1,), (1,)),
    "not a plain tensor": tensor(storage("0", "FloatStorage", 1, ("1", 0, 1)), (1,), (1,)),
    "no tensor": plain(3),
}


@pytest.mark.parametrize("reason", LIES)
def test_declared_sizes_are_not_believed(reason, tmp_path):
    path = write_zip(tmp_path / "a.pth", dictionary({"w": LIES[reason]}), FOUR_BYTES)
    with pytest.raises(ArtefactError, match=reason.strip()):
        read_state_dict(path)


def test_many_storages_cannot_declare_more_than_the_file_holds(tmp_path):
    size = 10_000
    entries = {str(n): tensor(storage(str(n), "FloatStorage", size), (1,), (1,)) for n in range(100)}
    path = write_zip(tmp_path / "a.pth", dictionary(entries), {"0": b"\0" * 4 * size})
    with pytest.raises(ArtefactError, match="larger than the file"):
        read_state_dict(path)


def test_dictionaries_of_dictionaries_do_not_explode(tmp_path):
    opcodes = b"}q\x00"
    for _ in range(6):  # each level names the one before ten times
        opcodes = opcodes + b"q\x01}(" + b"".join(plain(str(n)) + b"h\x01" for n in range(10)) + b"u"
    with pytest.raises(ArtefactError, match="entries|longer"):
        read_state_dict(write_zip(tmp_path / "a.pth", opcodes, FOUR_BYTES))


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
        with pytest.raises(ArtefactError, match="not a readable PyTorch file, or cut"):
            read_state_dict(path)


def test_other_files_are_one_error(tmp_path):
    (tmp_path / "page.pth").write_text("<html>404</html>")
    for path in (tmp_path / "missing.pth", tmp_path, tmp_path / "page.pth"):
        with pytest.raises(ArtefactError):
            read_state_dict(path)
