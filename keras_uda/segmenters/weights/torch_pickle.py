"""An unpickler that can build tensors, containers and placeholders, and nothing else.

A pickle is a program: it calls what `find_class` hands out and may rewrite what it was given. So every object handed
out here refuses to be rewritten (`__setstate__`), classes of ours are never handed out, no declared size is believed.
"""

import collections
import math
import pickle

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
    """Values that several tensors may view; they are read when the pickle has ended."""

    __slots__ = ("bfloat16", "dtype", "size", "values")

    def __init__(self, name: str, size: int):
        self.dtype, self.size, self.values = np.dtype(DTYPES[name]), size, None
        self.bfloat16 = name == "BFloat16Storage"

    def fill(self, content: bytes) -> None:
        values = np.frombuffer(content, self.dtype, self.size)
        self.values = (values.astype("<u4") << 16).view("<f4") if self.bfloat16 else values


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

    def array(self) -> np.ndarray:
        """A view, so that a thousand tensors of one storage take no more memory than one."""
        values = self.storage.values[self.offset :]
        steps = [step * values.itemsize for step in self.strides]
        return np.lib.stride_tricks.as_strided(values, self.shape, steps, writeable=False)


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
    """Reads one pickle; storages that it names are collected in `storages` and filled by the caller.

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
        if kind != "storage" or dtype not in DTYPES or type(size) is not int or any(view):
            raise Refused("it stores something that is not a plain tensor")
        known = self.storages.get(str(key))
        if known is None:
            self.most_bytes -= abs(size) * np.dtype(DTYPES[dtype]).itemsize
            if size < 0 or self.most_bytes < 0:
                raise Refused(f"a storage of {size} values is larger than the file")
            known = self.storages[str(key)] = Storage(dtype, size)
        if (known.size, known.dtype) != (size, np.dtype(DTYPES[dtype])):
            raise Refused(f"storage {key} is declared twice, differently")
        return known
