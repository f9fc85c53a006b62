"""One step of `source_only` on a 2x2 image, computed by hand."""

import numpy as np

from keras_uda.methods.source_only import SourceOnly
from tests.two_by_two import RATE
from tests.two_by_two import batch_and_arrays
from tests.two_by_two import cross_entropy_gradient
from tests.two_by_two import kernel_after_a_step


def test_a_step_learns_the_source_labels():
    batch, (source, _), kernel = batch_and_arrays()
    expected = kernel - RATE * cross_entropy_gradient(*source, kernel)
    np.testing.assert_allclose(kernel_after_a_step(SourceOnly, kernel, batch), expected, rtol=1e-5)
