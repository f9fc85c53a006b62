"""Curriculum domain adaptation: one step computed by hand on a tiny image."""

import numpy as np

from keras_uda.methods.cda import CDA
from tests.labelled_pixels import batch
from tests.labelled_pixels import labelled_losses
from tests.labelled_pixels import log_softmax
from tests.labelled_pixels import numeric
from tests.labelled_pixels import step


def test_cda_adds_superpixels_and_the_distribution():
    wanted = np.array([[0.2, 0.7, 0.1]], "float32")
    one = batch(distribution=wanted)
    sizes = {"distribution_weight": 0.3, "superpixel_weight": 0.5, "sharpness": 2.0}

    def loss(weights):
        logits = one["target"]["image"].astype("float64") @ weights
        probabilities = np.exp(log_softmax(logits))
        relative = ((probabilities / probabilities.max(-1, keepdims=True)) ** 2).mean((1, 2))
        distribution = -(wanted * np.log(relative / relative.sum(-1, keepdims=True))).sum()
        on_target = labelled_losses(weights, one["target"], one["target"]["pseudo_label"])
        superpixels = sum(on_target) / 1.1 / 4  # one pixel of each of two classes, four pixels in all
        on_source = labelled_losses(weights, one["source"], one["source"]["label"])
        return np.mean(on_source) + 0.5 * superpixels + 0.3 * distribution

    np.testing.assert_allclose(step(CDA, one, **sizes)[1], numeric(loss), atol=1e-4)
