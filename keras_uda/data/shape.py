"""Whether frames keep their shape where they are resized for the network: an upright clip does not on a wide grid."""

import math
from collections import Counter

from keras_uda.data.formats.images import header
from keras_uda.data.formats.images import read_bytes
from keras_uda.data.prepared import Prepared

NOTICED = 1.2  # width against height, times what it was
LOOKED_AT = 15  # frames, spread over all
MULTIPLE = 32  # of the sides that are proposed: what the networks take


def shape_note(frames: Prepared) -> str | None:
    """What is said of frames whose shape changes; None where it does not. The usual one of a few stands for all."""
    width, height = _usual_size(frames)
    change = frames.size[0] / frames.size[1] * height / width
    if 1 / NOTICED < change < NOTICED:
        return None
    sizes = frames.size, size_of_shape(width, height, frames.size)
    seen, kept = ("x".join(map(str, size)) for size in sizes)
    words = f"{change:.1f} times as wide as they are" if change > 1 else f"{1 / change:.1f} times as tall as they are"
    return (
        f"Target frames of {width}x{height} are seen at {seen}, where things look {words}. "
        f"--data.size {kept} keeps their shape; the built-in world is drawn at any size."
    )


def _usual_size(frames: Prepared) -> tuple[int, int]:
    rows = range(0, len(frames), max(1, len(frames) // LOOKED_AT))
    heads = [header(read_bytes(frames.images[row]), frames.names[row]) for row in rows]
    return Counter((head.width, head.height) for head in heads).most_common(1)[0][0]


def size_of_shape(width: int, height: int, like: tuple[int, int]) -> tuple[int, int]:
    """(width, height) of about as many pixels as `like`, in the shape of a frame, in steps of 32."""
    across = math.sqrt(like[0] * like[1] * width / height)
    sides = (across, across * height / width)
    return tuple(max(MULTIPLE, MULTIPLE * round(side / MULTIPLE)) for side in sides)
