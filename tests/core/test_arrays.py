"""Arrays of anybody: read as they were written; bombs, objects and damage are refused before memory is taken."""

import io
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from keras_uda.core.arrays import END
from keras_uda.core.arrays import opened_arrays
from keras_uda.core.arrays import read_array
from keras_uda.core.arrays import read_arrays
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import DataError

ARRAYS = {
    "images": np.arange(24, dtype="uint8").reshape(2, 3, 4),
    "turned": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "names": np.array(["a", "grün"]),
    "bytes": np.array([b"ab", b"c"]),
    "one": np.array(7),
    "none": np.zeros((0, 5), "float32"),
    "yes": np.array([True, False]),
}


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_come_back_as_they_were(tmp_path, save):
    save(tmp_path / "a.npz", **ARRAYS)
    found = read_arrays(tmp_path / "a.npz")
    assert list(found) == list(ARRAYS)
    for name, values in ARRAYS.items():
        assert found[name].dtype == values.dtype and found[name].flags.writeable
        np.testing.assert_array_equal(found[name], values)
        np.save(tmp_path / "one.npy", values)
        np.testing.assert_array_equal(read_array(tmp_path / "one.npy"), values)


def header(shape, kind="|u1", rest=b""):
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": kind, "fortran_order": False, "shape": shape})
    return stream.getvalue() + rest


def write(path, entries, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def refusal(path, read=read_arrays, **arguments):
    tracemalloc.start()
    with pytest.raises(DataError) as found:
        read(path, **arguments)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000
    return found.value.what


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (header((10**12,)), "bytes are declared"),
        (header((2**40, 2**40)), "bytes are declared"),
        (header((4,), rest=b"abc"), "bytes are declared"),
        (header((4,), rest=b"abcde"), "bytes are declared and others"),
        (header((-4,), rest=b"abcd"), "not accepted"),
        (header((1,), "|O", b"\x80\x04."), "not accepted"),
        (header((1,), [("a", "|u1")], b"a"), "not accepted"),
        (header((1,))[:30], "not "),
        (b"", "not "),
        (b"\x93NUMPY\x09\x00" + bytes(20), "not "),
        (b"GIF89a" + bytes(50), "not "),
        (b"\x93NUMPY\x01\x00" + struct.pack("<H", 9000) + b"(" * 9000, "not "),
        (b"\x93NUMPY\x01\x00" + struct.pack("<H", 9001) + b"-" * 9000 + b"1", "no header"),
    ],
)
def test_headers_are_compared_with_the_file(tmp_path, content, what):
    assert what in refusal(write(tmp_path / "a.npz", [("a.npy", content)]))
    (tmp_path / "a.npy").write_bytes(content)
    assert what in refusal(tmp_path / "a.npy", read_array)


def test_bombs_are_refused_by_what_they_declare(tmp_path):
    bomb = header((60_000_000,), rest=bytes(60_000_000))
    path = write(tmp_path / "a.npz", [("a.npy", bomb)])
    assert path.stat().st_size < 100_000
    assert "unpacks to more than 50 MB" in refusal(path, most_bytes=50_000_000)
    small = header((20_000_000,), rest=bytes(20_000_000))
    path = write(tmp_path / "b.npz", [(f"{number}.npy", small) for number in range(3)])
    assert "unpacks to more than 50 MB" in refusal(path, most_bytes=50_000_000)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_entries_of_one_name_and_too_many_are_refused(tmp_path):
    entry = header((1,), rest=b"a")
    assert "two of one name" in refusal(write(tmp_path / "a.npz", [("a.npy", entry)] * 2))
    assert "too many" in refusal(write(tmp_path / "b.npz", [(f"{n}.npy", b"") for n in range(10_001)]))


def test_damage_of_every_byte_is_refused_or_gives_arrays(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", values=np.arange(9))
    whole, path = (tmp_path / "a.npz").read_bytes(), tmp_path / "b.npz"
    for place in range(len(whole)):
        for content in (whole[:place], whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :]):
            path.write_bytes(content)
            try:
                assert isinstance(read_arrays(path), dict)
            except DataError:
                pass


def test_the_caller_names_the_class(tmp_path):
    with pytest.raises(ArtefactError, match="a.npz: no such file. Make it again"):
        read_arrays(tmp_path / "a.npz", error=ArtefactError, remedy="Make it again")


def test_one_array_is_read_if_it_is_what_was_asked_for(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", **ARRAYS)
    with opened_arrays(tmp_path / "a.npz") as arrays:
        assert {name: (found.dtype, found.shape) for name, found in arrays.declared.items()} == {
            name: (values.dtype, values.shape) for name, values in ARRAYS.items()
        }
        np.testing.assert_array_equal(arrays.read("images", "uint8", (None, 3, None)), ARRAYS["images"])
        assert arrays.read("names", "U", (2,)).tolist() == ["a", "grün"]


@pytest.mark.parametrize(
    ("wanted", "what"),
    [
        (("labels", "uint8", None), "`labels` is missing"),
        (("images", "float32", None), "`images` is uint8 of 2 x 3 x 4, not float32 of any shape"),
        (("images", "uint8", (None, 3, 5)), "`images` is uint8 of 2 x 3 x 4, not uint8 of any x 3 x 5"),
        (("images", "uint8", (None, None)), "not uint8 of any x any"),
        (("bytes", "U", (2,)), "not U of 2"),
    ],
)
def test_an_array_of_another_form_is_refused_before_it_is_read(tmp_path, wanted, what):
    np.savez_compressed(tmp_path / "a.npz", **ARRAYS)

    def read(path):
        with opened_arrays(path) as arrays:
            arrays.read(*wanted)

    assert what in refusal(tmp_path / "a.npz", read)


def test_a_list_of_millions_of_entries_is_not_read(tmp_path):
    path, directory = tmp_path / "a.npz", b"PK\x01\x02".ljust(46, b"\0") * 100_000
    path.write_bytes(directory + struct.pack("<4s4H2LH", END, 0, 0, 9, 9, len(directory), 0, 0))
    assert "too many entries" in refusal(path)
    wide = struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1)  # the place of a longer list, for files beyond 4 GB
    path.write_bytes(bytes(100) + wide + struct.pack("<4s4H2LH", END, 0, 0, 9, 9, 90, 0, 0))
    assert "too many entries" in refusal(path)
    path.write_bytes(bytes(100) + struct.pack("<4s4H2LH", END, 0, 0, 9, 9, 90, 0, 1) + b"x")
    assert "not " in refusal(path)
