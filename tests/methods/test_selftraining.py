"""Self-training: one step computed by hand on a tiny image."""

import numpy as np
import pytest

from keras_uda.core.classes import IGNORE
from keras_uda.methods.selftraining import SelfTraining
from tests.labelled_pixels import batch
from tests.labelled_pixels import kernel
from tests.labelled_pixels import labelled_losses
from tests.labelled_pixels import numeric
from tests.labelled_pixels import step


@pytest.mark.parametrize("source_weight", [1.0, 0.25])
def test_self_training_is_one_mean_over_both_domains(source_weight):
    one = batch()

    def loss(weights):
        on_source = labelled_losses(weights, one["source"], one["source"]["label"])
        on_target = labelled_losses(weights, one["target"], one["target"]["pseudo_label"])
        total = source_weight * sum(on_source) + sum(on_target)
        return total / (source_weight * len(on_source) + len(on_target))

    logs, gradient = step(SelfTraining, one, source_weight=source_weight)
    np.testing.assert_allclose(gradient, numeric(loss), atol=1e-4)
    weights = kernel().astype("float64")
    assert logs["segmentation"] == pytest.approx(
        np.mean(labelled_losses(weights, one["source"], one["source"]["label"])), rel=1e-4
    )
    assert logs["pseudo_labels"] == pytest.approx(
        np.mean(labelled_losses(weights, one["target"], one["target"]["pseudo_label"])), rel=1e-4
    )
    assert logs["coverage"] == 0.5


def test_without_labels_the_source_is_learned_alone():
    one = batch(pseudo_label=np.full((1, 2, 2), IGNORE, "uint8"))
    logs, gradient = step(SelfTraining, one)
    expected = numeric(lambda weights: np.mean(labelled_losses(weights, one["source"], one["source"]["label"])))
    np.testing.assert_allclose(gradient, expected, atol=1e-4)
    assert logs["pseudo_labels"] == logs["coverage"] == 0
