"""State dicts of PyTorch files without PyTorch: the zip and the legacy format of `torch.save`.

A pickle says what it needs only while it runs. So a process with little memory and time reads it, and says where in
the file each tensor lies; the numbers are then read here, and no pickle is.
"""

import io
import math
import pickle
import struct
import zipfile
import zlib
from collections import deque
from pathlib import Path
from typing import NamedTuple

import numpy as np

from keras_uda.core import apart
from keras_uda.core.errors import ArtefactError
from keras_uda.core.outside import require_regular
from keras_uda.segmenters.weights.torch_opcodes import LARGEST_PICKLE
from keras_uda.segmenters.weights.torch_opcodes import require_plain
from keras_uda.segmenters.weights.torch_pickle import DTYPES
from keras_uda.segmenters.weights.torch_pickle import Place
from keras_uda.segmenters.weights.torch_pickle import Refused
from keras_uda.segmenters.weights.torch_pickle import Storage
from keras_uda.segmenters.weights.torch_pickle import Tensor
from keras_uda.segmenters.weights.torch_pickle import TensorUnpickler
from keras_uda.segmenters.weights.torch_pickle import View
from keras_uda.segmenters.weights.zip_entries import positions

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001
MOST_ENTRIES = 20_000
LONGEST_NAME = 1000
MOST_VIEWS = 4  # of a value; shared layers and heads have two
SMALL = 1_000_000  # values that may be shared by any number
LIMITS = apart.Limits(mebibytes=512, seconds=5)
REMEDY = "Give a state dict saved by torch.save with plain tensors, from a source you trust"
# Whatever a broken file makes the standard library raise.
DAMAGE = (
    pickle.UnpicklingError, zipfile.BadZipFile, struct.error, EOFError, OSError, ValueError, TypeError, KeyError,
    IndexError, AttributeError, ImportError, RecursionError, OverflowError, NotImplementedError, RuntimeError,
)  # fmt: skip


class Contents(NamedTuple):
    """What a file holds, without its numbers.

    Args:
        views: name -> tensor, nested dictionaries flattened to dotted names.
        places: key -> storage, of those that a tensor views.
    """

    views: dict[str, View]
    places: dict[str, Place]


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
    require_regular(path, error=ArtefactError, remedy="Give a PyTorch file (.pth)")
    try:
        return arrays(path, apart.limited(LIMITS, contents, path))
    except apart.Exceeded as error:
        raise ArtefactError(path, str(error), REMEDY) from error


def contents(path: Path) -> Contents:
    """What a file holds, and where: this runs its pickle.

    Raises:
        ArtefactError: as `read_state_dict`.
    """
    try:
        with path.open("rb") as file:
            content, storages = _read_zip(file) if zipfile.is_zipfile(path) else _read_legacy(file)
        tensors = _tensors(content)
        _require_own_values(tensors)
    except Refused as error:
        raise ArtefactError(path, str(error), REMEDY) from error
    except DAMAGE as error:
        raise ArtefactError(path, f"not a readable PyTorch file, or truncated ({error!r:.80})", REMEDY) from error
    if not tensors:
        raise ArtefactError(path, "it contains no tensor", REMEDY)
    used = {tensor.storage.key for tensor in tensors.values()}
    return Contents(
        {name: tensor.view() for name, tensor in tensors.items()},
        {key: storage.place() for key, storage in storages.items() if key in used},
    )


def arrays(path: Path, found: Contents) -> dict[str, np.ndarray]:
    """The numbers of a file; a thousand tensors of one storage take no more memory than one."""
    values = {key: _values(path, key, place) for key, place in found.places.items()}
    return {name: _array(values[view.key], view) for name, view in found.views.items()}


def _values(path: Path, key: str, place: Place) -> np.ndarray:
    values = np.fromfile(path, DTYPES[place.kind], place.size, offset=place.position)
    if len(values) != place.size or place.checksum not in (None, zlib.crc32(values)):
        raise ArtefactError(path, f"not a readable PyTorch file, or truncated (storage {key} is damaged)", REMEDY)
    return (values.astype("<u4") << 16).view("<f4") if place.kind == "BFloat16Storage" else values


def _array(values: np.ndarray, view: View) -> np.ndarray:
    steps = [step * values.itemsize for step in view.strides]
    return np.lib.stride_tricks.as_strided(values[view.offset :], view.shape, steps, writeable=False)


def _read_zip(file: io.BufferedReader) -> tuple[object, dict[str, Storage]]:
    size = file.seek(0, io.SEEK_END)
    with zipfile.ZipFile(file) as archive:
        places = positions(archive, file, MOST_ENTRIES)
        if "byteorder" in places and places["byteorder"].read(file, 100) != b"little":
            raise Refused("it was written on a big-endian machine")
        pickled = io.BytesIO(places["data.pkl"].read(file, LARGEST_PICKLE))
        storages: dict[str, Storage] = {}
        require_plain(pickled)
        content = TensorUnpickler(pickled, storages, size).load()
    for key, storage in storages.items():
        entry = places[f"data/{key}"]
        if entry.size != storage.bytes:
            raise Refused(f"storage {key} holds {entry.size} bytes, declared are {storage.bytes}")
        storage.position, storage.checksum = entry.position, entry.checksum
    return content, storages


def _read_legacy(file: io.BufferedReader) -> tuple[object, dict[str, Storage]]:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    pickled, storages = io.BytesIO(file.read(LARGEST_PICKLE)), {}

    def load() -> object:
        require_plain(pickled)
        return TensorUnpickler(pickled, storages, size).load()

    magic, protocol, system = load(), load(), load()
    if magic != LEGACY_MAGIC or protocol != LEGACY_PROTOCOL or not system["little_endian"]:
        raise Refused("it is in no format of torch.save that is known here")
    content, keys = load(), load()
    file.seek(pickled.tell())
    for key in keys:
        storage = storages[str(key)]
        (count,) = struct.unpack("<q", file.read(8))
        if count != storage.size:
            raise Refused(f"storage {key} holds {count} values, declared are {storage.size}")
        storage.position = file.tell()
        if file.seek(storage.bytes, io.SEEK_CUR) > size:
            raise EOFError(f"storage {key} is cut")
    if any(storage.position is None for storage in storages.values()):
        raise Refused("a storage in it is declared and not there")
    return content, storages


def _require_own_values(tensors: dict[str, Tensor]) -> None:
    """Refuses thousands of tensors of one storage: whoever copies them takes a thousand times the file."""
    viewed = sum(math.prod(one.shape) for one in tensors.values())
    stored = sum({id(one.storage): one.storage.size for one in tensors.values()}.values())
    if viewed > MOST_VIEWS * stored + SMALL:
        raise Refused(f"its tensors have {viewed} values, and {stored} are stored")


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
            named = ((name, entry) for name, entry in dict.items(value) if type(name) in (str, int))
            waiting += ((f"{prefix}.{name}" if prefix else str(name), entry) for name, entry in named)
    raise Refused(f"it holds more than {MOST_ENTRIES} entries")
