"""Image files inside the graph, one by one: what cannot be decoded has an error code, and the others go on."""

import tensorflow as tf

from keras_uda.ops.exif import upright
from keras_uda.ops.frames import decode_frame
from keras_uda.ops.frames import resize_frames

FINE, UNKNOWN, DAMAGED, TOO_LARGE = range(4)
ERRORS = {
    UNKNOWN: "no JPEG, PNG, BMP, GIF or WebP file",
    DAMAGED: "a damaged or truncated image file",
    TOO_LARGE: "an image of too many pixels",
}
BIG, LITTLE = (256**3, 256**2, 256, 1), (1, 256, 256**2, 256**3)  # what the bytes of a number weigh
JPEG, PNG, BMP, GIF, WEBP = b"\xff\xd8\xff", b"\x89PNG", b"BM", b"GIF8", b"RIFF"


def decode_image_files(contents, height: int, width: int, largest_pixels: int):
    """Decodes files, turns them upright and resizes them; a bad one fails alone.

    TensorFlow has no op that catches an error, but `tf.data` has: each file is a data set of its own that drops what
    fails, and what follows the dropped element stands in for it.

    Args:
        contents: string (n,), JPEG, PNG or BMP files of any sizes.
        height: of the frames.
        width: of the frames.
        largest_pixels: of a file; a header can promise more than the memory holds.
    Returns:
        uint8 (n, height, width, 3), black where there is an error, and int32 (n,): 0 or a key of `ERRORS`.
    """
    black = tf.zeros((height, width, 3), "uint8")

    def frame_of(content):
        image = lambda: upright(decode_frame(content), content)  # noqa: E731
        small = lambda: (resize_frames(image()[None], height, width)[0], FINE)  # noqa: E731
        return tf.cond(promised_pixels(content) > largest_pixels, lambda: (black, TOO_LARGE), small)

    def attempt(content):
        known = tf.reduce_any([begins(content, first) for first in (JPEG, PNG, BMP, GIF, WEBP)])
        instead = tf.data.Dataset.from_tensors((black, tf.where(known, DAMAGED, UNKNOWN)))
        tried = tf.data.Dataset.from_tensors(content).map(frame_of).ignore_errors()
        return tried.concatenate(instead).take(1).get_single_element()

    signature = (tf.TensorSpec((height, width, 3), "uint8"), tf.TensorSpec((), "int32"))
    return tf.map_fn(attempt, contents, fn_output_signature=signature)


def promised_pixels(content):
    """int64: height x width in the header of a file; 0 for others than JPEG, PNG, GIF and WebP: a BMP holds its pixels.

    An error where the header is damaged.
    """
    pixels_of = {
        JPEG: lambda: tf.reduce_prod(tf.cast(tf.io.extract_jpeg_shape(content)[:2], "int64")),
        PNG: lambda: number_at(content, 16, BIG) * number_at(content, 20, BIG),
        GIF: lambda: number_at(content, 6, LITTLE[:2]) * number_at(content, 8, LITTLE[:2]),
        WEBP: lambda: pixels_of_webp(content),
    }
    cases = [(begins(content, first), pixels) for first, pixels in pixels_of.items()]
    return tf.case(cases, default=lambda: tf.constant(0, "int64"))


def pixels_of_webp(content):
    """int64: height x width, which stand elsewhere in each of the three kinds of WebP."""
    kind = tf.strings.substr(content, 12, 4)
    sides = {
        b"VP8 ": lambda: (number_at(content, 26, LITTLE[:2]) % 2**14) * (number_at(content, 28, LITTLE[:2]) % 2**14),
        b"VP8X": lambda: (number_at(content, 24, LITTLE[:3]) + 1) * (number_at(content, 27, LITTLE[:3]) + 1),
    }
    bits = lambda: number_at(content, 21, LITTLE)  # noqa: E731 - VP8L: two numbers of 14 bits
    lossless = lambda: (bits() % 2**14 + 1) * (bits() // 2**14 % 2**14 + 1)  # noqa: E731
    return tf.case([(tf.equal(kind, name), pixels) for name, pixels in sides.items()], default=lossless)


def number_at(content, place: int, weights: tuple[int, ...]):
    """int64: bytes of a string as one number."""
    digits = tf.io.decode_raw(tf.strings.substr(content, place, len(weights)), "uint8")
    return tf.reduce_sum(tf.cast(digits, "int64") * weights)


def begins(content, first: bytes):
    """bool: whether a string starts so."""
    return tf.equal(tf.strings.substr(content, 0, len(first)), first)
