"""CBST without a source: its regulariser and its soft labels on top of self-training without a source."""

import numpy as np
import pytest

from keras_uda.core.classes import IGNORE
from keras_uda.losses.self_training import hard_labels
from keras_uda.losses.self_training import soft_labels
from keras_uda.methods.cbst_source_free import CBSTSourceFree
from keras_uda.methods.selftraining_source_free import SelfTrainingSourceFree
from tests.labelled_pixels import batch
from tests.labelled_pixels import log_softmax
from tests.labelled_pixels import numeric
from tests.labelled_pixels import pixelwise_segmenter
from tests.labelled_pixels import step


def test_the_regulariser_is_added():
    one, weight = {"target": batch()["target"]}, 0.3

    def loss(weights):
        logs = log_softmax(one["target"]["image"].astype("float64") @ weights)
        return weight * -logs[one["target"]["pseudo_label"] != IGNORE].mean()

    plain, regularised = step(CBSTSourceFree, one)[1], step(CBSTSourceFree, one, mrkld_weight=weight)[1]
    np.testing.assert_allclose(regularised - plain, numeric(loss), atol=1e-4)
    np.testing.assert_allclose(plain, step(SelfTrainingSourceFree, one)[1], atol=1e-7)


@pytest.mark.parametrize(("soft", "loss"), [(True, soft_labels), (False, hard_labels)])
def test_soft_labels_are_learnt_where_they_are_wanted(soft, loss):
    assert CBSTSourceFree(pixelwise_segmenter(), soft_labels=soft).target_loss is loss
