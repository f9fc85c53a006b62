"""Photos are turned in the graph as Pillow turns them."""

import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_uda.data.formats.images import read_upright
from keras_uda.ops.exif import orientation
from keras_uda.ops.exif import upright
from keras_uda.ops.image_files import decode_image_files
from tests.pictures import frame

PICTURE = frame(1, 22, 14)
KINDS = ["JPEG", "PNG", "WEBP"]


def photo(kind: str, value: int | None, byte_order: str = "<", before: bytes = b"") -> bytes:
    """A file of PICTURE with an orientation, among other entries."""
    exif = Image.Exif()
    exif.endian = byte_order
    exif[0x010F], exif[0x0110] = "maker", "a camera"
    if value is not None:
        exif[0x0112] = value
    stream = io.BytesIO()
    Image.fromarray(PICTURE).save(stream, kind, exif=exif.tobytes(), **({"lossless": True} if kind == "WEBP" else {}))
    content = stream.getvalue()
    return content[:2] + before + content[2:] if before else content


@tf.function(input_signature=[tf.TensorSpec((), "string")])
def found(content):
    return orientation(content)


@tf.function(input_signature=[tf.TensorSpec((None, None, 3), "uint8"), tf.TensorSpec((), "string")])
def turned(image, content):
    return upright(image, content)


@pytest.mark.slow
@pytest.mark.ci
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("byte_order", ["<", ">"])
def test_the_orientation_is_found(kind, byte_order):
    assert [int(found(photo(kind, value, byte_order))) for value in (1, 3, 6, 8)] == [1, 3, 6, 8]


def test_photos_are_turned_as_by_the_reader_of_predict(tmp_path):
    for value in range(1, 9):
        content = photo("PNG", value)
        (tmp_path / "photo.png").write_bytes(content)
        np.testing.assert_array_equal(turned(PICTURE, content), read_upright(tmp_path / "photo.png"))


@pytest.mark.parametrize("kind", KINDS)
def test_what_says_nothing_stays(kind):
    assert all(int(found(photo(kind, value))) == 1 for value in (None, 0, 9, 60000))
    assert int(found(b"")) == int(found(b"BM" + bytes(100))) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_damage_is_no_error(kind):
    whole, random = photo(kind, 6), np.random.default_rng(0)
    for length in range(0, len(whole), 7):
        assert int(found(whole[:length])) in (1, 6)
    for _ in range(60):
        content = bytearray(whole)
        content[random.integers(2, min(len(whole), 120))] = random.integers(256)
        assert 1 <= int(found(bytes(content))) <= 8


def test_other_parts_come_first_and_no_file_is_walked_forever():
    comment = b"\xff\xfe\x00\x12a comment inside"
    assert int(found(photo("JPEG", 8, before=comment))) == 8
    assert int(found(b"\xff\xd8" + b"\xff\xfe\x00\x00" * 100_000)) == 1


def test_encoded_files_are_upright_before_they_are_resized():
    frames, errors = decode_image_files(tf.constant([photo("PNG", 6), photo("PNG", 1)]), 22, 14, 5000)
    assert errors.numpy().tolist() == [0, 0]
    np.testing.assert_array_equal(frames[0], PICTURE.swapaxes(0, 1)[:, ::-1])
