"""What follows the logits of an exported graph: which outputs there are, and on which grid a pixel gets its class.

Upsampling, argmax and confidence at the size of the frame are a quarter to two fifths of an int8 frame.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from keras_uda.ops.resize import upsample
from keras_uda.segmenters.inference import confidence_of

NAMES = {"maps": ("confidence", "label_map"), "label_map": ("label_map",), "logits": ("logits",)}


class Tail(NamedTuple):
    """The form of the outputs of one artefact.

    Args:
        outputs: `maps` (label map and confidence), `label_map`, or `logits` at the stride of the network.
        argmax: grid of the argmax: `full` (the frame), `half` (half of its height and width) or `small` (the stride).
    """

    outputs: str = "maps"
    argmax: str = "full"

    @property
    def names(self) -> tuple[str, ...]:
        """Of the outputs, in the order in which TensorFlow flattens a dict."""
        return NAMES[self.outputs]

    @property
    def suffix(self) -> str:
        """Of file names."""
        return f"_{self.outputs}" + (f"_{self.argmax}" if self.argmax != "full" else "")


WHOLE = Tail()


def tails_of(outputs: Sequence[str], argmax: Sequence[str]) -> dict[Tail, str]:
    """Every form that is asked for -> what the names of its files end in: nothing for the first one.

    Args:
        outputs: out of `names.OUTPUTS`.
        argmax: out of `names.ARGMAX`; logits have none.
    """
    tails = dict.fromkeys(Tail(one, "full" if one == "logits" else grid) for one in outputs for grid in argmax)
    return {tail: tail.suffix if number else "" for number, tail in enumerate(tails)}


def integer_form(tail: Tail) -> Tail:
    """What a fully integer file gives where a form is asked for: logits instead of maps, whose softmax needs floats."""
    return tail if tail.outputs == "label_map" else Tail("logits")


def integer_tails_of(outputs: Sequence[str], argmax: Sequence[str]) -> dict[Tail, tuple[Tail, str]]:
    """Form that is asked for -> that of the fully integer file made for it, and what the name of that file ends in.

    Forms whose integer form is that of an earlier one are left out; for the arguments see `tails_of`.
    """
    firsts = {}
    for tail in tails_of(outputs, argmax):
        firsts.setdefault(integer_form(tail), tail)
    return {tail: (own, own.suffix if number else "") for number, (own, tail) in enumerate(firsts.items())}


def outputs_of_tail(tail: Tail, logits, size: tuple[int, int]) -> dict:
    """The outputs of a form.

        label_map = argmax of the logits upsampled to the grid, confidence = round(255 * max softmax of the same);
        both brought to the frame by nearest neighbour, source index floor((i + 0.5) * h / H)

    Args:
        tail: the form.
        logits: float32 (batch, h, w, classes), at the stride of the network.
        size: (H, W) of the frame.
    Returns:
        Of `tail.names`: uint8 (batch, H, W), or float32 (batch, h, w, classes).
    """
    if tail.outputs == "logits":
        return {"logits": tf.cast(logits, "float32")}
    at_grid = GRIDS[tail.argmax](logits, size)
    # keras.ops.argmax puts BitwiseAnd into the graph, which LiteRT does not have.
    maps = {"label_map": label_map_at(tf.argmax(at_grid, -1, output_type="int32"), logits.shape[-1], size)}
    if tail.outputs == "maps":
        maps["confidence"] = enlarged(confidence_of(at_grid), size)
    return maps


def _half(logits, size: tuple[int, int]):
    return upsample(logits, (-(-size[0] // 2), -(-size[1] // 2)))


GRIDS = {"full": upsample, "half": _half, "small": lambda logits, size: tf.cast(logits, "float32")}


def label_map_at(classes, count: int, size: tuple[int, int]):
    """Classes, brought to the frame by nearest neighbour.

    Where a row is a whole number of times as wide there, a table has for each class as many bytes: one op instead of a
    cast and a gather for every pixel of the frame, which LiteRT runs one by one.

    Args:
        classes: int32 (batch, h, w), at the grid.
        count: of the classes.
        size: (H, W) of the frame.
    Returns:
        uint8 (batch, H, W).
    """
    height, width = classes.shape[1:3]
    times, rest = divmod(size[1], width)
    if times < 2 or rest:
        return enlarged(tf.cast(classes, "uint8"), size)
    table = np.repeat(np.arange(count, dtype="uint8")[:, None], times, axis=1)
    return enlarged(tf.reshape(tf.gather(table, classes), (-1, height, size[1])), size)


def enlarged(maps, size: tuple[int, int]):
    """Nearest neighbour for maps (batch, h, w) of a known size: LiteRT resizes no integers, but gathers them."""
    height, width = maps.shape[1:3]
    if width != size[1]:
        maps = tf.gather(maps, _nearest(width, size[1]), axis=2)
    times, rest = divmod(size[0], height)
    if times > 1 and not rest:  # whole rows are copied at once; `maps[:, :, None]` would be a slow STRIDED_SLICE
        rows = tf.reshape(maps, (-1, height, 1, size[1]))
        return tf.reshape(tf.concat([rows] * times, 2), (-1, *size))
    return maps if height == size[0] else tf.gather(maps, _nearest(height, size[0]), axis=1)


def _nearest(before: int, after: int) -> np.ndarray:
    """Index of the source of every pixel."""
    return (2 * np.arange(after, dtype="int32") + 1) * before // (2 * after)
