"""State dicts of PyTorch files without PyTorch: the zip and the legacy format of `torch.save`."""

import io
import pickle
import struct
import zipfile
from collections import deque
from pathlib import Path

import numpy as np

from keras_uda.core.errors import ArtefactError
from keras_uda.segmenters.weights.torch_pickle import Refused
from keras_uda.segmenters.weights.torch_pickle import Storage
from keras_uda.segmenters.weights.torch_pickle import Tensor
from keras_uda.segmenters.weights.torch_pickle import TensorUnpickler

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001
MOST_ENTRIES = 20_000
LONGEST_NAME = 1000
REMEDY = "Give a state dict saved by torch.save with plain tensors, from a source you trust"
# Whatever a broken file makes the standard library raise; MemoryError is for lengths that it cannot hold.
DAMAGE = (
    pickle.UnpicklingError, zipfile.BadZipFile, struct.error, EOFError, OSError, ValueError, TypeError, KeyError,
    IndexError, AttributeError, ImportError, RecursionError, OverflowError, MemoryError, NotImplementedError,
    RuntimeError,
)  # fmt: skip


def read_state_dict(path: Path) -> dict[str, np.ndarray]:
    """The tensors of a PyTorch checkpoint, nested dictionaries flattened to dotted names.

    Args:
        path: file written by `torch.save`, zip (torch >= 1.6) or legacy format; from anybody.
    Returns:
        Name -> read-only array in PyTorch's layout (convolutions OIHW); bfloat16 comes as float32.
    Raises:
        ArtefactError: not such a file, cut, or it names anything but tensors and containers.
    """
    path = Path(path)
    if not path.is_file():
        raise ArtefactError(path, "no such PyTorch file (.pth)", "Check the path")
    try:
        content = _read_zip(path) if zipfile.is_zipfile(path) else _read_legacy(path)
        tensors = {name: tensor.array() for name, tensor in _tensors(content).items()}
    except Refused as error:
        raise ArtefactError(path, str(error), REMEDY) from error
    except DAMAGE as error:
        raise ArtefactError(path, f"not a readable PyTorch file, or truncated ({error!r:.80})", REMEDY) from error
    if not tensors:
        raise ArtefactError(path, "it contains no tensor", REMEDY)
    return tensors


def _read_zip(path: Path) -> object:
    with zipfile.ZipFile(path) as archive:
        names = {name.partition("/")[2]: name for name in archive.namelist()}
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
            raise Refused("it is compressed, which torch.save never does")
        if "byteorder" in names and archive.read(names["byteorder"]) != b"little":
            raise Refused("it was written on a big-endian machine")
        storages: dict[str, Storage] = {}
        pickled = io.BytesIO(archive.read(names["data.pkl"]))
        content = TensorUnpickler(pickled, storages, path.stat().st_size).load()
        for key, storage in storages.items():
            storage.fill(archive.read(names[f"data/{key}"]))
        return content


def _read_legacy(path: Path) -> object:
    with path.open("rb") as file:
        storages: dict[str, Storage] = {}
        unpicklers = (TensorUnpickler(file, storages, path.stat().st_size) for _ in range(5))
        magic, protocol, system = (next(unpicklers).load() for _ in range(3))
        if magic != LEGACY_MAGIC or protocol != LEGACY_PROTOCOL or not system["little_endian"]:
            raise Refused("it is in no format of torch.save that is known here")
        content = next(unpicklers).load()
        for key in next(unpicklers).load():
            storage = storages[str(key)]
            (size,) = struct.unpack("<q", file.read(8))
            if size != storage.size:
                raise Refused(f"storage {key} holds {size} values, declared are {storage.size}")
            storage.fill(file.read(size * storage.dtype.itemsize))
        return content


def _tensors(content: object) -> dict[str, Tensor]:
    tensors, waiting = {}, deque([("", content)])
    for _ in range(MOST_ENTRIES):
        if not waiting:
            return tensors
        prefix, value = waiting.popleft()
        if len(prefix) > LONGEST_NAME:
            raise Refused(f"a name in it is longer than {LONGEST_NAME} characters")
        if isinstance(value, Tensor):
            tensors[prefix] = value
        elif isinstance(value, dict):
            waiting += ((f"{prefix}.{name}" if prefix else str(name), entry) for name, entry in dict.items(value))
    raise Refused(f"it holds more than {MOST_ENTRIES} entries")
