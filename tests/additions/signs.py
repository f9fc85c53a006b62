"""Signs of gradients."""

from keras import ops

from keras_uda.config.ranges import Decay
from keras_uda.optimizers.published import PublishedOptimizer


class Signs(PublishedOptimizer):
    """Steps of one length.

        w <- w - lr * sign(g + weight_decay * w)

    Args:
        weight_decay: coupled L2.
    Source: none, an example.
    """

    def __init__(self, learning_rate, clip_norm=0.0, multipliers=None, *, weight_decay: Decay = 0.0, **kwargs):
        super().__init__(learning_rate, clip_norm, multipliers, decay=weight_decay, **kwargs)

    def update(self, gradient, variable, learning_rate, index):
        variable.assign(variable - learning_rate * ops.sign(self.with_decay(gradient, variable)))
