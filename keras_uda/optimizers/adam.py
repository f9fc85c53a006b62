"""Adam as PyTorch has it."""

import math

import tensorflow as tf
from keras import ops

from keras_uda.config.ranges import BelowOne
from keras_uda.config.ranges import Decay
from keras_uda.config.ranges import Positive
from keras_uda.optimizers.published import PublishedOptimizer


class PublishedAdam(PublishedOptimizer):
    """Adam with epsilon added after the correction of the bias.

        d = g + weight_decay * w;   m <- b1 m + (1 - b1) d;   v <- b2 v + (1 - b2) d^2
        w <- w - lr * (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon)

    Args:
        betas: b1, b2.
        epsilon: outside the root.
        weight_decay: coupled L2, added to the gradient.
    Source: Kingma and Ba, ICLR 2015, algorithm 1; torch.optim.Adam
    """

    def __init__(
        self,
        learning_rate,
        clip_norm=0.0,
        multipliers=None,
        *,
        betas: tuple[BelowOne, BelowOne] = (0.9, 0.999),
        epsilon: Positive = 1e-8,
        weight_decay: Decay = 0.0,
        **kwargs,
    ):
        super().__init__(learning_rate, clip_norm, multipliers, decay=weight_decay, **kwargs)
        self.betas, self.epsilon = tuple(betas), epsilon

    def build(self, variables):
        super().build(variables)
        self._first, self._second = self.add_optimizer_variables(variables, ["momentum", "velocity"])

    def update(self, gradient, variable, learning_rate, index):
        step = ops.cast(self.iterations + 1, "float32")
        beta_1, beta_2 = self.betas
        correction_1, correction_2 = correction(beta_1, step), correction(beta_2, step)
        # The op knows one rate and one epsilon: sqrt(v / c) + epsilon = (sqrt(v) + epsilon sqrt(c)) / sqrt(c).
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle, m=self._first[index].value.handle, v=self._second[index].value.handle,
            beta1_power=0.0, beta2_power=0.0, beta1=beta_1, beta2=beta_2,
            lr=learning_rate * ops.sqrt(correction_2) / correction_1, epsilon=self.epsilon * ops.sqrt(correction_2),
            grad=self.with_decay(gradient, variable),
        )  # fmt: skip

    def get_config(self):
        return super().get_config() | {"betas": self.betas, "epsilon": self.epsilon}


def correction(beta: float, step):
    """1 - beta^t of a float32 step t, exact for beta near 1."""
    return -ops.expm1(step * (math.log(beta) if beta else -math.inf))
