"""Arrays that anybody may have written: their headers are read, and compared with the file, before a value is."""

import math
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np

from keras_uda.core.errors import DataError
from keras_uda.core.errors import UdaError
from keras_uda.core.outside import MEGABYTE
from keras_uda.core.outside import REMEDY
from keras_uda.core.outside import opened

LARGEST_ARRAYS = 500 * MEGABYTE
MOST_ENTRIES = 10_000
KINDS = "biufcSU"  # no objects, which are programs, and no structures
DAMAGE = (ValueError, EOFError, KeyError, OSError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error)


def read_arrays(
    path: Path | str,
    most_bytes: int = LARGEST_ARRAYS,
    *,
    error: type[UdaError] = DataError,
    remedy: str = REMEDY,
) -> dict[str, np.ndarray]:
    """The arrays of an `.npz` file by their names.

    Args:
        path: of the file.
        most_bytes: that all values together may take, compressed or not.
        error, remedy: as of `outside.require_regular`.
    Raises:
        error: as of `outside.opened`; no such file, damaged, objects, or what it unpacks to is larger than `most_bytes`
            or than its headers say.
    """
    with opened(path, most_bytes, error=error, remedy=remedy) as stream:
        try:
            return _unpacked(stream, most_bytes)
        except DAMAGE as failure:
            raise error(path, f"not whole arrays ({_line(failure)})", remedy) from failure


def read_array(
    path: Path | str,
    most_bytes: int = LARGEST_ARRAYS,
    *,
    error: type[UdaError] = DataError,
    remedy: str = REMEDY,
) -> np.ndarray:
    """The array of an `.npy` file; arguments and errors as of `read_arrays`."""
    with opened(path, most_bytes, error=error, remedy=remedy) as stream:
        size = stream.seek(0, 2)
        stream.seek(0)
        try:
            return _array(stream, size)
        except DAMAGE as failure:
            raise error(path, f"not a whole array ({_line(failure)})", remedy) from failure


def _unpacked(stream: BinaryIO, most_bytes: int) -> dict[str, np.ndarray]:
    with zipfile.ZipFile(stream) as archive:
        entries = archive.infolist()
        if len(entries) > MOST_ENTRIES or len({entry.filename for entry in entries}) < len(entries):
            raise ValueError("too many entries, or two of one name")
        if sum(entry.file_size for entry in entries) > most_bytes:
            raise ValueError(f"it unpacks to more than {most_bytes // MEGABYTE} MB")
        found = {}
        for entry in entries:
            with archive.open(entry) as part:
                found[entry.filename.removesuffix(".npy")] = _array(part, entry.file_size)
        return found


def _array(stream: BinaryIO, size: int) -> np.ndarray:
    """The array of a stream that has `size` bytes, as its own header must say too."""
    version = np.lib.format.read_magic(stream)
    read_header = {1: np.lib.format.read_array_header_1_0, 2: np.lib.format.read_array_header_2_0}[version[0]]
    shape, fortran, dtype = read_header(stream)
    if dtype.kind not in KINDS or any(length < 0 for length in shape):
        raise ValueError(f"values of the type {dtype} are not accepted")
    expected = dtype.itemsize * math.prod(shape)
    if expected > size:
        raise ValueError(f"{expected} bytes are declared and {size} are there")
    content = stream.read(expected + 1)
    if len(content) != expected:
        raise ValueError(f"{expected} bytes are declared and others are there")
    values = np.frombuffer(content, dtype, math.prod(shape)) if expected else np.zeros(math.prod(shape), dtype)
    return values.reshape(shape, order="F" if fortran else "C").copy()


def _line(failure: Exception) -> str:
    return " ".join(str(failure).split())[:120] or type(failure).__name__
