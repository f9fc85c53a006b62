"""Numbers of parameters."""

import numpy as np

VGG16_CONVOLUTIONS = 14_714_688


def count(variables) -> int:
    return sum(int(np.prod(v.shape)) for v in variables)
