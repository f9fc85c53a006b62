"""`.npz` archives that anybody may have written: what they declare is known before an array is read.

An archive of a few kilobytes can declare arrays of any size. Here the headers are read, and an array is then read only if
it has the type and the shape that were asked for and fits into what is left of a limit.
"""

import math
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO
from typing import NamedTuple

import numpy as np

MOST_ENTRIES = 1000
LONGEST_DIRECTORY = 500_000  # bytes, of the list of entries
LARGEST_ARRAYS = 2**30  # bytes of all arrays together
LONGEST_HEADER = 10_000
END, END_64 = b"PK\x05\x06", b"PK\x06\x07"
END_FORM = struct.Struct("<4s4H2LH")


class Declared(NamedTuple):
    """What the header of an array says; `start` is where its values begin in the entry."""

    dtype: np.dtype
    shape: tuple[int, ...]
    start: int


class Npz:
    """An open archive; arrays are read one by one.

    Args:
        archive: the zip file.
        limit: bytes of all arrays that are read.
    Attributes:
        declared: name -> what its header says, of every entry that is an array.
    """

    def __init__(self, archive: zipfile.ZipFile, limit: int = LARGEST_ARRAYS):
        self._archive, self._left = archive, limit
        arrays = [entry for entry in archive.infolist() if entry.filename.endswith(".npy")]
        self._entries = {entry.filename.removesuffix(".npy"): entry for entry in arrays}
        self.declared = {name: _header(archive, entry) for name, entry in self._entries.items()}

    def read(self, name: str, kind: str, shape: tuple[int | None, ...]) -> np.ndarray:
        """An array of the archive.

        Args:
            name: of the array.
            kind: `uint8`, or `U` for texts of any length.
            shape: None stands for any length.
        Raises:
            ValueError: it is not there, is of another type or shape, or is too large.
        """
        if name not in self.declared:
            raise ValueError(f"`{name}` is missing")
        dtype, found, start = self.declared[name]
        same = len(found) == len(shape) and all(b in (None, a) for a, b in zip(found, shape, strict=True))
        if not same or (dtype.kind if kind == "U" else dtype) != kind:
            wanted = ", ".join("any" if side is None else str(side) for side in shape)
            raise ValueError(f"`{name}` is {dtype} {found}, it must be {kind} ({wanted})")
        size = math.prod(found) * dtype.itemsize
        if self._entries[name].file_size != start + size:
            raise ValueError(f"`{name}` does not hold what its header says")
        if size > self._left:
            raise ValueError(f"`{name}` is too large ({size // 2**20} MB)")
        self._left -= size
        with self._archive.open(self._entries[name]) as stream:
            return np.lib.format.read_array(stream, allow_pickle=False, max_header_size=LONGEST_HEADER)


@contextmanager
def open_npz(stream: BinaryIO, limit: int = LARGEST_ARRAYS) -> Iterator[Npz]:
    """The archive in a file that is open for reading; whatever is wrong with it is a `ValueError` in one line.

    Args:
        stream: of a regular file.
        limit: bytes of all arrays that are read from it.
    """
    try:
        _require_small_directory(stream)
        with zipfile.ZipFile(stream) as archive:
            yield Npz(archive, limit)
    except MemoryError:
        raise
    except ValueError as error:
        raise ValueError(" ".join(str(error).split())[:200]) from error
    except Exception as error:  # zipfile, zlib, struct, ast and numpy all speak for a damaged file
        raise ValueError(f"damaged ({type(error).__name__}: {' '.join(str(error).split())[:120]})") from error


def _require_small_directory(stream: BinaryIO) -> None:
    """Looks at the last bytes of a zip file: `zipfile` reads the whole list of entries at once."""
    size = stream.seek(0, 2)
    stream.seek(max(0, size - END_FORM.size - 20))
    tail = stream.read()
    if len(tail) < END_FORM.size:
        raise ValueError("not an npz archive")
    mark, *_, entries, length, _, comment = END_FORM.unpack(tail[-END_FORM.size :])
    if mark != END or comment:
        raise ValueError("not an npz archive, or cut")
    if entries > MOST_ENTRIES or length > LONGEST_DIRECTORY or tail.startswith(END_64):
        raise ValueError(f"more than {MOST_ENTRIES} entries")


def _header(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Declared:
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"`{entry.filename}` is compressed in a way that NumPy does not have")
    with archive.open(entry) as stream:
        version = np.lib.format.read_magic(stream)
        read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}.get(version)
        if read is None:
            raise ValueError(f"`{entry.filename}` is of a version that is not known here")
        try:
            shape, _, dtype = read(stream, max_header_size=LONGEST_HEADER)
        except MemoryError as error:  # of the parser, for deep nesting: a header is short
            raise ValueError(f"`{entry.filename}` has a header that is nested too deeply") from error
        if dtype.hasobject or any(side < 0 for side in shape):
            raise ValueError(f"`{entry.filename}` does not hold numbers or texts")
        return Declared(dtype, shape, stream.tell())
