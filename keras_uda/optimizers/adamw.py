"""AdamW as PyTorch has it, with the weights that do not decay chosen by name as mmcv does."""

from keras_uda.config.ranges import BelowOne
from keras_uda.config.ranges import Decay
from keras_uda.config.ranges import Positive
from keras_uda.core.errors import ConfigurationError
from keras_uda.optimizers.adam import PublishedAdam


class PublishedAdamW(PublishedAdam):
    """Adam whose weight decay does not pass through its moments.

        w <- w * (1 - lr * weight_decay);   then the step of Adam with the gradient alone

    Args:
        weight_decay: decoupled, in units of the learning rate of the variable; biases included.
        no_decay: weights whose path holds one of these words do not decay: `norm` for the norms of a transformer. A
            head, whose weights have a rate of their own, decays whatever its weights are called.
    Raises:
        ConfigurationError: from `build`, a word that is in no path.
    Source: Loshchilov and Hutter, ICLR 2019, algorithm 2; torch.optim.AdamW;
        DefaultOptimizerConstructor of mmcv 1.7.2 (the rule of the heads)
    """

    def __init__(
        self,
        learning_rate,
        clip_norm=0.0,
        multipliers=None,
        *,
        betas: tuple[BelowOne, BelowOne] = (0.9, 0.999),
        epsilon: Positive = 1e-8,
        weight_decay: Decay = 0.01,
        no_decay: tuple[str, ...] = (),
        **kwargs,
    ):
        options = {"betas": betas, "epsilon": epsilon, "weight_decay": weight_decay}
        super().__init__(learning_rate, clip_norm, multipliers, **options, **kwargs)
        self.no_decay = tuple(no_decay)

    def build(self, variables):
        super().build(variables)
        paths = [variable.path for variable in variables]
        for word in self.no_decay:
            if not any(word in path for path in paths):
                what = f"no_decay is {list(self.no_decay)}, but no weight has `{word}` in its name"
                raise ConfigurationError(what, f"Give a part of a name such as {paths[0]}")
        self._decays = [path in self.multipliers or not any(word in path for word in self.no_decay) for path in paths]

    def with_decay(self, gradient, variable):
        return gradient

    def update(self, gradient, variable, learning_rate, index):
        if self.decay and self._decays[index]:
            variable.assign(variable * (1.0 - learning_rate * self.decay))
        super().update(gradient, variable, learning_rate, index)

    def get_config(self):
        return super().get_config() | {"no_decay": self.no_decay}
