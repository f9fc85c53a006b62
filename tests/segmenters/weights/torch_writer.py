"""Writes files in PyTorch's two formats by hand, opcode by opcode, so that tests need no PyTorch."""

import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np

from keras_uda.segmenters.weights.torch_files import arrays
from keras_uda.segmenters.weights.torch_files import contents

STORAGES = {"float32": "FloatStorage", "float64": "DoubleStorage", "float16": "HalfStorage", "int64": "LongStorage"}
LEGACY_HEAD = b"".join(
    pickle.dumps(part, 2)
    for part in (0x1950A86A20F9469CFC6C, 1001, {"protocol_version": 1001, "little_endian": True, "type_sizes": {}})
)


def plain(value: object) -> bytes:
    """Opcodes of a number, string, tuple or container of those."""
    return pickle.dumps(value, 2)[2:-1]


def named(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


def storage(key: str, kind: str, size: int, *view: object) -> bytes:
    identifier = b"".join((plain("storage"), named("torch", kind), plain(key), plain("cpu"), plain(size)))
    return b"(" + identifier + b"".join(plain(value) for value in view) + b"tQ"


def tensor(stored: bytes, shape: tuple, strides: tuple, offset: int = 0) -> bytes:
    arguments = plain(offset) + plain(shape) + plain(strides) + plain(False) + b"}"
    return named("torch._utils", "_rebuild_tensor_v2") + b"(" + stored + arguments + b"tR"


def dictionary(entries: dict[str, bytes]) -> bytes:
    return b"}(" + b"".join(plain(name) + value for name, value in entries.items()) + b"u"


def state_dict(arrays: dict[str, np.ndarray], *view: object) -> tuple[bytes, dict[str, bytes]]:
    """Opcodes of name -> tensor, and the bytes of each storage by key."""
    entries, content = {}, {}
    for number, (name, array) in enumerate(arrays.items()):
        array = np.ascontiguousarray(array)
        content[str(number)] = array.tobytes()
        stored = storage(str(number), STORAGES[str(array.dtype)], array.size, *view)
        strides = tuple(step // array.itemsize for step in array.strides)
        entries[name] = tensor(stored, array.shape, strides)
    return dictionary(entries), content


def write_zip(path: Path, opcodes: bytes, content: dict[str, bytes], compression=zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02" + opcodes + b".")
        archive.writestr("archive/byteorder", b"little")
        for key, values in content.items():
            archive.writestr(f"archive/data/{key}", values)
    return path


def write_legacy(path: Path, opcodes: bytes, content: dict[str, bytes], itemsize: int = 4) -> Path:
    values = b"".join(struct.pack("<q", len(part) // itemsize) + part for part in content.values())
    path.write_bytes(LEGACY_HEAD + b"\x80\x02" + opcodes + b"." + pickle.dumps(list(content), 2) + values)
    return path


def write_state(path: Path, arrays: dict[str, np.ndarray]) -> Path:
    return write_zip(path, *state_dict(arrays))


FOUR_BYTES = {"0": b"\0\0\0\0"}


def read_here(path: Path) -> dict[str, np.ndarray]:
    """`read_state_dict` without its process."""
    return arrays(path, contents(path))
