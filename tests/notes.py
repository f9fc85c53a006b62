"""Hyper-parameters that a case of the reference vectors states in its notes and formulas."""

import re

import numpy as np
import tensorflow as tf

from keras_uda.ops import warp

QUARTER = 4


def numbers_after(meta: dict, words: str, count: int = 1) -> list[float]:
    """The first numbers after some words."""
    text = " ".join([*meta["notes"], *meta["formulas"].values()])
    found = re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", text[text.index(words) + len(words) :])
    return [float(number) for number in found[:count]]


def released_windows(meta) -> tuple[tf.Tensor, tuple[int, int]]:
    """The weak crops of the ProDA cases as a view of the whole image, and (height, width) of their quarter."""
    scaled = np.reshape(numbers_after(meta, "(h,w)=(", count=4), (2, 2)) // QUARTER
    crops = np.reshape(numbers_after(meta, "(y1,y2,x1,x2)=(", count=8), (2, 4)).astype(int) // QUARTER
    y1, y2, x1, x2 = crops.T
    size = (int(y2[0] - y1[0]), int(x2[0] - x1[0]))
    view = warp.window(y1.astype("float32"), x1.astype("float32"), size, scaled.T.astype("float32"))
    return warp.after(warp.mirror(tf.constant([True, False])), view), size
