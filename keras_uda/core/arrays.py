"""Arrays that anybody may have written: their headers are read, and compared with the file, before a value is."""

import math
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tokenize import TokenError
from typing import BinaryIO
from typing import NamedTuple

import numpy as np

from keras_uda.core.errors import DataError
from keras_uda.core.errors import UdaError
from keras_uda.core.outside import MEGABYTE
from keras_uda.core.outside import REMEDY
from keras_uda.core.outside import opened

LARGEST_ARRAYS = 500 * MEGABYTE
MOST_ENTRIES = 10_000
LONGEST_DIRECTORY = 2 * MEGABYTE  # of the entries of a zip file, which `zipfile` reads at once
LONGEST_HEADER = 10_000
KINDS = "biufcSU"  # no objects, which are programs, and no structures
DAMAGE = (ValueError, EOFError, KeyError, OSError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error)
END, END_64 = b"PK\x05\x06", b"PK\x06\x07"
END_FORM = struct.Struct("<4s4H2LH")
READ_HEADER = {1: np.lib.format.read_array_header_1_0, 2: np.lib.format.read_array_header_2_0}


class Declared(NamedTuple):
    """What the header of an array says; `start` is where its values begin."""

    dtype: np.dtype
    shape: tuple[int, ...]
    start: int

    @property
    def size(self) -> int:
        """Bytes of the values."""
        return self.dtype.itemsize * math.prod(self.shape)


class Arrays:
    """An open `.npz` file; its arrays are read one by one.

    Args:
        archive: the zip file.
        most_bytes: that all values together may take.
    Attributes:
        declared: name -> what its header says.
    """

    def __init__(self, archive: zipfile.ZipFile, most_bytes: int):
        self._archive, entries = archive, archive.infolist()
        if len(entries) > MOST_ENTRIES or len({entry.filename for entry in entries}) < len(entries):
            raise ValueError("too many entries, or two of one name")
        if sum(entry.file_size for entry in entries) > most_bytes:
            raise ValueError(f"it unpacks to more than {most_bytes // MEGABYTE} MB")
        self._entries = {entry.filename.removesuffix(".npy"): entry for entry in entries}
        self.declared = {name: self._header(entry) for name, entry in self._entries.items()}

    def _header(self, entry: zipfile.ZipInfo) -> Declared:
        with self._archive.open(entry) as part:
            return _header(part, entry.file_size)

    def read(self, name: str, kind: str | None = None, shape: tuple[int | None, ...] | None = None) -> np.ndarray:
        """An array.

        Args:
            name: of the array.
            kind: a type as `uint8`, or `U` for texts of any length; None: any.
            shape: None in it stands for any length; None: any shape.
        Raises:
            ValueError: it is missing, or of another type or shape, which its header says: it is not read then.
        """
        if name not in self.declared:
            raise ValueError(f"`{name}` is missing")
        dtype, found, _ = self.declared[name]
        other_kind = kind is not None and (dtype.kind if kind == "U" else dtype) != kind
        if other_kind or (shape is not None and not _fits(found, shape)):
            wanted = "any shape" if shape is None else " x ".join("any" if n is None else str(n) for n in shape)
            raise ValueError(f"`{name}` is {dtype} of {' x '.join(map(str, found))}, not {kind} of {wanted}")
        with self._archive.open(self._entries[name]) as part:
            return np.lib.format.read_array(part, allow_pickle=False, max_header_size=LONGEST_HEADER)


def _fits(found: tuple[int, ...], shape: tuple[int | None, ...]) -> bool:
    return len(found) == len(shape) and all(wanted in (None, one) for one, wanted in zip(found, shape, strict=True))


@contextmanager
def opened_arrays(
    path: Path | str,
    most_bytes: int = LARGEST_ARRAYS,
    *,
    error: type[UdaError] = DataError,
    remedy: str = REMEDY,
) -> Iterator[Arrays]:
    """An `.npz` file, for reading some of its arrays; arguments and errors as of `read_arrays`.

    What `Arrays.read` refuses inside the block comes out of it as `error`.
    """
    with opened(path, most_bytes, error=error, remedy=remedy) as stream:
        try:
            _require_small_directory(stream)
            with zipfile.ZipFile(stream) as archive:
                yield Arrays(archive, most_bytes)
        except DAMAGE as failure:
            raise error(path, f"not whole arrays ({_line(failure)})", remedy) from failure


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
    with opened_arrays(path, most_bytes, error=error, remedy=remedy) as arrays:
        return {name: arrays.read(name) for name in arrays.declared}


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
            _header(stream, size)
            stream.seek(0)
            return np.lib.format.read_array(stream, allow_pickle=False, max_header_size=LONGEST_HEADER)
        except DAMAGE as failure:
            raise error(path, f"not a whole array ({_line(failure)})", remedy) from failure


def _require_small_directory(stream: BinaryIO) -> None:
    """Looks at the last bytes of a zip file: millions of entries without content take memory too."""
    stream.seek(max(0, stream.seek(0, 2) - END_FORM.size - 20))
    tail = stream.read()
    if len(tail) < END_FORM.size:
        raise ValueError("not a zip file")
    mark, *_, entries, length, _, comment = END_FORM.unpack(tail[-END_FORM.size :])
    if mark != END or comment:
        raise ValueError("not a zip file, or cut")
    if entries > MOST_ENTRIES or length > LONGEST_DIRECTORY or tail.startswith(END_64):
        raise ValueError("too many entries")


def _header(stream: BinaryIO, size: int) -> Declared:
    """The header of an array whose file has `size` bytes, as it must say too."""
    version = np.lib.format.read_magic(stream)
    try:
        shape, _, dtype = READ_HEADER[version[0]](stream, max_header_size=LONGEST_HEADER)
    except (MemoryError, SyntaxError, TokenError) as error:  # of Python's own parsers, which NumPy asks
        raise ValueError("a header that is no header") from error
    if dtype.kind not in KINDS or any(length < 0 for length in shape):
        raise ValueError(f"values of the type {dtype} are not accepted")
    declared = Declared(dtype, shape, stream.tell())
    if declared.start + declared.size != size:
        raise ValueError(f"{declared.size} bytes are declared and others are there")
    return declared


def _line(failure: Exception) -> str:
    return " ".join(str(failure).split())[:120] or type(failure).__name__
