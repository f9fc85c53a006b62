"""The orientation that a camera wrote into a JPEG, PNG or WebP file, read inside the graph: decoders ignore it."""

import tensorflow as tf

MOST_PARTS = 200  # of a file, before its EXIF data
MOST_ENTRIES = 100  # of an EXIF directory
ORIENTATION = 0x0112
BIG = {2: (256, 1), 4: (256**3, 256**2, 256, 1)}  # weights of the bytes of a number


def upright(image, content):
    """An image turned as its file says: what a viewer shows.

    Args:
        image: uint8 (h, w, 3), as decoded.
        content: string, the file.
    Returns:
        uint8 (h, w, 3) or (w, h, 3).
    """
    image, found = tf.ensure_shape(image, (None, None, 3)), orientation(content)
    one_of = lambda *values: tf.reduce_any(tf.equal(found, values))  # noqa: E731
    image = tf.cond(one_of(5, 6, 7, 8), lambda: tf.transpose(image, (1, 0, 2)), lambda: image)
    image = tf.cond(one_of(2, 3, 6, 7), lambda: image[:, ::-1], lambda: image)
    return tf.cond(one_of(3, 4, 7, 8), lambda: image[::-1], lambda: image)


def orientation(content):
    """int64 from 1 (upright) to 8, of a JPEG, PNG or WebP file; 1 of all others, and of what makes no sense.

    Source: CIPA DC-008, Exif 2.32, sections 4.5 and 4.6.4.
    """
    begins = lambda first: tf.equal(_read(content, 0, len(first)), first)  # noqa: E731
    place = tf.case(
        [
            (begins(b"\xff\xd8"), lambda: _in_jpeg(content)),
            (begins(b"\x89PNG"), lambda: _in_png(content)),
            (begins(b"RIFF"), lambda: _in_webp(content)),
        ],
        default=lambda: tf.constant(-1, "int64"),
    )
    return tf.cond(place < 0, lambda: tf.constant(1, "int64"), lambda: _of_directory(content, place))


def _in_jpeg(content):
    """Place of the EXIF data, -1 without."""

    def wanted(place):
        return tf.equal(_read(content, place, 2), b"\xff\xe1") & tf.equal(_read(content, place + 4, 6), b"Exif\0\0")

    def goes_on(place):
        return tf.equal(_read(content, place, 1), b"\xff") & tf.not_equal(_read(content, place, 2), b"\xff\xda")

    return _walk(content, 2, wanted, goes_on, lambda place: 2 + _number(content, place + 2, 2), 10)


def _in_png(content):
    wanted = lambda place: tf.equal(_read(content, place + 4, 4), b"eXIf")  # noqa: E731
    return _walk(content, 8, wanted, lambda place: True, lambda place: 12 + _number(content, place, 4), 8)


def _in_webp(content):
    def step(place):
        size = _number(content, place + 4, 4, little=True)
        return 8 + size + size % 2

    wanted = lambda place: tf.equal(_read(content, place, 4), b"EXIF")  # noqa: E731
    return _walk(content, 12, wanted, lambda place: True, step, 8)


def _walk(content, start: int, wanted, goes_on, step, inside: int):
    """From part to part of a file: `inside` bytes into the first wanted one, -1 without."""
    length = tf.cast(tf.strings.length(content), "int64")
    look_on = lambda place: (place < length) & ~wanted(place) & goes_on(place)  # noqa: E731
    move = lambda place: place + step(place)  # noqa: E731
    place = tf.while_loop(look_on, move, [tf.constant(start, "int64")], maximum_iterations=MOST_PARTS)[0]
    return tf.where((place < length) & wanted(place), place + inside, -1)


def _of_directory(content, place):
    """Orientation out of the first directory of EXIF data that begin at `place`."""
    little = tf.equal(_read(content, place, 2), b"II")
    directory = place + _number(content, place + 4, 4, little)
    entries = tf.cast(_bytes(content, directory + 2, 12 * MOST_ENTRIES), "int64")
    entries = tf.reshape(entries, (MOST_ENTRIES, 12))
    number = lambda at: tf.where(  # noqa: E731
        little, entries[:, at] + 256 * entries[:, at + 1], 256 * entries[:, at] + entries[:, at + 1]
    )
    real = tf.range(MOST_ENTRIES, dtype="int64") < _number(content, directory, 2, little)
    found = tf.reduce_max(tf.where(real & tf.equal(number(0), ORIENTATION), number(8), 0))
    return tf.where((found >= 1) & (found <= 8), found, 1)


def _number(content, place, count: int, little=False):
    """int64 out of `count` bytes."""
    digits = tf.cast(_bytes(content, place, count), "int64")
    return tf.reduce_sum(tf.where(little, digits[::-1], digits) * BIG[count])


def _bytes(content, place, count: int):
    return tf.ensure_shape(tf.io.decode_raw(_read(content, place, count), "uint8"), (count,))


def _read(content, place, count: int):
    """`count` bytes from a place on, zeros behind the end of the file."""
    place = tf.cast(tf.minimum(tf.cast(place, "int64"), tf.cast(tf.strings.length(content), "int64")), "int32")
    there = tf.strings.substr(content, place, count)
    return tf.strings.substr(tf.strings.join([there, b"\0" * count]), 0, count)
