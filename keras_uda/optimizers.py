"""Optimisers and the learning rate as the published (PyTorch) codes have them."""

import math

import keras
import tensorflow as tf
from keras import ops

from keras_uda.config.schema import OptimizerConfig


def polynomial(step, horizon: float, power: float):
    """Share of the initial learning rate at a step.

        f(i) = (1 - i / I_max) ** p,   0 from I_max on

    Args:
        step: number or tensor, 0 at the first update.
        horizon: I_max in steps; the published trainings stop long before.
        power: p; 0 keeps the rate constant.
    Returns:
        float32 scalar in [0, 1].
    Source: Chen et al., DeepLab, TPAMI 2018, section 4.1; released AdaptSegNet and ADVENT codes
    """
    left = ops.maximum(1.0 - ops.cast(step, "float32") / horizon, 0.0)
    return left**power if power else ops.ones_like(left)


class PolynomialSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """`initial` times `polynomial`."""

    def __init__(self, initial: float, horizon: float, power: float):
        self.initial, self.horizon, self.power = initial, horizon, power

    def __call__(self, step):
        return self.initial * polynomial(step, self.horizon, self.power)

    def get_config(self):
        return {"initial": self.initial, "horizon": self.horizon, "power": self.power}


class PublishedOptimizer(keras.optimizers.Optimizer):
    """What PyTorch's optimisers share: coupled weight decay, rates per variable, clipping of the global norm.

        g <- g * min(1, clip_norm / (norm + 1e-6)),   norm over the summed gradients of all variables
        g <- g + weight_decay * w

    Args:
        learning_rate: float or schedule of the number of updates done.
        weight_decay: coupled L2; biases included.
        clip_norm: largest global norm; 0 does not clip.
        multipliers: path of a variable -> its rate in units of `learning_rate`; 1 where absent.
    """

    def __init__(self, learning_rate, weight_decay=0.0, clip_norm=0.0, multipliers=None, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.coupled_decay, self.clip_norm, self.multipliers = weight_decay, clip_norm, dict(multipliers or {})

    def build(self, variables):
        super().build(variables)
        self._rates = [self.multipliers.get(variable.path, 1.0) for variable in variables]

    def _all_reduce_sum_gradients(self, grads_and_vars):
        # Clipped after the sum over replicas: the norm is that of the whole batch.
        grads_and_vars = super()._all_reduce_sum_gradients(grads_and_vars)
        if not self.clip_norm:
            return grads_and_vars
        gradients, variables = zip(*grads_and_vars, strict=True)
        scale = ops.minimum(1.0, self.clip_norm / (tf.linalg.global_norm(gradients) + 1e-6))
        return [(gradient * scale, variable) for gradient, variable in zip(gradients, variables, strict=True)]

    def update_step(self, gradient, variable, learning_rate):
        index = self._get_variable_index(variable)
        self.update(gradient, variable, learning_rate * self._rates[index], index)

    def with_decay(self, gradient, variable):
        return gradient + self.coupled_decay * variable if self.coupled_decay else gradient

    def get_config(self):
        own = {"weight_decay": self.coupled_decay, "clip_norm": self.clip_norm, "multipliers": dict(self.multipliers)}
        return super().get_config() | own


class CoupledSGD(PublishedOptimizer):
    """Stochastic gradient descent with momentum; the learning rate is outside the buffer.

        d = g + weight_decay * w;   v <- momentum * v + d   (v = d at the first step);   w <- w - lr * v

    Args:
        momentum: factor of the buffer.
        repeats: path of a variable -> how often it is updated with the same gradient in every step, because the
            released DeepLab-v2 codes list it so often; 1 where absent.
        legacy: repeats as PyTorch 0.x made them (the published numbers): decay adds up in the gradient, and the first
            step shares its buffer. Otherwise as PyTorch does now: in the first step every repeat starts a fresh buffer.
    Source: torch.optim.SGD
    """

    def __init__(self, learning_rate, momentum=0.9, repeats=None, legacy=False, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.momentum, self.repeats, self.legacy = momentum, dict(repeats or {}), legacy

    def build(self, variables):
        super().build(variables)
        self._times = [self.repeats.get(variable.path, 1) for variable in variables]
        self._buffers = self.add_optimizer_variables(variables, "momentum")

    def update(self, gradient, variable, learning_rate, index):
        buffer, times, momentum = self._buffers[index].value, self._times[index], self.momentum
        if times > 1 and not self.legacy:
            momentum = ops.where(self.iterations == 0, 0.0, momentum)
        decayed = gradient
        for _ in range(times):
            decayed = self.with_decay(decayed if self.legacy else gradient, variable)
            tf.raw_ops.ResourceApplyMomentum(
                var=variable.handle, accum=buffer.handle, lr=learning_rate, grad=decayed, momentum=momentum
            )

    def get_config(self):
        return super().get_config() | {"momentum": self.momentum, "repeats": dict(self.repeats), "legacy": self.legacy}


class PublishedAdam(PublishedOptimizer):
    """Adam with epsilon added after the correction of the bias.

        m <- b1 m + (1 - b1) g;   v <- b2 v + (1 - b2) g^2
        w <- w - lr * (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon)

    Args:
        beta_1, beta_2: b1, b2.
        epsilon: outside the root.
    Source: Kingma and Ba, ICLR 2015, algorithm 1; torch.optim.Adam
    """

    def __init__(self, learning_rate, beta_1=0.9, beta_2=0.999, epsilon=1e-8, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def build(self, variables):
        super().build(variables)
        self._first, self._second = self.add_optimizer_variables(variables, ["momentum", "velocity"])

    def update(self, gradient, variable, learning_rate, index):
        step = ops.cast(self.iterations + 1, "float32")
        correction_1 = -ops.expm1(step * math.log(self.beta_1))
        correction_2 = -ops.expm1(step * math.log(self.beta_2))
        # The op knows one rate and one epsilon: sqrt(v / c) + epsilon = (sqrt(v) + epsilon sqrt(c)) / sqrt(c).
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle, m=self._first[index].value.handle, v=self._second[index].value.handle,
            beta1_power=0.0, beta2_power=0.0, beta1=self.beta_1, beta2=self.beta_2,
            lr=learning_rate * ops.sqrt(correction_2) / correction_1, epsilon=self.epsilon * ops.sqrt(correction_2),
            grad=self.with_decay(gradient, variable),
        )  # fmt: skip

    def get_config(self):
        return super().get_config() | {"beta_1": self.beta_1, "beta_2": self.beta_2, "epsilon": self.epsilon}


def build_optimizer(config: OptimizerConfig, steps: int, segmenter: keras.Model | None = None):
    """The optimiser that a configuration describes.

    Args:
        config: form, rates and schedule.
        steps: of the stage; I_max of the schedule is `config.horizon * steps`.
        segmenter: whose `head_names` get `config.head_multiplier`, and whose `repeats` (layer name -> times) are
            applied with `repeats: official`; variables of other parts are not affected.
    Returns:
        `CoupledSGD` or `PublishedAdam`.
    """
    schedule = PolynomialSchedule(config.learning_rate, config.horizon * steps, config.power)
    heads = dict.fromkeys(getattr(segmenter, "head_names", ()), config.head_multiplier)
    options = {"weight_decay": config.weight_decay, "clip_norm": config.clip_norm}
    options["multipliers"] = by_path(segmenter, heads)
    if config.name == "adam":
        return PublishedAdam(schedule, config.beta_1, config.beta_2, **options)
    listed = getattr(segmenter, "repeats", {}) if config.repeats == "official" else {}
    return CoupledSGD(schedule, config.momentum, by_path(segmenter, listed), **options)


def by_path(model: keras.Model | None, of_layer: dict[str, float]) -> dict[str, float]:
    """Values by layer name -> values by path of every trainable variable of those layers."""
    return {
        variable.path: value
        for name, value in of_layer.items()
        for variable in model.get_layer(name).trainable_variables
    }
