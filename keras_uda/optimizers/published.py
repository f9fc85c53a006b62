"""What the optimisers share: PyTorch's forms, which the published numbers were made with, as Keras optimisers."""

import keras
import tensorflow as tf
from keras import ops


class PublishedOptimizer(keras.optimizers.Optimizer):
    """Rates per variable, clipping of the global norm, coupled weight decay.

        g <- g * min(1, clip_norm / (norm + 1e-6)),   norm over the summed gradients of all variables
        g <- g + weight_decay * w

    A subclass has `update`; its keyword-only arguments are its options in a configuration.

    Args:
        learning_rate: float or schedule of the number of updates done.
        clip_norm: largest global norm; 0 does not clip.
        multipliers: path of a variable -> its rate in units of `learning_rate`; 1 where absent.
        decay: coupled L2; biases included.
    """

    def __init__(self, learning_rate, clip_norm=0.0, multipliers=None, decay=0.0, **kwargs):
        super().__init__(learning_rate, **kwargs)
        self.clip_norm, self.multipliers, self.decay = clip_norm, dict(multipliers or {}), decay

    @classmethod
    def facts_of(cls, segmenter: keras.Model | None) -> dict:
        """Arguments that the segmenter gives and no configuration: none."""
        return {}

    def build(self, variables):
        super().build(variables)
        self._rates = [self.multipliers.get(variable.path, 1.0) for variable in variables]

    def update(self, gradient, variable, learning_rate, index: int):
        """Updates a variable and its slots.

        Args:
            gradient: float tensor like `variable`, clipped.
            variable: `tf.Variable`.
            learning_rate: float32 scalar, of this variable and step.
            index: of the variable in what `build` got.
        """
        raise NotImplementedError

    def update_step(self, gradient, variable, learning_rate):
        index = self._get_variable_index(variable)
        self.update(gradient, variable, learning_rate * self._rates[index], index)

    def with_decay(self, gradient, variable):
        return gradient + self.decay * variable if self.decay else gradient

    def _all_reduce_sum_gradients(self, grads_and_vars):
        # Clipped after the sum over replicas: the norm is that of the whole batch.
        grads_and_vars = super()._all_reduce_sum_gradients(grads_and_vars)
        if not self.clip_norm:
            return grads_and_vars
        gradients, variables = zip(*grads_and_vars, strict=True)
        scale = ops.minimum(1.0, self.clip_norm / (tf.linalg.global_norm(gradients) + 1e-6))
        return [(gradient * scale, variable) for gradient, variable in zip(gradients, variables, strict=True)]

    def get_config(self):
        own = {"weight_decay": self.decay, "clip_norm": self.clip_norm, "multipliers": dict(self.multipliers)}
        return super().get_config() | own


def by_path(model: keras.Model | None, of_layer: dict[str, float]) -> dict[str, float]:
    """Values by layer name -> values by path of every trainable variable of those layers."""
    layers = {layer.name: layer for layer in model._flatten_layers()} if of_layer else {}  # of nested models too
    return {variable.path: value for name, value in of_layer.items() for variable in layers[name].trainable_variables}
