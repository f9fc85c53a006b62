"""`.safetensors` files: a JSON header with the places of plain tensors. The package checks both; nothing can run."""

import math
from pathlib import Path

import numpy as np

from keras_uda.core.errors import ArtefactError
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
    if not path.is_file():
        raise ArtefactError(path, "no such .safetensors file", "Check the path")
    deserialize, damage = _package()
    try:
        entries = dict(deserialize(path.read_bytes()))
    except (damage, OSError, ValueError, TypeError, MemoryError) as error:
        raise ArtefactError(path, f"not a readable .safetensors file, or truncated ({error!s:.80})", REMEDY) from error
    if not entries or len(entries) > MOST_ENTRIES:
        raise ArtefactError(path, f"it holds {len(entries) or 'no'} tensors", REMEDY)
    return {name: _array(name, entries[name], path) for name in sorted(entries)}


def _array(name: str, entry: dict, path: Path) -> np.ndarray:
    kind, shape = entry["dtype"], tuple(entry["shape"])
    if kind not in DTYPES:
        raise ArtefactError(path, f"{name[:100]} holds numbers of type {kind}", "Give float32, float16 or bfloat16")
    if len(name) > LONGEST_NAME or len(shape) > MOST_AXES:
        raise ArtefactError(path, f"{name[:100]} has a name or a shape that no layer has", REMEDY)
    values = np.frombuffer(bytes(entry["data"]), DTYPES[kind], math.prod(shape))
    if kind == "BF16":
        values = (values.astype("<u4") << 16).view("<f4")
    values.flags.writeable = False
    return values.reshape(shape)


def _package():
    """What reads the format, and what it raises."""
    try:
        from safetensors import SafetensorError
        from safetensors import deserialize
    except ImportError as error:
        raise ArtefactError("safetensors", "the package is not installed", "pip install safetensors") from error
    return deserialize, SafetensorError
