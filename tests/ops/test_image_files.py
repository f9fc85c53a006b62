"""Files are decoded one by one: the same pixels as OpenCV, and an error code where OpenCV gives up."""

import io
import struct

import cv2
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_uda.ops.image_files import DAMAGED
from keras_uda.ops.image_files import FINE
from keras_uda.ops.image_files import TOO_LARGE
from keras_uda.ops.image_files import UNKNOWN
from keras_uda.ops.image_files import decode_image_files
from tests.pictures import frame

WIDTH, HEIGHT, LARGEST = 40, 30, 5000
PICTURE = frame(3, WIDTH, HEIGHT)


@tf.function(input_signature=[tf.TensorSpec((None,), "string")])
def decode(contents):
    return decode_image_files(contents, HEIGHT, WIDTH, LARGEST)


def file_of(kind: str, picture: np.ndarray = PICTURE) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, kind)
    return stream.getvalue()


def png_header(width: int, height: int) -> bytes:
    content = bytearray(file_of("PNG"))
    content[16:24] = struct.pack(">II", width, height)
    return bytes(content)


def gif_header(width: int, height: int) -> bytes:
    content = bytearray(file_of("GIF"))
    content[6:10] = struct.pack("<HH", width, height)
    return bytes(content)


def jpeg_header(width: int, height: int) -> bytes:
    content = bytearray(file_of("JPEG"))
    place = content.index(b"\xff\xc0")
    content[place + 5 : place + 9] = struct.pack(">HH", height, width)
    return bytes(content)


def webp_header(kind: str):
    """A file whose header of this kind of WebP promises a size."""

    def make(width: int, height: int) -> bytes:
        place, numbers = {
            "VP8 ": (26, struct.pack("<HH", width, height)),
            "VP8L": (21, struct.pack("<I", (width - 1) | (height - 1) << 14)),
            "VP8X": (24, struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]),
        }[kind]
        stream = io.BytesIO()
        exif = {"exif": b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"} if kind == "VP8X" else {}
        Image.fromarray(PICTURE).save(stream, "WEBP", lossless=kind == "VP8L", **exif)
        content = bytearray(stream.getvalue())
        assert content[12:16] == kind.encode()
        content[place : place + len(numbers)] = numbers
        return bytes(content)

    return make


@pytest.mark.parametrize("kind", ["VP8 ", "VP8L", "VP8X"])
def test_every_kind_of_webp_says_its_size(kind):
    contents = [webp_header(kind)(*size) for size in ((WIDTH, HEIGHT), (101, 50), (16_000, 16_000))]
    assert decode(tf.constant(contents))[1].numpy().tolist() == [FINE, TOO_LARGE, TOO_LARGE]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "GIF", "WEBP"])
@pytest.mark.parametrize("share", [0.0, 0.03, 0.5, 0.9, 0.999])
def test_a_truncated_file_has_an_error_and_a_black_frame(kind, share):
    whole = file_of(kind)
    frames, errors = decode(tf.constant([whole, whole[: int(share * len(whole))], whole]))
    assert errors.numpy().tolist() == [FINE, DAMAGED if share else UNKNOWN, FINE]
    np.testing.assert_array_equal(frames[0], frames[2])
    assert frames.numpy()[1].max() == 0 and np.abs(frames.numpy()[0].astype(int) - PICTURE).mean() < 12


@pytest.mark.parametrize("header", [png_header, jpeg_header, gif_header])
@pytest.mark.parametrize("size", [(65_000, 65_000), (101, 50), (50, 101)])
def test_a_header_that_promises_too_many_pixels_is_not_decoded(header, size):
    _, errors = decode(tf.constant([header(*size), file_of("PNG")]))
    assert errors.numpy().tolist() == [TOO_LARGE, FINE]


def test_as_many_pixels_as_are_allowed_are_decoded():
    picture = frame(0, 100, 50)
    frames, errors = decode(tf.constant([file_of("PNG", picture)]))
    assert errors.numpy().tolist() == [FINE] and frames.shape == (1, HEIGHT, WIDTH, 3)


@pytest.mark.parametrize("content", [b"", b"\xff", b"text that is no image", bytes(300), b"%PDF-1.7 " + bytes(50)])
def test_what_begins_like_no_image_is_named_so(content):
    assert decode(tf.constant([content]))[1].numpy().tolist() == [UNKNOWN]


def test_harm_at_any_place_is_judged_as_opencv_judges_it():
    rng, whole = np.random.default_rng(0), file_of("PNG")
    harmed = []
    for _ in range(40):
        content = bytearray(whole)
        content[rng.integers(33, len(whole))] ^= 255
        harmed.append(bytes(content))
    readable = [cv2.imdecode(np.frombuffer(one, np.uint8), cv2.IMREAD_COLOR) is not None for one in harmed]
    _, errors = decode(tf.constant(harmed))
    assert [error == FINE for error in errors.numpy()] == readable and not all(readable)


def test_no_file_at_all_is_an_empty_batch():
    frames, errors = decode(tf.constant([], "string"))
    assert frames.shape == (0, HEIGHT, WIDTH, 3) and errors.shape == (0,)
