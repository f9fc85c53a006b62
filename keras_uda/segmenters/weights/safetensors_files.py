"""`.safetensors` files: a JSON header with the places of plain tensors. The package checks both; nothing can run.

The package maps a file instead of reading it, and the numbers are read here, one tensor at a time.
"""

import json
import struct
from pathlib import Path

import numpy as np

from keras_uda.core.errors import ArtefactError
from keras_uda.core.outside import require_regular
from keras_uda.segmenters.weights.torch_files import LONGEST_NAME
from keras_uda.segmenters.weights.torch_files import MOST_ENTRIES
from keras_uda.segmenters.weights.torch_pickle import MOST_AXES

DTYPES = {
    "F32": "<f4",
    "F64": "<f8",
    "F16": "<f2",
    "BF16": "<u2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "<i1",
    "U8": "<u1",
    "BOOL": "?",
}
LARGEST_HEADER = 10_000_000
DAMAGE = (OSError, ValueError, TypeError, MemoryError, RecursionError, struct.error)
REMEDY = "Give a .safetensors file of plain tensors, whole, from a source you trust"


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    """The tensors of a `.safetensors` file, in the order of their names.

    Args:
        path: from anybody.
    Returns:
        Name -> read-only array in PyTorch's layout (convolutions OIHW); bfloat16 comes as float32.
    Raises:
        ArtefactError: not such a file, cut, with lies about sizes, or with numbers of 8 bits and fewer that are scaled.
    """
    path = Path(path)
    require_regular(path, error=ArtefactError, remedy="Give a .safetensors file")
    package = _package()
    try:
        length = _header_length(path)
        with package.safe_open(path, framework="np"):  # compares every place with the type, the shape and the file
            header = json.loads(_bytes(path, 8, length), object_pairs_hook=_no_name_twice)
    except (package.SafetensorError, *DAMAGE) as error:
        raise ArtefactError(path, f"not a readable .safetensors file, or truncated ({error!s:.80})", REMEDY) from error
    header.pop("__metadata__", None)
    if not header or len(header) > MOST_ENTRIES:
        raise ArtefactError(path, f"it holds {len(header) or 'no'} tensors", REMEDY)
    return {name: _array(name, header[name], 8 + length, path) for name in sorted(header)}


def _header_length(path: Path) -> int:
    (length,) = struct.unpack("<Q", _bytes(path, 0, 8))
    if length > LARGEST_HEADER:
        raise ValueError(f"a header of {length} bytes")
    return length


def _no_name_twice(pairs: list[tuple[str, object]]) -> dict:
    """The package checks one of two entries of a name, and the other would be read here."""
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name twice")
    return dict(pairs)


def _bytes(path: Path, position: int, size: int) -> bytes:
    return np.fromfile(path, np.uint8, size, offset=position).tobytes()


def _array(name: str, entry: dict, start: int, path: Path) -> np.ndarray:
    kind, shape = entry["dtype"], tuple(entry["shape"])
    if kind not in DTYPES:
        raise ArtefactError(path, f"{name[:100]} holds numbers of type {kind}", "Give float32, float16 or bfloat16")
    if len(name) > LONGEST_NAME or len(shape) > MOST_AXES:
        raise ArtefactError(path, f"{name[:100]} has a name or a shape that no layer has", REMEDY)
    first, last = entry["data_offsets"]
    dtype = np.dtype(DTYPES[kind])
    values = np.fromfile(path, dtype, (last - first) // dtype.itemsize, offset=start + first)
    if kind == "BF16":
        values = (values.astype("<u4") << 16).view("<f4")
    values.flags.writeable = False
    return values.reshape(shape)


def _package():
    """What reads the format."""
    try:
        import safetensors
    except ImportError as error:
        raise ArtefactError("safetensors", "the package is not installed", "pip install safetensors") from error
    return safetensors
