"""Attention of every class."""

import numpy as np

from keras_uda.layers.class_attention import times_class_matrix
from keras_uda.losses import contrastive


def test_every_vector_meets_the_matrix_of_its_class():
    rng = np.random.default_rng(0)
    vectors, kernels = rng.normal(size=(23, 3)).astype("float32"), rng.normal(size=(4, 3, 2)).astype("float32")
    labels = rng.choice([0, 1, 3, 255], 23)
    products = np.asarray(times_class_matrix(vectors, contrastive.class_members(labels, 4), kernels, block=4))
    for row in np.flatnonzero(labels != 255):
        np.testing.assert_allclose(products[row], vectors[row] @ kernels[labels[row]], rtol=1e-5, atol=1e-6)
