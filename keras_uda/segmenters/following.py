"""Batch normalisation that follows a stream of frames, in memory alone."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from keras_uda.segmenters.blocks import BatchNorm
from keras_uda.segmenters.blocks import moves_statistics
from keras_uda.segmenters.blocks import observing
from keras_uda.segmenters.inference import label_map_and_confidence

RATE = 0.1  # what is left of the source's statistics is a half after 7 frames, a hundredth after 44
NOTHING = 2.0  # of 255: contrast up to which a picture shows nothing; black, a covered lens
BLOCK = 8  # pixels; the noise of a sensor is no contrast between blocks


class Following:
    """Runs a segmenter on the frames of a stream, whose statistics its batch norm follows.

    With mean m and variance v of the inputs of a layer over the positions of frame n,

        mean_n = mean_{n-1} + r (m - mean_{n-1})
        variance_n = (1 - r) (variance_{n-1} + r (m - mean_{n-1})^2) + r v

    and the layer normalises frame n with them: a frame depends on itself and those before it, and each layer is fed by
    layers that did the same. The statistics of the given segmenter, n = 0, fade as (1 - r)^n. A picture without
    contrast moves nothing.

    Args:
        segmenter: whose statistics move; it is not what was loaded afterwards.
        rate: r.
    Raises:
        ValueError: no layer moves its statistics.
    Source: the mixture of Klingner et al., Unsupervised BatchNorm Adaptation, 2020, https://arxiv.org/abs/2011.08502,
        frame by frame as in their Continual BatchNorm Adaptation, 2022, https://arxiv.org/abs/2203.01074; the variance
        is the one of all frames, exponentially weighted
    """

    def __init__(self, segmenter: keras.Model, rate: float = RATE):
        layers = [one for one in segmenter._flatten_layers() if isinstance(one, BatchNorm) and moves_statistics(one)]
        if not layers:
            raise ValueError(f"no layer of {segmenter.name} moves its statistics")
        self.segmenter, self.rate = segmenter, rate
        self.layers = {id(layer): layer for layer in layers}
        self._given = [(np.array(layer.moving_mean), np.array(layer.moving_variance)) for layer in layers]
        self.frames = self.frames_of_nothing = 0
        self._graphs = {moves: tf.function(self._moving if moves else self._standing) for moves in (True, False)}

    def __call__(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Label maps and confidences of the next frame, as `inference.runner_of` gives them.

        Args:
            images: uint8 (1, height, width, 3), RGB.
        """
        (image,) = images
        moves = contrast(image) > NOTHING
        self.frames, self.frames_of_nothing = self.frames + 1, self.frames_of_nothing + (not moves)
        maps = self._graphs[moves](tf.constant(images))
        return maps["label_map"].numpy(), maps["confidence"].numpy()

    def restart(self) -> None:
        """Back to the statistics of the given segmenter: another stream begins."""
        self.frames = self.frames_of_nothing = 0
        for layer, (mean, variance) in zip(self.layers.values(), self._given, strict=True):
            layer.moving_mean.assign(mean)
            layer.moving_variance.assign(variance)

    def summary(self) -> dict[str, int]:
        """How many frames of the stream moved the statistics, and how many showed nothing and moved none."""
        return {"moved_by": self.frames - self.frames_of_nothing, "showed_nothing": self.frames_of_nothing}

    def _moving(self, image):
        with observing(self._observe):
            return self._standing(image)

    def _standing(self, image):
        return label_map_and_confidence(self.segmenter, image)

    def _observe(self, layer: keras.Layer, inputs) -> None:
        if id(layer) not in self.layers:
            return
        batch = ops.moments(ops.cast(inputs, "float32"), axes=(0, 1, 2))
        moved = follow(layer.moving_mean, layer.moving_variance, *batch, self.rate)
        finite = ops.all([ops.all(ops.isfinite(one)) for one in moved])
        for variable, value in zip((layer.moving_mean, layer.moving_variance), moved, strict=True):
            variable.assign(ops.where(finite, value, variable))


def contrast(image: np.ndarray) -> float:
    """Standard deviation of the means of blocks, in units of 1/255, of uint8 (height, width, 3)."""
    rows, columns = (length // BLOCK for length in image.shape[:2])
    blocks = image[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK, 3)
    return float(blocks.mean((1, 3, 4)).std())


def follow(mean, variance, frame_mean, frame_variance, rate: float):
    """The exponentially weighted mean and variance after one more frame; see `Following`.

    Returns:
        float (channels,) each.
    """
    change = frame_mean - mean
    spread = variance + rate * ops.square(change)
    return mean + rate * change, (1.0 - rate) * spread + rate * frame_variance
