"""Archives of arrays: what they declare is compared with what is wanted before anything is unpacked."""

import io
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from keras_uda.core.npz import MOST_ENTRIES
from keras_uda.core.npz import open_npz

IMAGES = np.arange(2 * 3 * 4 * 3, dtype="uint8").reshape(2, 3, 4, 3)


def packed(**arrays) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def read(content: bytes, *wanted, limit: int = 10**6):
    with open_npz(io.BytesIO(content), limit) as archive:
        return archive.read(*(wanted or ("images", "uint8", (None, None, None, 3))))


def npy(header: str, values: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    text = header.encode()
    return b"\x93NUMPY" + version + struct.pack("<H", len(text)) + text + values


def zipped(content: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr("images.npy", content)
    return stream.getvalue()


@pytest.mark.parametrize("order", ["C", "F"])
def test_what_was_written_is_read(order):
    content = packed(images=np.asarray(IMAGES, order=order), names=np.array(["a", "bc"]))
    np.testing.assert_array_equal(read(content), IMAGES)
    assert read(content, "names", "U", (2,)).tolist() == ["a", "bc"]
    with open_npz(io.BytesIO(content)) as archive:
        assert {name: found.shape for name, found in archive.declared.items()} == {
            "images": IMAGES.shape,
            "names": (2,),
        }


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (("labels", "uint8", (None,)), "`labels` is missing"),
        (("images", "uint8", (None, None, None)), "must be uint8"),
        (("images", "uint8", (3, None, None, 3)), "must be uint8"),
        (("images", "float32", (None, None, None, 3)), "must be float32"),
        (("images", "U", (None, None, None, 3)), "must be U"),
    ],
)
def test_another_type_or_shape_is_named(wanted, why):
    with pytest.raises(ValueError, match=why):
        read(packed(images=IMAGES), *wanted)


def test_a_bomb_is_refused_before_it_is_unpacked():
    content = packed(images=np.zeros((40, 1000, 1000, 3), "uint8"))
    assert len(content) < 200_000
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"too large \(114 MB\)"):
            read(content, limit=10**8)
        assert tracemalloc.get_traced_memory()[1] < 2 * 10**6
    finally:
        tracemalloc.stop()


def test_the_limit_is_of_all_arrays_together():
    with open_npz(io.BytesIO(packed(a=IMAGES, b=IMAGES)), limit=100) as archive:
        archive.read("a", "uint8", IMAGES.shape)
        with pytest.raises(ValueError, match="`b` is too large"):
            archive.read("b", "uint8", IMAGES.shape)


DAMAGED = {
    "empty": b"",
    "no zip": b"x" * 100,
    "cut": packed(images=IMAGES)[:-30],
    "a comment": packed(images=IMAGES)[:-2] + b"\x01\x00x",
    "objects": packed(images=np.array([{}], dtype=object)),
    "pickled header": zipped(npy("{'descr': 'O', 'fortran_order': False, 'shape': (9,)}")),
    "no header": zipped(b"nothing"),
    "a deep header": zipped(npy("(" * 9000)),
    "minus signs": zipped(npy("-" * 9000 + "1")),
    "negative": zipped(npy("{'descr': '|u1', 'fortran_order': False, 'shape': (-1, 4, 4, 3)}")),
    "huge": zipped(npy("{'descr': '|u1', 'fortran_order': False, 'shape': (9999999999, 99999, 99999, 3)}")),
    "shorter than declared": zipped(npy("{'descr': '|u1', 'fortran_order': False, 'shape': (9, 4, 4, 3)}", b"x")),
    "longer than declared": zipped(npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1, 1, 3)}", b"x" * 9)),
    "another version": zipped(npy("{}", version=b"\x09\x00")),
    "another compression": zipped(npy("{}"), zipfile.ZIP_LZMA),
    "many entries": packed(**{f"a{n}": np.zeros(1) for n in range(MOST_ENTRIES + 1)}),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_is_one_line(name):
    with pytest.raises(ValueError) as failure:
        read(DAMAGED[name])
    assert "\n" not in str(failure.value) and len(str(failure.value)) < 250


def test_every_changed_byte_is_an_array_or_one_error():
    content, random = packed(images=IMAGES), np.random.default_rng(0)
    for place in random.integers(0, len(content), 200):
        changed = bytearray(content)
        changed[place] ^= 1 << random.integers(8)
        try:
            read(bytes(changed))
        except ValueError:
            pass
