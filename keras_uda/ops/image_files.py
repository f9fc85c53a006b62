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
    """int64: height x width in the header of a JPEG, PNG or GIF file; 0 for others, which cannot promise so much.

    An error where the header is damaged.
    """

    def number(place, *weights):
        digits = tf.io.decode_raw(tf.strings.substr(content, place, len(weights)), "uint8")
        return tf.reduce_sum(tf.cast(digits, "int64") * weights)

    big, little = [256**3, 256**2, 256, 1], [1, 256]
    pixels_of = {
        JPEG: lambda: tf.reduce_prod(tf.cast(tf.io.extract_jpeg_shape(content)[:2], "int64")),
        PNG: lambda: number(16, *big) * number(20, *big),
        GIF: lambda: number(6, *little) * number(8, *little),
    }
    cases = [(begins(content, first), pixels) for first, pixels in pixels_of.items()]
    return tf.case(cases, default=lambda: tf.constant(0, "int64"))


def begins(content, first: bytes):
    """bool: whether a string starts so."""
    return tf.equal(tf.strings.substr(content, 0, len(first)), first)
