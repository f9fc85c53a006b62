"""PyTorch files without PyTorch: both formats come in, whole or not at all."""

import subprocess
import sys
import zipfile

import numpy as np
import pytest

from keras_uda.core import apart
from keras_uda.core.apart import limited
from keras_uda.core.errors import ArtefactError
from keras_uda.segmenters.weights import torch_files
from keras_uda.segmenters.weights.torch_files import contents
from keras_uda.segmenters.weights.torch_files import read_state_dict
from tests.conftest import ROOT
from tests.segmenters.weights.torch_writer import dictionary
from tests.segmenters.weights.torch_writer import named
from tests.segmenters.weights.torch_writer import plain
from tests.segmenters.weights.torch_writer import read_here
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
    check(read_here(write_zip(tmp_path / "a.pth", *state_dict(ARRAYS))))


def test_legacy_format(tmp_path):
    check(read_here(write_legacy(tmp_path / "a.pth", *state_dict(ARRAYS, None))))


def test_nested_dictionaries_become_dotted_names_and_the_rest_is_dropped(tmp_path):
    opcodes, content = state_dict(ARRAYS)
    best = named("numpy._core.multiarray", "scalar") + b"(" + named("numpy", "dtype") + b"(" + plain("f8") + b"tR"
    best += b"(" + plain(3) + b"tb" + plain(b"12345678") + b"tR"
    opcodes = dictionary({"epoch": plain(3), "best": best, "net": dictionary({"state": opcodes})})
    check(read_here(write_zip(tmp_path / "a.pth", opcodes, content)), "net.state.")


def test_other_types_and_views(tmp_path):
    half, long = np.array([0.5, 2.0], "float16"), np.array([7], "int64")
    opcodes, content = state_dict({"half": half, "long": long})
    brain = np.array([1.5, -3.0], "float32").view("uint32") >> 16
    shared = storage("9", "BFloat16Storage", 2)
    content["9"] = brain.astype("uint16").tobytes()
    opcodes = dictionary({"a": opcodes, "b": tensor(shared, (2,), (1,)), "c": tensor(shared, (1,), (1,), offset=1)})
    state = read_here(write_zip(tmp_path / "a.pth", opcodes, content))
    np.testing.assert_array_equal(state["a.half"], half)
    np.testing.assert_array_equal(state["a.long"], long)
    np.testing.assert_array_equal(state["b"], [1.5, -3.0])
    np.testing.assert_array_equal(state["c"], [-3.0])


def test_transposed_strides_are_followed(tmp_path):
    opcodes = dictionary({"w": tensor(storage("0", "FloatStorage", 6), (3, 2), (1, 3))})
    content = {"0": np.arange(6, dtype="float32").tobytes()}
    state = read_here(write_zip(tmp_path / "a.pth", opcodes, content))
    np.testing.assert_array_equal(state["w"], np.arange(6).reshape(2, 3).T)


