"""One step of the oracle on a 2x2 image, computed by hand."""

import numpy as np

from keras_uda.methods.oracle import Oracle
from tests.two_by_two import RATE
from tests.two_by_two import batch_and_arrays
from tests.two_by_two import cross_entropy_gradient
from tests.two_by_two import kernel_after_a_step


def test_a_step_learns_the_target_labels():
    batch, (_, target), kernel = batch_and_arrays()
    expected = kernel - RATE * cross_entropy_gradient(*target, kernel)
    np.testing.assert_allclose(kernel_after_a_step(Oracle, kernel, batch), expected, rtol=1e-5)
