"""The learning rate of a step: factors, pure functions of the step, that multiply.

A factor is a function of (step, steps of the stage); its keyword-only arguments are its options in a configuration.
"""

import keras
from keras import ops

from keras_uda.config.names import SCHEDULES
from keras_uda.config.names import resolve
from keras_uda.config.ranges import BelowOne
from keras_uda.config.ranges import Horizon
from keras_uda.config.ranges import OpenShare
from keras_uda.config.ranges import Power
from keras_uda.config.ranges import Share


def polynomial(step, steps: float, *, power: Power = 0.9, horizon: Horizon = 1.0):
    """Falls from 1 to 0.

        f(i) = (1 - i / I_max) ** p,   I_max = horizon * steps;   0 from I_max on

    Args:
        step: number or tensor, 0 at the first update.
        steps: of the stage.
        power: p; 0 keeps the rate constant.
        horizon: I_max in units of the steps of the stage; the published trainings stop before (ADVENT: 250/120).
    Returns:
        float32 scalar in [0, 1].
    Source: Chen et al., DeepLab, TPAMI 2018, section 4.1; released AdaptSegNet and ADVENT codes
    """
    left = ops.maximum(1.0 - ops.cast(step, "float32") / (horizon * steps), 0.0)
    return left**power if power else ops.ones_like(left)


def linear_decay(step, steps: float, *, start: BelowOne = 0.5):
    """Stays at 1, then falls to 0 in a line.

        f(i) = (steps - i) / (steps - S),   S = start * steps;   1 up to S, 0 from `steps` on

    Args:
        step: number or tensor, 0 at the first update.
        steps: of the stage.
        start: S in units of the steps of the stage.
    Returns:
        float32 scalar in [0, 1].
    Source: Zhu et al., CycleGAN, ICCV 2017, section 4; there from one epoch to the next
    """
    left = 1.0 - ops.cast(step, "float32") / steps
    return ops.clip(left / (1.0 - start), 0.0, 1.0)


def linear_warm_up(step, steps: float, *, share: OpenShare = 0.0375, ratio: Share = 1e-6):
    """Rises from `ratio` to 1, and stays there.

        f(i) = 1 - (1 - i / W) (1 - ratio),   W = share * steps;   1 from W on

    Args:
        step: number or tensor, 0 at the first update.
        steps: of the stage.
        share: W in units of the steps of the stage (DAFormer: 1500 of 40000).
        ratio: at step 0.
    Returns:
        float32 scalar in [0, 1].
    Source: LrUpdaterHook of mmcv 1.7.2, `warmup="linear"`; Hoyer et al., DAFormer, CVPR 2022, section 4.1
    """
    done = ops.minimum(ops.cast(step, "float32") / (share * steps), 1.0)
    return ops.where(done < 1.0, ratio + (1.0 - ratio) * done, 1.0)


class Schedule(keras.optimizers.schedules.LearningRateSchedule):
    """`initial` times every factor.

    Args:
        initial: the learning rate before any factor.
        steps: of the stage.
        factors: name in `SCHEDULES` -> options of the function.
    """

    def __init__(self, initial: float, steps: int, factors: dict[str, dict]):
        self.initial, self.steps, self.factors = initial, steps, dict(factors)

    def __call__(self, step):
        rate = self.initial
        for name, options in self.factors.items():
            rate = rate * resolve(SCHEDULES, name, "optimizers")(step, self.steps, **options)
        return ops.cast(rate, "float32")

    def get_config(self):
        return {"initial": self.initial, "steps": self.steps, "factors": dict(self.factors)}
