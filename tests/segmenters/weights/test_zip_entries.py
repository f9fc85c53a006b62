"""Entries that lie over one another, or that are not stored as they are, are refused from the directory."""

import struct
import zipfile

import pytest

from keras_uda.segmenters.weights.torch_pickle import Refused
from keras_uda.segmenters.weights.zip_entries import positions

NAMES = {"archive/a": b"first", "archive/data/b": b"second " * 100}


def written(path, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in NAMES.items():
            archive.writestr(name, content)
    return path


def found(path, most=100):
    with path.open("rb") as file, zipfile.ZipFile(file) as archive:
        return {name: entry.read(file, 10_000) for name, entry in positions(archive, file, most).items()}


def test_entries_are_found_where_they_lie(tmp_path):
    assert found(written(tmp_path / "a.zip")) == {"a": b"first", "data/b": b"second " * 100}


def test_too_many_and_compressed_entries_are_refused(tmp_path):
    with pytest.raises(Refused, match="more than 1 entries"):
        found(written(tmp_path / "a.zip"), most=1)
    with pytest.raises(Refused, match="compressed"):
        found(written(tmp_path / "b.zip", zipfile.ZIP_DEFLATED))


def changed(path, place: int, value: bytes):
    """The last record of the directory with other bytes at `place`."""
    content = bytearray(written(path).read_bytes())
    record = content.rindex(b"PK\x01\x02")
    content[record + place : record + place + len(value)] = value
    path.write_bytes(content)
    return path


def test_entries_over_one_another_and_outside_the_file_are_refused(tmp_path):
    with pytest.raises(Refused, match="overlap"):
        found(changed(tmp_path / "a.zip", 42, struct.pack("<I", 0)))
    sizes = struct.pack("<II", 10**6, 10**6)
    with pytest.raises(Refused, match="outside the file"):
        found(changed(tmp_path / "b.zip", 20, sizes))
    with pytest.raises(Refused, match="encrypted"):
        found(changed(tmp_path / "c.zip", 8, b"\1"))


def test_an_entry_larger_than_what_is_wanted_is_not_read(tmp_path):
    path = written(tmp_path / "a.zip")
    with path.open("rb") as file, zipfile.ZipFile(file) as archive, pytest.raises(Refused, match="700 bytes"):
        positions(archive, file, 9)["data/b"].read(file, 699)
