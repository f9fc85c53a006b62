"""Where the entries of an uncompressed zip archive lie, judged from its directory before any entry is read."""

import io
import struct
import zipfile
from typing import NamedTuple

from keras_uda.segmenters.weights.torch_pickle import Refused

LOCAL_HEADER = 30  # bytes, before the name; the lengths of the name and of what follows it are its last four
ENCRYPTED = 1


class Entry(NamedTuple):
    """An entry: its bytes, and their CRC-32."""

    position: int
    size: int
    checksum: int

    def read(self, file: io.BufferedReader, most: int) -> bytes:
        """The bytes, if they are at most `most`."""
        if self.size > most:
            raise Refused(f"an entry of {self.size} bytes is larger than {most}")
        file.seek(self.position)
        return file.read(self.size)


def positions(archive: zipfile.ZipFile, file: io.BufferedReader, most: int) -> dict[str, Entry]:
    """Name without the outermost folder -> entry.

    Args:
        archive, file: of the same file.
        most: entries.
    Raises:
        Refused: more entries; one is compressed, encrypted, lies outside the file or over another.
    """
    infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
    if len(infos) > most:
        raise Refused(f"it holds more than {most} entries")
    end, size, found = 0, file.seek(0, io.SEEK_END), {}
    for info in infos:
        if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
            raise Refused("it is compressed, which torch.save never does")
        if info.flag_bits & ENCRYPTED:
            raise Refused("it is encrypted, which torch.save never does")
        entry = _entry(info, file)
        if info.header_offset < end or entry.position + entry.size > size:
            raise Refused("its entries overlap, or lie outside the file")
        end = entry.position + entry.size
        found[info.filename.partition("/")[2]] = entry
    return found


def _entry(info: zipfile.ZipInfo, file: io.BufferedReader) -> Entry:
    file.seek(info.header_offset + LOCAL_HEADER - 4)
    lengths = struct.unpack("<HH", file.read(4))
    return Entry(info.header_offset + LOCAL_HEADER + sum(lengths), info.file_size, info.CRC)
