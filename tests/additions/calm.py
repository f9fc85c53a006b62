"""Calm: an add-on with a state of its own, the slow mean of the certainty of target predictions."""

from keras import ops

from keras_uda.config.ranges import Share
from keras_uda.config.ranges import Weight
from keras_uda.methods.add_ons.base import AddOn


class Calm(AddOn):
    """Pulls the mean certainty of a step to that of the steps before.

    Args:
        method: that it is for.
        weight: of the loss.
        decay: of the slow mean.
    Source: none, an example.
    """

    needs = ("target",)
    reports = ("calm",)

    def __init__(self, method, *, weight: Weight = 0.1, decay: Share = 0.9, **kwargs):
        super().__init__(method, **kwargs)
        self.weight, self.decay = weight, decay
        self.certainty = self.add_weight(shape=(), trainable=False, name="certainty", aggregation="only_first_replica")
        self.latest = self.add_weight(shape=(), trainable=False, name="latest", aggregation="only_first_replica")

    def loss(self, step):
        certainty = ops.mean(ops.max(ops.softmax(step.logits("target")[0]), axis=-1))
        self.latest.assign(certainty)
        value = ops.square(certainty - self.certainty)
        return value, {"calm": value}

    def after(self, method):
        moved = self.decay * self.certainty + (1 - self.decay) * self.latest
        self.certainty.assign(ops.where(method.finite, moved, self.certainty))
