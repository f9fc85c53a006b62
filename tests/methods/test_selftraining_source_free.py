"""Self-training without a source: one step computed by hand on a tiny image."""

import numpy as np
import pytest

from keras_uda.methods.selftraining_source_free import SelfTrainingSourceFree
from tests.labelled_pixels import batch
from tests.labelled_pixels import kernel
from tests.labelled_pixels import labelled_losses
from tests.labelled_pixels import numeric
from tests.labelled_pixels import step


def test_the_loss_is_the_mean_over_the_labelled_target_pixels():
    one = {"target": batch()["target"]}

    def loss(weights):
        return np.mean(labelled_losses(weights, one["target"], one["target"]["pseudo_label"]))

    logs, gradient = step(SelfTrainingSourceFree, one)
    np.testing.assert_allclose(gradient, numeric(loss), atol=1e-4)
    assert logs["pseudo_labels"] == pytest.approx(loss(kernel().astype("float64")), rel=1e-4)
    assert logs["coverage"] == 0.5
