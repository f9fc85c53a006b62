"""The entropy of all pixels, or of the least certain ones."""

import numpy as np
import pytest

from keras_uda.core.errors import ConfigurationError
from keras_uda.methods.common.entropy_range import entropy_of

SURE, UNSURE = (9.0, 0.0), (0.0, 0.0)  # logits; the entropy of the second is 1


def test_the_least_certain_share_counts():
    logits = np.array([[[SURE, SURE, SURE, UNSURE]]], "float32")
    sure = -sum(p * np.log2(p) for p in np.exp([9, 0]) / np.exp([9, 0]).sum())
    np.testing.assert_allclose(entropy_of(1.0)(logits), (3 * sure + 1) / 4, rtol=1e-4)
    np.testing.assert_allclose(entropy_of(0.25)(logits), 0.25, rtol=1e-4)


@pytest.mark.parametrize("share", [0.0, -0.5, 1.01])
def test_a_share_outside_of_its_range_is_named(share):
    with pytest.raises(ConfigurationError, match=f"entropy_share is {share}"):
        entropy_of(share)
