"""`.safetensors` files come in whole or not at all."""

import json
import struct
import sys
import tracemalloc

import numpy as np
import pytest

from keras_uda.core.errors import ArtefactError
from keras_uda.segmenters.weights.checkpoints import read_checkpoint

VALUES = np.array([1.5, -2.0], "float32")


def content(header: dict | list, data: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def tensor(kind: str = "F32", shape: tuple = (2,), place: tuple = (0, 8)) -> dict:
    return {"dtype": kind, "shape": shape, "data_offsets": place}


def read(folder, written: bytes) -> dict:
    (folder / "a.safetensors").write_bytes(written)
    return read_checkpoint(folder / "a.safetensors")


def test_every_type_of_number_comes_in(tmp_path):
    pytest.importorskip("safetensors")
    parts = {"d": ("F16", VALUES.astype("float16")), "b": ("F64", VALUES.astype("float64")), "a": ("I64", np.array(7))}
    parts["c"] = ("BF16", (VALUES.view("uint32") >> 16).astype("uint16"))
    parts["e"] = ("F32", np.arange(6, dtype="float32").reshape(1, 2, 3))
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, (kind, array) in parts.items():
        header[name] = tensor(kind, array.shape, (len(data), len(data) + array.nbytes))
        data += array.tobytes()
    state = read(tmp_path, content(header, data))
    assert list(state) == list("abcde") and not state["e"].flags.writeable
    for name in "bcd":
        np.testing.assert_array_equal(state[name], VALUES)
    assert state["a"] == 7 and state["c"].dtype == np.float32
    np.testing.assert_array_equal(state["e"], parts["e"][1])


def test_numbers_are_read_one_tensor_at_a_time(tmp_path):
    """W1: a file takes no more memory than its numbers, and one larger than it says none at all."""
    pytest.importorskip("safetensors")
    with (tmp_path / "a.safetensors").open("wb") as file:
        file.write(content({"a": tensor()}, VALUES.tobytes()))
        file.truncate(2**36)
    tracemalloc.start()
    with pytest.raises(ArtefactError, match="not a readable"):
        read_checkpoint(tmp_path / "a.safetensors")
    assert tracemalloc.get_traced_memory()[1] < 2**22
    tracemalloc.stop()


WHOLE = content({"a": tensor()}, VALUES.tobytes())
FAULTS = {
    "cut": WHOLE[:-1],
    "cut in the header": WHOLE[:30],
    "longer than it says": WHOLE + b"x",
    "empty": b"",
    "a page": b"<html><body>not found</body></html>",
    "a header of brackets": struct.pack("<Q", 100_000) + b"[" * 100_000,
    "a header of terabytes": struct.pack("<Q", 2**42) + WHOLE[8:],
    "a tensor larger than the file": content({"a": tensor(shape=(10**12,))}, VALUES.tobytes()),
    "a shape that overflows": content({"a": tensor(shape=(2**62, 8), place=(0, 0))}),
    "tensors over one another": content({"a": tensor(), "b": tensor()}, VALUES.tobytes()),
    "no tensor": content({}),
    "a name twice": content({"a": tensor(), "b": tensor(shape=(99,))}, VALUES.tobytes()).replace(b'"b"', b'"a"'),
    "no mapping": content([1]),
    "an unknown type": content({"a": tensor("PY")}, VALUES.tobytes()),
    "numbers of 8 bits that are scaled": content({"a": tensor("F8_E4M3", (8,))}, VALUES.tobytes()),
    "a shape of seventy axes": content({"a": tensor(shape=(2, *[1] * 69))}, VALUES.tobytes()),
    "a name of a megabyte": content({"a" * 10**6: tensor()}, VALUES.tobytes()),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_other_files_are_refused_in_one_line(fault, tmp_path):
    pytest.importorskip("safetensors")
    with pytest.raises(ArtefactError) as error:
        read(tmp_path, FAULTS[fault])
    assert error.value.exit_code == 4 and "\n" not in str(error.value) and len(str(error.value)) < 400


def test_a_missing_file_and_a_missing_package(tmp_path, monkeypatch):
    with pytest.raises(ArtefactError, match="no such file. Give a .safetensors file"):
        read_checkpoint(tmp_path / "b.safetensors")
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(ArtefactError, match="pip install safetensors"):
        read(tmp_path, WHOLE)
