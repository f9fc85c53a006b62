"""Rare class sampling: a class is drawn first, the rarer the more often, and then an image that shows it.

Source of all: Hoyer et al., DAFormer, CVPR 2022, section 3.3, https://arxiv.org/abs/2111.14887, and its released code,
mmseg/datasets/uda_dataset.py
"""

import numpy as np
import tensorflow as tf

from keras_uda.augment.windows import RequiredClass
from keras_uda.config.ranges import Positive
from keras_uda.config.ranges import Share
from keras_uda.core.classes import IGNORE
from keras_uda.core.console import warn
from keras_uda.core.errors import DataError
from keras_uda.data.cache.label_pixels import label_pixels
from keras_uda.data.prepared import Prepared
from keras_uda.data.samplers.sampler import Drawing
from keras_uda.data.samplers.sampler import Sampler
from keras_uda.ops.random import uniform


class RareClass(Sampler):
    """Draws a class c with probability P(c), then one of the images that show enough of it, all with equal chances.

        f_c = pixels of class c / pixels of all classes;   P(c) = softmax over the classes that occur of (1 - f_c) / T

    Windows of a random crop are drawn again, up to ten times, until one shows enough of the class.

    Args:
        temperature: T; published 0.01, which nearly always draws the rarest classes. 0.05 in VFM-UDA.
        image_share: of an image, that c must exceed; published 3000 pixels of 1914x1052.
        crop_share: of a crop, that c must exceed; published 1500 pixels of 512x512, and 6000 of 1024x1024 (HRDA).

    Deviations from the released code:
        1. Shares of pixels in place of numbers of pixels: they mean the same at any size.
        2. A class that no image shows enough of is left out, with a warning; released: an error.
    """

    def __init__(
        self,
        *,
        temperature: Positive = 0.01,
        image_share: Share = 3000 / (1914 * 1052),
        crop_share: Share = 1500 / (512 * 512),
    ):
        self.temperature, self.image_share, self.crop_share = temperature, image_share, crop_share

    def drawing(self, source: Prepared) -> Drawing:
        pixels = label_pixels(source)[:, :IGNORE]
        rows = candidates(pixels, self.image_share * source.size[0] * source.size[1])
        chances = self._chances(pixels.sum(axis=0), rows)
        labels = np.flatnonzero(chances)
        cumulative = tf.constant(np.cumsum(chances[labels]), "float32")
        counts = [len(rows[label]) for label in labels]
        numbers, starts = tf.constant(counts, "int32"), tf.constant(np.cumsum([0, *counts])[:-1], "int32")
        table, ids = (
            tf.constant(np.concatenate([rows[label] for label in labels]), "int64"),
            tf.constant(labels, "int32"),
        )

        def draw(seed: tf.Tensor) -> tuple[tf.Tensor, RequiredClass]:
            drawn = uniform([2], seed)
            entry = tf.searchsorted(cumulative, drawn[:1], side="right")[0]
            entry = tf.minimum(entry, len(labels) - 1)
            number = tf.cast(drawn[1] * tf.cast(numbers[entry], "float32"), "int32")
            row = starts[entry] + tf.minimum(number, numbers[entry] - 1)
            return table[row], RequiredClass(ids[entry], self.crop_share)

        return draw

    def _chances(self, pixels: np.ndarray, rows: list[np.ndarray]) -> np.ndarray:
        """Those of the classes that images show enough of."""
        chances = class_chances(pixels, self.temperature)
        hidden = [label for label in np.flatnonzero(pixels) if not len(rows[label])]
        if hidden:
            many = ", ".join(map(str, hidden))
            warn(f"rare_class draws no image for the class ids {many}: none covers {self.image_share:.2%} of an image")
            chances[hidden] = 0
        if not chances.any():
            what = f"no class covers more than {self.image_share:.2%} of an image of the source"
            raise DataError("data.source.sampler", what, "Lower `image_share`, or drop the sampler")
        return chances / chances.sum()


def class_chances(pixels: np.ndarray, temperature: float) -> np.ndarray:
    """P(c), float64 (C,), of pixels of each class, (C,); 0 for a class that does not occur."""
    exponents = (1 - pixels / max(pixels.sum(), 1)) / temperature
    occurs = pixels > 0
    powers = np.exp(exponents - exponents[occurs].max(initial=0), where=occurs, out=np.zeros(len(pixels)))
    return powers / max(powers.sum(), 1e-12)


def candidates(pixels: np.ndarray, least: float) -> list[np.ndarray]:
    """For each class the rows of the images with more than `least` pixels of it.

    Args:
        pixels: (images, C).
    """
    return [np.flatnonzero(of_class > least) for of_class in pixels.T]
