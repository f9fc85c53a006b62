"""N5: every loss, and its gradient, is finite for logits of -10^4 to 10^4, in the three types of numbers."""

import inspect
import pkgutil
from importlib import import_module

import numpy as np
import pytest
import tensorflow as tf

from keras_uda import losses
from keras_uda.losses import adversarial
from keras_uda.losses import class_ratio
from keras_uda.losses import contrastive
from keras_uda.losses import distillation
from keras_uda.losses import entropy
from keras_uda.losses import feature_distance
from keras_uda.losses import image_space
from keras_uda.losses import label_distribution
from keras_uda.losses import moments
from keras_uda.losses import prototypes
from keras_uda.losses import rare_classes
from keras_uda.losses import segmentation
from keras_uda.losses import self_training
from keras_uda.losses import symmetric
from keras_uda.losses import teacher
from keras_uda.losses import weak

C = 3
SHAPE = (2, 4, 4, C)
random = np.random.default_rng(0)
LABELS = np.where(random.random(SHAPE[:3]) < 0.2, 255, random.integers(0, C, SHAPE[:3])).astype("int32")
OTHERS = random.normal(0, 1e4, SHAPE).astype("float32")
SHARES = np.full((2, 4, 4, C), 65535 // C, "uint16")
ROWS = random.normal(0, 10, (6, C)).astype("float32")
MEMORY = np.zeros((C, 5, C), "float32")
TAGS = np.array([[1, 0, -1], [1, 1, 0]], "float32")
SIZES = [[0.1, 0.2, 0.3], [np.nan] * 3, [0.5, 0.6, 0.7]]
VALID = LABELS != 255
POINTS = np.array([[[0, 0, 0], [1, 2, 1]], [[3, 3, 1], [-1, -1, -1]]], "int32")


def flat(function):
    """Of vectors (n, d)."""
    return lambda x: function(tf.reshape(x, (-1, C)))


def of_images(function):
    """Of one score for each image and class."""
    return lambda x: function(x[:, 0, 0])


ALL = {
    adversarial.domain_loss: lambda f: lambda x: f(x, 1.0),
    adversarial.least_squares: lambda f: lambda x: f(x, 1.0),
    class_ratio.class_ratio_shortfall: lambda f: lambda x: f(x, [0.1, 0.2, 0.3]),
    class_ratio.class_size_violation: lambda f: lambda x: f(x, SIZES),
    contrastive.memory_contrast: lambda f: flat(
        lambda x: f(x, tf.one_hot(LABELS.ravel(), C), tf.ones(32), MEMORY, np.ones((C, 5), "float32"))
    ),
    contrastive.unit: lambda f: f,
    contrastive.masked_entropy: lambda f: lambda x: f(x, VALID),
    contrastive.released_masked_entropy: lambda f: lambda x: f(x, VALID),
    distillation.distillation: lambda f: lambda x: f(OTHERS, x),
    distillation.released_distillation: lambda f: lambda x: f(OTHERS, x),
    distillation.assignment_divergence: lambda f: lambda x: f(np.abs(OTHERS), tf.abs(x), VALID),
    entropy.self_information: lambda f: f,
    entropy.entropy: lambda f: f,
    entropy.mean_entropy: lambda f: f,
    entropy.robust_entropy: lambda f: lambda x: f(x, 2.0),
    entropy.top_entropy: lambda f: lambda x: f(x, 0.3),
    feature_distance.feature_distance: lambda f: lambda x: f(x, OTHERS, VALID),
    feature_distance.cell_distance: lambda f: lambda x: f(x, OTHERS),
    image_space.patch_cross_entropy: lambda f: lambda x: f(x, 1),
    image_space.reconstruction_error: lambda f: lambda x: f(OTHERS, x),
    image_space.restyle: lambda f: lambda x: f(x, x[:1]),
    label_distribution.label_distribution: lambda f: f,
    label_distribution.label_distribution_loss: lambda f: lambda x: f(np.full((2, C), 1 / C, "float32"), x),
    label_distribution.balanced_cross_entropy: lambda f: lambda x: f(LABELS, x),
    moments.coral: lambda f: flat(lambda x: f(x / 1e3, ROWS)),  # features, whose fourth powers count
    moments.mk_mmd: lambda f: flat(lambda x: f(x, ROWS)),
    moments.mk_mmd_linear: lambda f: flat(lambda x: f(x, ROWS[:1] * tf.ones((32, 1)))),
    prototypes.prototype_distances: lambda f: lambda x: f(x, np.zeros((C, C), "float32")),
    prototypes.prototype_weights: lambda f: f,
    rare_classes.adjusted_logits: lambda f: lambda x: f(x, [0.0, 0.5, 0.5], 1.0),
    segmentation.cross_entropy: lambda f: lambda x: f(LABELS, x),
    segmentation.pixel_cross_entropy: lambda f: lambda x: f(LABELS, x),
    self_training.hard_labels: lambda f: lambda x: f({"pseudo_label": LABELS}, x),
    self_training.soft_labels: lambda f: lambda x: f({"soft_label": SHARES}, x),
    self_training.uniform_divergence: lambda f: lambda x: f(LABELS, x),
    symmetric.reverse_cross_entropy: lambda f: lambda x: f(LABELS, x),
    symmetric.divergence_from_uniform: lambda f: f,
    teacher.softened_distillation: lambda f: lambda x: f(OTHERS, x, 2.0),
    weak.pooled_logits: lambda f: f,
    weak.category_probabilities: lambda f: f,
    weak.category_cross_entropy: lambda f: of_images(lambda x: f(x, TAGS)),
    weak.category_loss: lambda f: of_images(lambda x: f(x, TAGS)),
    weak.category_attention: lambda f: f,
    weak.point_loss: lambda f: lambda x: f(x, POINTS, TAGS),
    weak.domain_error: lambda f: lambda x: f(x, 1.0),
    weak.squared_domain_error: lambda f: lambda x: f(x, 1.0),
}
# What is no loss of logits or features: labels, weights and masks made of them without a gradient, parts of the above.
NONE = """
    contrast_classes ramp_up class_members cell_labels overlaps labels_of_patches image_class_weights pooled covariance
    covariance_distance mean_distance squared_distances bandwidths kernel_sum rectified_labels class_means
    moving_average balancing_weights surest_of_each_class has_label known_labels pooled_mean confident_labels
    clip_pooled pseudo_tags source_tags category_features mean_over_present two_scale_losses
"""
INPUTS = {
    "far apart": random.choice([-1e4, 0, 1e4], SHAPE),
    "all the same": np.full(SHAPE, 1e4),
    "nothing": np.zeros(SHAPE),
    "small": random.choice([0, 1e-3], SHAPE),
}


def test_every_loss_is_tried():
    found = set()
    for module in pkgutil.iter_modules(losses.__path__):
        functions = inspect.getmembers(import_module(f"keras_uda.losses.{module.name}"), inspect.isfunction)
        local = {f for name, f in functions if f.__module__.endswith(module.name) and not name.startswith("_")}
        found |= {function for function in local if function.__name__ not in NONE.split()}
    assert found == set(ALL)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
@pytest.mark.parametrize("function", [one for one, made in ALL.items() if made], ids=lambda one: one.__name__)
def test_value_and_gradient_are_finite(function, dtype):
    loss = ALL[function](function)
    for name, values in INPUTS.items():
        x = tf.cast(values, dtype)
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = tf.reduce_mean(tf.cast(loss(x), "float32"))
        gradient = tape.gradient(value, x)
        assert np.isfinite(value.numpy()), name
        assert gradient is not None and np.isfinite(np.asarray(gradient, "float32")).all(), name
