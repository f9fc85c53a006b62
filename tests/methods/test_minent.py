"""MinEnt: two iterations of the released loop, and one step by hand on a 2x2 image."""

import numpy as np

from keras_uda.methods.minent import MinEnt
from tests.conftest import load_vectors
from tests.iterations import run
from tests.published import published_segmenter
from tests.two_by_two import RATE
from tests.two_by_two import batch_and_arrays
from tests.two_by_two import cross_entropy_gradient
from tests.two_by_two import entropy_gradient
from tests.two_by_two import kernel_after_a_step


def test_minent():
    arrays, meta = load_vectors("advent_iteration_minent")
    hyper = meta["hyper"]
    method = MinEnt(
        published_segmenter(arrays, levels=2),
        segmentation_weights=(hyper["lambda_seg_main"], hyper["lambda_seg_aux"]),
        entropy_weights=(hyper["lambda_ent_main"], hyper["lambda_ent_aux"]),
    )
    names = ("segmentation_aux", "segmentation", "entropy_aux", "entropy")
    run(method, arrays, meta, [], lambda reported: [reported[name] for name in names])


def test_minent_step():
    batch, (source, target), kernel = batch_and_arrays()
    del batch["target"]["label"]
    weights = {"segmentation_weights": (0.5,), "entropy_weights": (2.0,)}
    gradient = 0.5 * cross_entropy_gradient(*source, kernel) + 2.0 * entropy_gradient(target[0], kernel)
    result = kernel_after_a_step(MinEnt, kernel, batch, **weights)
    np.testing.assert_allclose(result, kernel - RATE * gradient, rtol=1e-5)