def test_a_compressed_file_is_refused(tmp_path):
    path = write_zip(tmp_path / "a.pth", *state_dict(ARRAYS), compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(ArtefactError, match="compressed"):
        read_here(path)


@pytest.mark.parametrize("write", [write_zip, write_legacy])
def test_cut_files_are_one_error(write, tmp_path):
    whole = write(tmp_path / "whole.pth", *state_dict(ARRAYS)).read_bytes()
    for length in (0, 1, 10, len(whole) // 2, len(whole) - 1):
        path = tmp_path / "cut.pth"
        path.write_bytes(whole[:length])
        with pytest.raises(ArtefactError, match="not a readable PyTorch file, or truncated"):
            read_here(path)


def test_other_files_are_one_error(tmp_path):
    (tmp_path / "page.pth").write_text("<html>404</html>")
    with pytest.raises(ArtefactError):
        read_here(tmp_path / "page.pth")
    for path, what in ((tmp_path / "missing.pth", "no such file"), (tmp_path, "a folder where a file is needed")):
        with pytest.raises(ArtefactError, match=f"{what}. Give a PyTorch file"):
            read_state_dict(path)


@pytest.fixture
def in_a_process(monkeypatch):
    monkeypatch.setattr(apart, "limited", limited)


def test_a_process_of_its_own_reads_the_same(tmp_path, in_a_process):
    check(read_state_dict(write_zip(tmp_path / "a.pth", *state_dict(ARRAYS))))
    with pytest.raises(ArtefactError, match="asks for `os.system`"):
        read_state_dict(write_zip(tmp_path / "b.pth", dictionary({"w": named("os", "system")}), {}))


@pytest.mark.parametrize(("limits", "what"), [((1, 20), "1 MiB of memory"), ((512, 0), "0 seconds")])
def test_what_takes_more_than_the_process_has_is_refused(limits, what, tmp_path, monkeypatch, in_a_process):
    """W1: tuples of tuples as a key, whose hash takes for ever; numbers without end."""
    opcodes = b")q\x000" + 60 * b"h\x00h\x00\x86q\x000" + b"}h\x00K\x01s"
    if limits[0] == 1:
        opcodes = b"(" + 100_000 * plain("a" * 20) + b"l"
    monkeypatch.setattr(torch_files, "LIMITS", apart.Limits(*limits))
    with pytest.raises(ArtefactError, match=f"it takes more than {what}"):
        read_state_dict(write_zip(tmp_path / "a.pth", opcodes, {}))


def test_a_byte_changed_in_a_storage_is_found(tmp_path):
    path = write_zip(tmp_path / "a.pth", *state_dict(ARRAYS))
    content = path.read_bytes()
    path.write_bytes(content.replace(ARRAYS["conv.bias"].tobytes(), np.array([1.5, -2.5], "float32").tobytes()))
    with pytest.raises(ArtefactError, match="storage 1 is damaged"):
        read_here(path)


def test_an_entry_has_the_size_of_its_storage(tmp_path):
    opcodes, content = state_dict(ARRAYS)
    content["1"] += b"\0" * 4
    with pytest.raises(ArtefactError, match="storage 1 holds 12 bytes, declared are 8"):
        read_here(write_zip(tmp_path / "a.pth", opcodes, content))


@pytest.mark.parametrize("write", [write_zip, write_legacy])
def test_nothing_is_read_that_no_tensor_views(write, tmp_path):
    opcodes, content = state_dict(ARRAYS)
    content["9"] = bytes(4_000)
    opcodes = dictionary(
        {"net": opcodes, "list": b"]" + tensor(storage("9", "FloatStorage", 1_000), (9,), (1,)) + b"a"}
    )
    assert "9" not in contents(write(tmp_path / "a.pth", opcodes, content)).places


def test_a_thousand_tensors_of_one_storage_are_refused(tmp_path):
    """W1: joining or copying them would take a thousand times the file."""
    size = 2_000
    one = storage("0", "FloatStorage", size)
    opcodes = dictionary({str(number): tensor(one, (size,), (1,)) for number in range(1_000)})
    with pytest.raises(ArtefactError, match="its tensors have 2000000 values, and 2000 are stored"):
        read_here(write_zip(tmp_path / "a.pth", opcodes, {"0": bytes(4 * size)}))


@pytest.mark.parametrize("ending", ["pth", "safetensors"])
def test_reading_takes_the_memory_of_the_numbers(ending, tmp_path):
    """W1: below twice the file, in a process that has read nothing else."""
    array = np.zeros(12_000_000, "float32")
    path = tmp_path / f"a.{ending}"
    if ending == "pth":
        write_zip(path, *state_dict({"w": array}))
    else:
        safetensors_numpy = pytest.importorskip("safetensors.numpy")
        safetensors_numpy.save_file({"w": array}, path)
    code = "import sys; from pathlib import Path; from keras_uda.core.memory import peak_memory\n"
    code += "from keras_uda.segmenters.weights.checkpoints import read_checkpoint; import safetensors\n"
    code += "before = peak_memory(); state = read_checkpoint(Path(sys.argv[1])); print(peak_memory() - before)"
    answer = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True, cwd=ROOT)
    assert float(answer.stdout) < 1.5 * array.nbytes
