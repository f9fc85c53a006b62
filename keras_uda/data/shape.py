"""Whether frames keep their shape where they are resized for the network: an upright clip does not on a wide grid."""

import math

from keras_uda.data.formats.images import header
from keras_uda.data.formats.images import read_bytes
from keras_uda.data.prepared import Prepared

NOTICED = 1.2  # width against height, times what it was
MULTIPLE = 32  # of the sides that are proposed: what the networks take


def shape_note(frames: Prepared) -> str | None:
    """What is said of frames whose shape changes a lot; None where it does not. The first frame stands for all."""
    head = header(read_bytes(frames.images[0]), frames.names[0])
    change = frames.size[0] / frames.size[1] * head.height / head.width
    if 1 / NOTICED < change < NOTICED:
        return None
    sizes = frames.size, size_of_shape(head.width, head.height, frames.size)
    seen, kept = ("x".join(map(str, size)) for size in sizes)
    words = f"{change:.1f} times as wide as they are" if change > 1 else f"{1 / change:.1f} times as tall as they are"
    return (
        f"Target frames of {head.width}x{head.height} are seen at {seen}, where things look {words}. "
        f"--data.size {kept} keeps their shape; the built-in world is drawn at any size."
    )


def size_of_shape(width: int, height: int, like: tuple[int, int]) -> tuple[int, int]:
    """(width, height) of about as many pixels as `like`, in the shape of a frame, in steps of 32."""
    across = math.sqrt(like[0] * like[1] * width / height)
    sides = (across, across * height / width)
    return tuple(max(MULTIPLE, MULTIPLE * round(side / MULTIPLE)) for side in sides)
