"""Stochastic gradient descent as PyTorch has it."""

from typing import Literal

import keras
import tensorflow as tf
from keras import ops

from keras_uda.config.ranges import BelowOne
from keras_uda.config.ranges import Decay
from keras_uda.optimizers.published import PublishedOptimizer
from keras_uda.optimizers.published import by_path


class CoupledSGD(PublishedOptimizer):
    """Stochastic gradient descent with momentum; the learning rate is outside the buffer.

        d = g + weight_decay * w;   v <- momentum * v + d   (v = d at the first step);   w <- w - lr * v

    Args:
        listed: path of a variable -> how often the released code lists it, and so updates it with the same gradient
            in every step; 1 where absent.
        momentum: factor of the buffer.
        weight_decay: coupled L2, added to the gradient.
        repeats: `nominal`: every variable is updated once. `official`: as often as it is listed, as PyTorch does now:
            in the first step every repeat starts a fresh buffer. `legacy`: as PyTorch 0.x did (the published numbers):
            decay adds up in the gradient, and the first step shares its buffer.
    Source: torch.optim.SGD
    """

    def __init__(
        self,
        learning_rate,
        clip_norm=0.0,
        multipliers=None,
        listed=None,
        *,
        momentum: BelowOne = 0.9,
        weight_decay: Decay = 0.0,
        repeats: Literal["nominal", "official", "legacy"] = "nominal",
        **kwargs,
    ):
        super().__init__(learning_rate, clip_norm, multipliers, decay=weight_decay, **kwargs)
        self.momentum, self.repeats, self.listed = momentum, repeats, dict(listed or {})

    @classmethod
    def facts_of(cls, segmenter: keras.Model | None) -> dict:
        return {"listed": by_path(segmenter, getattr(segmenter, "repeats", {}))}

    def build(self, variables):
        super().build(variables)
        listed = {} if self.repeats == "nominal" else self.listed
        self._times = [listed.get(variable.path, 1) for variable in variables]
        self._buffers = self.add_optimizer_variables(variables, "momentum")

    def update(self, gradient, variable, learning_rate, index):
        buffer, times, momentum = self._buffers[index].value, self._times[index], self.momentum
        legacy = self.repeats == "legacy"
        if times > 1 and not legacy:
            momentum = ops.where(self.iterations == 0, 0.0, momentum)
        decayed = gradient
        for _ in range(times):
            decayed = self.with_decay(decayed if legacy else gradient, variable)
            tf.raw_ops.ResourceApplyMomentum(
                var=variable.handle, accum=buffer.handle, lr=learning_rate, grad=decayed, momentum=momentum
            )

    def get_config(self):
        return super().get_config() | {"momentum": self.momentum, "repeats": self.repeats, "listed": dict(self.listed)}
