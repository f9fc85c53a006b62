"""FCNs in the Wild: one step against numpy with finite differences, and what it takes from the source labels."""

import keras
import numpy as np
import pytest

from keras_uda.config.method_spec import method_facts
from keras_uda.config.method_spec import to_measure
from keras_uda.config.stage_schema import OptimizerConfig
from keras_uda.methods.fcns_wild import FCNsWild
from keras_uda.optimizers.build import build_optimizer
from tests.toy import toy_method
from tests.toy import toy_segmenter

RATE, STEPS = 0.1, 30
SIZES = [[0.1, 0.3, 0.35], [0.05, 0.6, 0.9], [np.nan] * 3]


def softmax(logits):
    exp = np.exp(logits)
    return exp / exp.sum(-1, keepdims=True)


def numpy_losses(weights, images, labels, progress):
    """(loss of the segmenter, loss of the discriminator), from the equations, in float64."""
    into, head, first, first_bias, second, second_bias, last, last_bias = weights
    features = images @ into
    hidden = np.maximum(features @ first + first_bias, 0)
    scores = (np.maximum(hidden @ second + second_bias, 0) @ last + last_bias)[..., 0]
    on_source, on_target = scores[0], scores[1]
    answer = np.logaddexp(0, on_source).mean() + np.logaddexp(0, -on_target).mean()
    inverse = np.logaddexp(0, -on_source).mean() + np.logaddexp(0, on_target).mean()
    predictions = softmax(features @ head)
    entropy = -np.log(predictions[0][np.arange(2)[:, None], np.arange(2), labels]).mean()
    violation = 0.0
    for c, (lower, mean, upper) in enumerate(SIZES[:2]):
        if (predictions[1].argmax(-1) == c).mean() > 0.1 * lower:
            share = predictions[1][..., c].mean()
            violation += (0.1 if lower > 0.1 else 1) * (max(0, mean - share) + 10 * max(0, share - upper))
    ramp = 2 / (1 + np.exp(-10 * progress)) - 1
    return entropy + 0.7 * ramp * (answer + inverse) / 2 + 0.2 * violation, answer


def finite_difference(weights, index, loss, step=1e-6):
    gradient = np.zeros_like(weights[index])
    for place in np.ndindex(gradient.shape):
        moved = [weight.copy() for weight in weights]
        moved[index][place] += step
        above = loss(moved)
        moved[index][place] -= 2 * step
        gradient[place] = (above - loss(moved)) / (2 * step)
    return gradient


def test_one_step_by_hand():
    rng = np.random.default_rng(1)
    image = keras.Input((2, 2, 3))
    features = keras.layers.Conv2D(2, 1, use_bias=False)(image)
    logits = keras.layers.Conv2D(3, 1, use_bias=False)(features)
    segmenter = keras.Model(image, {"logits": logits, "features": features, "skips": {}})
    method = FCNsWild(
        segmenter, alignment_weight=0.7, size_weight=0.2, source_sizes=SIZES, ramp=0.5, total_steps=2 * STEPS,
        discriminator_width=3, dropout=0.0,
    )  # fmt: skip
    sgd = OptimizerConfig("sgd", RATE, arguments={"momentum": 0.0}, schedule={})
    method.compile({part: build_optimizer(sgd, 10) for part in method.trains}, run_eagerly=True)
    method.optimizers["segmenter"].iterations.assign(6)
    variables = [*segmenter.trainable_variables, *method.discriminator.trainable_variables]
    for variable in variables:
        variable.assign(rng.normal(size=variable.shape))
    weights = [np.asarray(v, "float64").reshape(v.shape[-2:]) for v in variables]
    images, labels = rng.normal(size=(2, 2, 2, 3)), np.array([[0, 2], [1, 1]])
    method.train_step({"source": {"image": images[:1], "label": labels[None]}, "target": {"image": images[1:]}})
    for index, variable in enumerate(variables):
        which = 0 if index < 2 else 1
        gradient = finite_difference(weights, index, lambda w: numpy_losses(w, images, labels, 6 / STEPS)[which])  # noqa: B023
        np.testing.assert_allclose(
            np.asarray(variable).reshape(weights[index].shape), weights[index] - RATE * gradient, atol=2e-6
        )


def test_sizes_are_measured_unless_there_are_no_bounds():
    assert to_measure(method_facts("fcns_wild"), {}) == ("source_sizes",)
    assert to_measure(method_facts("fcns_wild"), {"size_weight": 0.0}) == ()


def test_wrong_sizes_are_named():
    with pytest.raises(ValueError, match="Give 3 numbers for 4 classes"):
        FCNsWild(toy_segmenter(), source_sizes=SIZES)


def test_the_stand_in_is_noted_where_it_counts():
    for size_weight, remarks in ((0.0, 0), (0.1, 1)):
        assert len(toy_method("fcns_wild", arguments={"size_weight": size_weight}).remarks) == remarks
