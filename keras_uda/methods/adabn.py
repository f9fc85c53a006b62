"""AdaBN: the statistics of batch normalisation are those of the target; nothing is trained."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import keras
from keras import ops

from keras_uda.config.ranges import Decay
from keras_uda.config.ranges import OpenShare
from keras_uda.core.errors import ConfigurationError
from keras_uda.methods.base import DomainAdaptation
from keras_uda.segmenters.blocks import moves_statistics


class AdaBN(DomainAdaptation):
    """Replaces the moving statistics of a trained segmenter by those of target images.

        after n batches with means m_1 .. m_n and variances v_1 .. v_n of a layer:
        mean = 1/n sum_i m_i;   variance = 1/n sum_i [v_i + (m_i - mean)^2]

    That is the mean and the variance over all images seen, each layer fed by layers that normalise with the batch.
    Weights stay as they are. It follows a stage that trained the segmenter. With a `segmenter.target_share` below 1
    every layer gets share * target's + (1 - share) * source's, mean and variance alike.

    With a `decay` the statistics of the given segmenter stay in the mix (UBNA), and later batches move them less:

        mean_n = (1 - r) mean_{n-1} + r m_n,  variance alike;  r = rate exp(-decay (n - 1) - layer_decay l)

    of layer l = 1, 2, ... in the order of the network.

    Args:
        segmenter: with batch normalisation whose statistics move.
        decay: of the rate from batch to batch; None: the mean over all batches.
        rate: of the first batch; with `decay` alone.
        layer_decay: of the rate from layer to layer (UBNA+); with `decay` alone.
    Source: Li et al., Revisiting Batch Normalization for Practical Domain Adaptation, 2016, section 3,
        https://arxiv.org/abs/1603.04779; `decay`: Klingner et al., Unsupervised BatchNorm Adaptation, 2020,
        https://arxiv.org/abs/2011.08502, and the code at github.com/ifnspaml/UBNA
    Deviations:
        1. The images are those of the stage's batches, augmented as in training, not every target image once.
        2. With `decay` the layers of the whole segmenter move; in the released code those of the encoder, the only ones
           that its networks have.
    """

    trains = ()
    reads = ("target",)
    passes = ()
    reports = ("statistics_shift",)
    level_reports = ()
    read_beside = {"rate": "decay", "layer_decay": "decay"}

    def __init__(
        self, segmenter, *, decay: Decay | None = None, rate: OpenShare = 0.1, layer_decay: Decay = 0.0, **kwargs
    ):
        super().__init__(segmenter, **kwargs)
        self.normalizations = [layer for layer in segmenter._flatten_layers() if moves_statistics(layer)]
        if not self.normalizations:
            what = f"AdaBN re-estimates batch normalisation, but no layer of {segmenter.name} moves its statistics"
            raise ConfigurationError(what, "Use a segmenter with `batch_norm: live` or `batch_stats`")
        self.momenta = [layer.momentum for layer in self.normalizations]
        rates = [rate * math.exp(-layer_decay * depth) for depth in range(1, len(self.normalizations) + 1)]
        self.joins = [
            join_statistics if decay is None else partial(mix_statistics, rate=one, decay=decay) for one in rates
        ]
        self.target_share = getattr(segmenter, "target_share", 1.0)
        self.given = [self._copies(layer, "given") for layer in self.normalizations]
        self.collected = [self._copies(layer, "collected") for layer in self.normalizations]
        self.batches = self.add_weight(shape=(), initializer="zeros", trainable=False, name="batches",
                                       aggregation="only_first_replica")  # fmt: skip

    def _copies(self, layer: keras.Layer, name: str) -> list[keras.Variable]:
        """Mean and variance of a layer as they are now, in variables of this method."""
        pair = (layer.moving_mean, layer.moving_variance)
        options = {"trainable": False, "aggregation": "mean"}
        copies = [self.add_weight(shape=one.shape, name=f"{name}_{layer.name}", **options) for one in pair]
        for copy, one in zip(copies, pair, strict=True):
            copy.assign(one)
        return copies

    def train_step(self, batch):
        target = batch["target"]
        variables = [(layer.moving_mean, layer.moving_variance) for layer in self.normalizations]
        kept = [[ops.copy(one) for one in pair] for pair in variables]
        with statistics_of_one_batch(self.normalizations, self.momenta):
            self.segmenter(ops.cast(target["image"], "float32"), training=True)
        now = [[ops.copy(one) for one in pair] for pair in variables]
        before = [[ops.copy(one) for one in pair] for pair in self.collected]
        finite = ops.all([ops.all(ops.isfinite(one)) for pair in now for one in pair])
        count = self.batches + 1.0
        for number, pair in enumerate(variables):
            joined = self.joins[number](*before[number], *now[number], count)
            for variable, collected, given, value, old in zip(
                pair, self.collected[number], self.given[number], joined, kept[number], strict=True
            ):
                collected.assign(ops.where(finite, value, collected))
                variable.assign(ops.where(finite, self.target_share * value + (1.0 - self.target_share) * given, old))
        self.batches.assign(ops.where(finite, count, self.batches))
        self.finite.assign(finite)
        return self.report(statistics_shift=shift(before, now))


def join_statistics(mean, variance, batch_mean, batch_variance, count):
    """Mean and variance of `count` batches of one size, from those of the first `count - 1` and of the last one.

        mean' = M + (m - M) / n;   variance' = V + (v - V) / n + (n - 1) / n^2 (m - M)^2

    Returns:
        float (channels,) each.
    Source: Chan et al., Updating Formulae and a Pairwise Algorithm for Computing Sample Variances, 1979
    """
    change = batch_mean - mean
    between = (count - 1.0) / ops.square(count) * ops.square(change)
    return mean + change / count, variance + (batch_variance - variance) / count + between


def mix_statistics(mean, variance, batch_mean, batch_variance, count, *, rate, decay):
    """Mean and variance moved towards those of batch number `count`, by a rate that fades.

        r = rate exp(-decay (count - 1));   mean' = mean + r (m - mean);   variance' = variance + r (v - variance)

    Returns:
        float (channels,) each.
    Source: Klingner et al., UBNA, 2020
    """
    now = rate * ops.exp(-decay * (count - 1.0))
    return mean + now * (batch_mean - mean), variance + now * (batch_variance - variance)


def shift(before, now):
    """How far the means moved, in standard deviations: mean over the channels of all layers.

    Args:
        before, now: list of [mean, variance] per layer.
    Returns:
        float32 scalar; at the first step the distance between the domains as the network sees them.
    """
    distances = [ops.abs(new[0] - old[0]) * ops.rsqrt(old[1] + 1e-5) for old, new in zip(before, now, strict=True)]
    return ops.mean(ops.concatenate(distances))


@contextmanager
def statistics_of_one_batch(layers: list[keras.Layer], momenta: list[float]) -> Iterator[None]:
    """Inside, the moving statistics become those of the batch, with no memory.

    Args:
        layers: that move them.
        momenta: what theirs are again afterwards; replicas are inside together and must not ask each other's layers.
    """
    try:
        for layer in layers:
            layer.momentum = 0.0
        yield
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
