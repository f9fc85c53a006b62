"""What follows the logits of an exported graph: which outputs there are, and on which grid a pixel gets its class.

Upsampling, argmax and confidence at the size of the frame cost a device as much as the whole int8 network before them.
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
    maps = {"label_map": tf.cast(tf.argmax(at_grid, -1, output_type="int32"), "uint8")}
    if tail.outputs == "maps":
        maps["confidence"] = confidence_of(at_grid)
    return {name: enlarged(values, size) for name, values in maps.items()}


def _half(logits, size: tuple[int, int]):
    return upsample(logits, (-(-size[0] // 2), -(-size[1] // 2)))


GRIDS = {"full": upsample, "half": _half, "small": lambda logits, size: tf.cast(logits, "float32")}


def enlarged(maps, size: tuple[int, int]):
    """Nearest neighbour for maps (batch, h, w) of a known size: LiteRT resizes no integers, but gathers them."""
    for axis, after in enumerate(size, 1):
        before = maps.shape[axis]
        if before != after:
            maps = tf.gather(maps, (2 * np.arange(after, dtype="int32") + 1) * before // (2 * after), axis=axis)
    return maps
