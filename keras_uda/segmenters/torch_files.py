"""State dicts of PyTorch files without PyTorch: zip and legacy format, through an unpickler that builds tensors only.

A `.pth` file is a pickle, and a pickle is a program. This reader knows the few names that a state dict needs, refuses
every other one before anything runs, and believes no size that the file declares: storages are bounded by the file.
"""

import collections
import io
import math
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np

from keras_uda.errors import ArtefactError

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001
DTYPES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "BFloat16Storage": "<u2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "?",
}
REMEDY = "Give a state dict saved by torch.save with plain tensors, from a source you trust"


def read_state_dict(path: Path) -> dict[str, np.ndarray]:
    """The tensors of a PyTorch checkpoint, nested dictionaries flattened to dotted names.

    Args:
        path: file written by `torch.save`, zip (torch >= 1.6) or legacy format.
    Returns:
        Name -> array in PyTorch's layout (convolutions OIHW); bfloat16 comes as float32.
    Raises:
        ArtefactError: not such a file, cut, or it names anything but tensors and containers.
    """
    path = Path(path)
    if not path.is_file():
        raise ArtefactError(path, "no such PyTorch file (.pth)", "Check the path")
    try:
        content = _read_zip(path) if zipfile.is_zipfile(path) else _read_legacy(path)
        return dict(_tensors(content, ""))
    except _Refused as error:
        raise ArtefactError(path, str(error), REMEDY) from error
    except RECOGNISED_DAMAGE as error:
        raise ArtefactError(path, f"not a readable PyTorch file, or cut ({error!r:.80})", REMEDY) from error


class _Refused(Exception):
    """The file asks for something that a state dict does not need."""


# Whatever a broken pickle makes the standard library raise; MemoryError is for lengths that the file cannot hold.
RECOGNISED_DAMAGE = (
    pickle.UnpicklingError, zipfile.BadZipFile, struct.error, EOFError, OSError, ValueError, TypeError, KeyError,
    IndexError, AttributeError, RecursionError, UnicodeDecodeError, OverflowError, MemoryError, NotImplementedError,
)  # fmt: skip


class _Storage:
    """Values that several tensors may view; its file position is known only at the end of a legacy file."""

    def __init__(self, dtype: str, size: int):
        self.dtype, self.size, self.values = np.dtype(DTYPES[dtype]), size, None
        self.bfloat16 = dtype == "BFloat16Storage"


class _Tensor:
    """A view of a storage, as `torch._utils._rebuild_tensor_v2` gets it."""

    def __init__(self, storage, offset, shape, strides, *_):
        if not isinstance(storage, _Storage) or len(shape) != len(strides) or len(shape) > 8:
            raise _Refused("a tensor in it is not well formed")
        last = offset + sum((n - 1) * step for n, step in zip(shape, strides, strict=True))
        numbers = (offset, *shape, *strides)
        if any(type(n) is not int or n < 0 for n in numbers) or math.prod(shape) > storage.size:
            raise _Refused(f"a tensor of shape {tuple(shape)} is larger than what is stored")
        if math.prod(shape) and last >= storage.size:
            raise _Refused("a tensor reaches beyond what is stored")
        self.storage, self.offset, self.shape, self.strides = storage, offset, tuple(shape), strides

    def array(self) -> np.ndarray:
        values = self.storage.values[self.offset :]
        steps = [step * values.itemsize for step in self.strides]
        array = np.lib.stride_tricks.as_strided(values, self.shape, steps).copy()
        return (array.astype(np.uint32) << 16).view(np.float32) if self.storage.bfloat16 else array


def _parameter(data, *_):
    return data


class _Unpickler(pickle.Unpickler):
    """Resolves tensors, storages and ordered dictionaries, and nothing else."""

    ALLOWED = {
        ("collections", "OrderedDict"): collections.OrderedDict,
        ("torch._utils", "_rebuild_tensor"): _Tensor,
        ("torch._utils", "_rebuild_tensor_v2"): _Tensor,
        ("torch._utils", "_rebuild_parameter"): _parameter,
    }

    def __init__(self, file, storages: dict[str, _Storage], largest: int):
        super().__init__(file, encoding="utf-8")
        self.storages, self.largest = storages, largest

    def find_class(self, module: str, name: str):
        if module == "torch" and name in DTYPES:
            return name
        if (module, name) not in self.ALLOWED:
            raise _Refused(f"it asks for `{module}.{name}`, which a state dict does not need")
        return self.ALLOWED[module, name]

    def persistent_load(self, identifier):
        kind, dtype, key, _, size, *view = identifier
        if kind != "storage" or dtype not in DTYPES or type(size) is not int or any(view):
            raise _Refused("it stores something that is not a plain tensor")
        if not 0 <= size * np.dtype(DTYPES[dtype]).itemsize <= self.largest:
            raise _Refused(f"a storage of {size} values is larger than the file")
        storage = self.storages.setdefault(str(key), _Storage(dtype, size))
        if storage.size != size or storage.dtype != np.dtype(DTYPES[dtype]):
            raise _Refused(f"storage {key} is declared twice, differently")
        return storage


def _read_zip(path: Path) -> object:
    with zipfile.ZipFile(path) as archive:
        names = {name.partition("/")[2]: name for name in archive.namelist()}
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
            raise _Refused("it is compressed, which torch.save never does")
        if archive.read(names["byteorder"]) != b"little" if "byteorder" in names else False:
            raise _Refused("it was written on a big-endian machine")
        storages: dict[str, _Storage] = {}
        pickled = io.BytesIO(archive.read(names["data.pkl"]))
        content = _Unpickler(pickled, storages, path.stat().st_size).load()
        for key, storage in storages.items():
            storage.values = np.frombuffer(archive.read(names[f"data/{key}"]), storage.dtype, storage.size)
        return content


def _read_legacy(path: Path) -> object:
    with path.open("rb") as file:
        largest, storages = path.stat().st_size, {}
        magic, protocol, system = (_Unpickler(file, storages, largest).load() for _ in range(3))
        if magic != LEGACY_MAGIC or protocol != LEGACY_PROTOCOL or not system["little_endian"]:
            raise _Refused("it is in no format of torch.save that is known here")
        content = _Unpickler(file, storages, largest).load()
        for key in _Unpickler(file, storages, largest).load():
            storage = storages[str(key)]
            (size,) = struct.unpack("<q", file.read(8))
            if size != storage.size:
                raise _Refused(f"storage {key} holds {size} values, declared are {storage.size}")
            storage.values = np.frombuffer(file.read(size * storage.dtype.itemsize), storage.dtype, size)
        return content


def _tensors(content: object, prefix: str):
    if isinstance(content, _Tensor):
        yield prefix, content.array()
    elif isinstance(content, dict):
        for name, value in content.items():
            yield from _tensors(value, f"{prefix}.{name}" if prefix else str(name))
