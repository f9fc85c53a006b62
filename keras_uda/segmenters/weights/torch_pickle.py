"""An unpickler that can build tensors, containers and placeholders, and nothing else.

A pickle is a program: it calls what `find_class` hands out and may rewrite what it was given. So every object handed
out here refuses to be rewritten (`__setstate__`), classes of ours are never handed out, no declared size is believed.
"""

import collections
import math
import pickle
from typing import NamedTuple

import numpy as np

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
MOST_AXES = 8


class Refused(Exception):
    """The file asks for something that a state dict does not need."""


class Sealed:
    """An object that a pickle may hold but not change."""

    __slots__ = ()

    def __setstate__(self, state):
        raise Refused("it rewrites an object after making it")


class Storage(Sealed):
    """Values that several tensors may view; where they lie in the file is filled in when the pickle has ended."""

    __slots__ = ("checksum", "key", "kind", "position", "size")

    def __init__(self, kind: str, key: str, size: int):
        self.kind, self.key, self.size, self.position, self.checksum = kind, key, size, None, None

    @property
    def bytes(self) -> int:
        return self.size * np.dtype(DTYPES[self.kind]).itemsize

    def place(self) -> "Place":
        return Place(self.kind, self.size, self.position, self.checksum)


class Place(NamedTuple):
    """Where the values of a storage lie.

    Args:
        kind: a name of `DTYPES`.
        size: number of values.
        position: of the first byte in the file.
        checksum: CRC-32 of the bytes, or None.
    """

    kind: str
    size: int
    position: int
    checksum: int | None


class View(NamedTuple):
    """A tensor: which values of which storage, in values."""

    key: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class Tensor(Sealed):
    """A view of a storage, checked against its size when it is made."""

    __slots__ = ("offset", "shape", "storage", "strides")

    def __init__(self, storage, offset, shape, strides):
        if not isinstance(storage, Storage) or len(shape) != len(strides) or len(shape) > MOST_AXES:
            raise Refused("a tensor in it is not well formed")
        if any(type(number) is not int or number < 0 for number in (offset, *shape, *strides)):
            raise Refused("a tensor in it is not well formed")
        size = math.prod(shape)
        last = offset + sum((n - 1) * step for n, step in zip(shape, strides, strict=True))
        if size > storage.size or (size and last >= storage.size):
            raise Refused(f"a tensor of shape {tuple(shape)} is larger than what is stored")
        self.storage, self.offset, self.shape, self.strides = storage, offset, tuple(shape), tuple(strides)

    def view(self) -> View:
        return View(self.storage.key, self.offset, self.shape, self.strides)


class Placeholder(Sealed):
    """What a checkpoint keeps beside its tensors (a best score as a numpy number): made of nothing, kept as nothing."""

    __slots__ = ()

    def __setstate__(self, state):
        pass


class _TensorMaker(Sealed):
    def __call__(self, storage, offset, shape, strides, *_):
        return Tensor(storage, offset, shape, strides)


class _ParameterMaker(Sealed):
    def __call__(self, data, *_):
        return data


class _PlaceholderMaker(Sealed):
    def __call__(self, *_):
        return Placeholder()


ALLOWED = {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("torch._utils", "_rebuild_tensor"): _TensorMaker(),
    ("torch._utils", "_rebuild_tensor_v2"): _TensorMaker(),
    ("torch._utils", "_rebuild_parameter"): _ParameterMaker(),
    ("numpy", "dtype"): _PlaceholderMaker(),
    ("numpy.core.multiarray", "scalar"): _PlaceholderMaker(),
    ("numpy._core.multiarray", "scalar"): _PlaceholderMaker(),
    ("_codecs", "encode"): _PlaceholderMaker(),
}


class TensorUnpickler(pickle.Unpickler):
    """Reads one pickle; storages that it names are collected in `storages` and placed by the caller.

    Args:
        file: binary stream.
        storages: key -> storage, shared by the pickles of one file.
        most_bytes: what all storages together may declare.
    """

    def __init__(self, file, storages: dict[str, Storage], most_bytes: int):
        super().__init__(file, encoding="utf-8")
        self.storages, self.most_bytes = storages, most_bytes

    def find_class(self, module: str, name: str):
        if module == "torch" and name in DTYPES:
            return name
        if (module, name) not in ALLOWED:
            raise Refused(f"it asks for `{module}.{name}`, which a state dict does not need")
        return ALLOWED[module, name]

    def persistent_load(self, identifier):
        kind, dtype, key, _, size, *view = identifier
        plain = type(size) is int and type(key) in (str, int)
        if kind != "storage" or dtype not in DTYPES or not plain or any(view):
            raise Refused("it stores something that is not a plain tensor")
        known = self.storages.get(str(key))
        if known is None:
            known = Storage(dtype, str(key), size)
            self.most_bytes -= abs(known.bytes)
            if size < 0 or self.most_bytes < 0:
                raise Refused(f"a storage of {size} values is larger than the file")
            self.storages[known.key] = known
        if (known.size, known.kind) != (size, dtype):
            raise Refused(f"storage {key} is declared twice, differently")
        return known
