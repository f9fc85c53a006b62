"""Passes of a segmenter in training, and whose images its batch norm remembers."""

from collections.abc import Sequence

import keras
import tensorflow as tf
from keras import ops

from keras_uda.segmenters.blocks import BatchNorm
from keras_uda.segmenters.blocks import moves_statistics
from keras_uda.segmenters.blocks import remembering
from keras_uda.segmenters.two_scales import has_two_scales


class Passes:
    """Runs a segmenter on images of several domains.

    Every domain goes through separately, in the given order, so that batch statistics stay its own; in one pass where
    there are none. The moving statistics of live batch norm, which the finished segmenter normalises with, follow the
    images that it is made for, the target, by `segmenter.target_share`, and the source by what is left:

        moving <- moving + (1 - momentum) (1 - share) (source - moving)
        moving <- moving + (1 - momentum) share (target - moving)

    In the published networks (`batch_stats`) they follow all alike.

    Attributes:
        live_batch_norms: layers of live batch norm.
        target_share: of the target in their moving statistics; 1: they are the target's alone.
        single_pass: whether domains of one size may go through together.
    """

    def __init__(self, segmenter: keras.Model):
        layers = segmenter._flatten_layers()
        self.segmenter = segmenter
        self.live_batch_norms = [layer for layer in layers if is_live_batch_norm(layer)]
        self.target_share = getattr(segmenter, "target_share", 1.0)
        self.single_pass = not any(moves_statistics(layer) for layer in layers) and not has_two_scales(segmenter)

    def __call__(self, domains: Sequence, update_statistics_from: tuple[int, ...], source: int | None = None) -> list:
        """Outputs of the segmenter for each domain.

        Args:
            domains: images (batch, H, W, 3), 0..255.
            update_statistics_from: positions of the domains that live batch norm remembers; -1 is the last.
            source: position of the source images, if these are passes of both domains.
        Returns:
            For each domain: dict like `segmenter.output`.
        """
        domains = [ops.cast(images, "float32") for images in domains]
        if self.single_pass and all(images.shape[1:] == domains[0].shape[1:] for images in domains):
            return self._together(domains)
        shares = self._shares(len(domains), update_statistics_from, source)
        return [self._one(images, share) for images, share in zip(domains, shares, strict=True)]

    def _shares(self, domains: int, update_statistics_from: tuple[int, ...], source: int | None) -> list[float]:
        """What each domain counts for the moving statistics."""
        remembered = [position % domains for position in update_statistics_from]
        if source is None or source in remembered:
            return [float(position in remembered) for position in range(domains)]
        shares = [self.target_share * (position in remembered) for position in range(domains)]
        shares[source] = 1.0 - self.target_share
        return shares

    def _one(self, images, share: float) -> dict:
        with remembering(self.live_batch_norms, share):
            return self.segmenter(images, training=True)

    def _together(self, domains: list) -> list[dict]:
        sizes = [images.shape[0] or tf.shape(images)[0] for images in domains]
        outputs = self.segmenter(ops.concatenate(domains), training=True)
        parts = [tf.split(output, sizes) for output in tf.nest.flatten(outputs)]
        return [tf.nest.pack_sequence_as(outputs, list(part)) for part in zip(*parts, strict=True)]


def with_batch_statistics(teacher: keras.Model, images) -> dict:
    """Outputs of a teacher in training mode: its batch norm normalises with the batch, and remembers nothing of it.

    Args:
        teacher: segmenter that is not trained.
        images: (batch, H, W, 3), 0..255.
    Returns:
        dict like its `output`.
    """
    norms = [layer for layer in teacher._flatten_layers() if isinstance(layer, keras.layers.BatchNormalization)]
    others = [layer for layer in norms if not isinstance(layer, BatchNorm)]  # Keras' own, which knows no such thing
    moving = [one for layer in others for one in (layer.moving_mean, layer.moving_variance)]
    before = [ops.copy(one) for one in moving]
    with remembering([layer for layer in norms if layer not in others], 0.0):
        outputs = teacher(ops.cast(images, "float32"), training=True)
    for variable, value in zip(moving, before, strict=True):
        variable.assign(value)
    return outputs


def is_live_batch_norm(layer) -> bool:
    """Whether a layer is live batch norm of ours."""
    return isinstance(layer, BatchNorm) and layer.mode == "live" and layer.trainable
