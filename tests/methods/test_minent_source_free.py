"""One step of MinEnt without a source on a 2x2 image, computed by hand."""

import numpy as np

from keras_uda.methods.minent_source_free import MinEntSourceFree
from tests.two_by_two import RATE
from tests.two_by_two import batch_and_arrays
from tests.two_by_two import entropy_gradient
from tests.two_by_two import kernel_after_a_step


def test_a_step_moves_along_the_entropy_of_the_target_alone():
    batch, (_, target), kernel = batch_and_arrays()
    alone = {"target": {"image": batch["target"]["image"]}}
    expected = kernel - RATE * 2.0 * entropy_gradient(target[0], kernel)
    result = kernel_after_a_step(MinEntSourceFree, kernel, alone, entropy_weights=(2.0,))
    np.testing.assert_allclose(result, expected, rtol=1e-5)
