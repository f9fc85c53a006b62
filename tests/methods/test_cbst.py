"""CBST and the regularisers of CRST: one step computed by hand on a tiny image."""

import numpy as np

from keras_uda.core.classes import IGNORE
from keras_uda.methods.cbst import CBST
from keras_uda.methods.selftraining import SelfTraining
from tests.labelled_pixels import CLASSES
from tests.labelled_pixels import batch
from tests.labelled_pixels import labelled_losses
from tests.labelled_pixels import log_softmax
from tests.labelled_pixels import numeric
from tests.labelled_pixels import step


def test_mrkld_adds_the_divergence_of_labelled_target_pixels():
    one, weight = batch(), 0.3

    def loss(weights):
        logs = log_softmax(one["target"]["image"].astype("float64") @ weights)
        chosen = one["target"]["pseudo_label"] != IGNORE
        return weight * -logs[chosen].mean()

    plain, regularised = step(CBST, one)[1], step(CBST, one, mrkld_weight=weight)[1]
    np.testing.assert_allclose(regularised - plain, numeric(loss), atol=1e-4)
    np.testing.assert_allclose(plain, step(SelfTraining, one)[1], atol=1e-7)


def test_soft_labels_replace_hard_ones():
    soft = np.random.default_rng(2).dirichlet(np.ones(CLASSES), (1, 2, 2)).astype("float32")
    one = batch(soft_label=np.round(soft * 65535).astype("uint16"))

    def loss(weights):
        on_source = labelled_losses(weights, one["source"], one["source"]["label"])
        logs = log_softmax(one["target"]["image"].astype("float64") @ weights)
        chosen = one["target"]["pseudo_label"] != IGNORE
        on_target = -(soft * logs).sum(-1)[chosen]
        return (sum(on_source) + on_target.sum()) / (len(on_source) + chosen.sum())

    np.testing.assert_allclose(step(CBST, one, soft_labels=True)[1], numeric(loss), atol=1e-3)
