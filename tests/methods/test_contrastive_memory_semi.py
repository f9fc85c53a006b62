"""The published form of pixel contrast: copies of labelled and unlabelled images, and weights of rare classes."""

import numpy as np
import pytest

from keras_uda.methods.contrastive_memory_semi import SemiSupervisedMemory
from tests.contrast import toy
from tests.toy import CLASSES
from tests.toy import HEIGHT
from tests.toy import WIDTH
from tests.toy import toy_batch


def test_semi_supervised_copies():
    method = toy(SemiSupervisedMemory)
    batch = toy_batch(size=3)
    image = batch["target"]["image"]
    guess, sure = np.ones((3, HEIGHT, WIDTH), "int32"), np.full((3, HEIGHT, WIDTH), 0.5, "float32")
    weak, strong = method.copies(batch["source"], image, guess, sure)
    assert weak.image.shape == image.shape and strong.image.shape == (6, HEIGHT, WIDTH, 3)
    for copies, known in ((weak, {0, 1, 2, 3, 255}), (strong, {1, 255})):
        assert set(np.unique(copies.label)) <= known
        assert np.array(copies.image).min() >= 0 and np.array(copies.image).max() <= 255
    seen = np.array(strong.probability)
    assert 0 <= seen.min() and seen.max() <= 0.5 + 1e-6
    assert (seen[np.array(strong.label) == 1] > 0).all()


@pytest.mark.slow
@pytest.mark.ci
def test_class_weights_begin_with_the_contrast():
    sizes = {"labelled_images": 2, "unlabelled_images": 2, "batch": 2}
    method = toy(SemiSupervisedMemory, contrast_start=0.5, total_steps=2, **sizes)
    np.testing.assert_array_equal(method.current_class_weights(), np.ones(CLASSES))
    for step in range(2):
        method.train_step(toy_batch(seed=step))
    weights = np.array(method.current_class_weights())
    assert np.median(weights) == pytest.approx(1, abs=0.2) and weights.max() > 1 > weights.min()
