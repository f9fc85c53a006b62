"""Optimisers and schedule against their published forms."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.config.schema import OptimizerConfig
from keras_uda.optimizers import CoupledSGD
from keras_uda.optimizers import PolynomialSchedule
from keras_uda.optimizers import PublishedAdam
from keras_uda.optimizers import build_optimizer
from keras_uda.optimizers import polynomial
from tests.conftest import assert_matches
from tests.conftest import load_vectors
from tests.toy import toy_segmenter

SGD = {"momentum": 0.9, "weight_decay": 5e-4}
ADAM = {"beta_1": 0.9, "beta_2": 0.99}
CASES = {
    "out_sgd": (CoupledSGD, SGD, 1),
    "out_sgd_nowd": (CoupledSGD, SGD | {"weight_decay": 0.0}, 1),
    "out_sgd_wd_0p1": (CoupledSGD, SGD | {"weight_decay": 0.1}, 1),
    "out_sgd_listed_2x": (CoupledSGD, SGD, 2),
    "out_sgd_listed_3x": (CoupledSGD, SGD, 3),
    "out_sgd_listed_4x": (CoupledSGD, SGD, 4),
    "derived_sgd_legacy_listed_3x": (CoupledSGD, SGD | {"legacy": True}, 3),
    "derived_sgd_legacy_listed_4x": (CoupledSGD, SGD | {"legacy": True}, 4),
    "out_adam": (PublishedAdam, ADAM, 1),
    "out_adam_wd_0p1": (PublishedAdam, ADAM | {"weight_decay": 0.1}, 1),
    "out_adam_tiny_grads": (PublishedAdam, ADAM, 1),
}


class Listed(keras.optimizers.schedules.LearningRateSchedule):
    """The rates of a file, one per step."""

    def __init__(self, rates):
        self.rates = rates

    def __call__(self, step):
        return tf.gather(tf.constant(self.rates, "float32"), step)


def trajectory(optimizer, arrays, scale=1.0):
    """The variable `w` after every step with the stored gradients."""
    variable = keras.Variable(arrays["param_w"], name="w")
    optimizer.build([variable])
    step = tf.function(lambda gradient: optimizer.apply([gradient], [variable]))
    result = []
    for gradient in arrays["in_grads"]:
        step(tf.constant(gradient * np.float32(scale)))
        result.append(variable.numpy())
    return np.stack(result)


@pytest.mark.parametrize("key", CASES)
def test_published_trajectories(key):
    arrays, meta = load_vectors("torch_optimizers")
    kind, options, times = CASES[key]
    options = options | ({"repeats": {"w": times}} if times > 1 else {})
    optimizer = kind(Listed(arrays["in_lr"]), **options)
    scale = 2.0**-26 if key == "out_adam_tiny_grads" else 1.0
    assert_matches(trajectory(optimizer, arrays, scale), arrays, meta, key)


@pytest.mark.parametrize(
    ("case", "slots"),
    [("out_sgd", ["out_sgd_final_momentum"]), ("out_adam", ["out_adam_final_m", "out_adam_final_v"])],
)
def test_published_slots(case, slots):
    arrays, meta = load_vectors("torch_optimizers")
    kind, options, _ = CASES[case]
    optimizer = kind(Listed(arrays["in_lr"]), **options)
    trajectory(optimizer, arrays)
    for variable, key in zip(optimizer.variables[1:], slots, strict=True):
        assert_matches(variable, arrays, meta, key)


def test_every_trajectory_of_the_file_is_compared():
    arrays, _ = load_vectors("torch_optimizers")
    assert {key for key in arrays if key.startswith(("out_", "derived_")) and "final" not in key} == set(CASES)


def test_sgd_matches_its_equation():
    rng = np.random.default_rng(0)
    w, v = rng.normal(size=3), np.zeros(3)
    variable = keras.Variable(w.astype("float32"), name="w")
    optimizer = CoupledSGD(PolynomialSchedule(0.1, 4, 0.9), momentum=0.9, weight_decay=0.01, multipliers={"w": 10.0})
    optimizer.build([variable])
    for i in range(3):
        g = rng.normal(size=3)
        optimizer.apply([tf.constant(g, "float32")], [variable])
        v = 0.9 * v + (g + 0.01 * w)
        w = w - 10 * 0.1 * (1 - i / 4) ** 0.9 * v
        np.testing.assert_allclose(variable, w, rtol=1e-5)


def test_adam_matches_its_equation():
    rng = np.random.default_rng(0)
    w, m, v = rng.normal(size=3), np.zeros(3), np.zeros(3)
    variable = keras.Variable(w.astype("float32"))
    optimizer = PublishedAdam(0.1, beta_1=0.8, beta_2=0.999, epsilon=0.5, weight_decay=0.01)
    optimizer.build([variable])
    for t in range(1, 4):
        g = rng.normal(size=3)
        optimizer.apply([tf.constant(g, "float32")], [variable])
        d = g + 0.01 * w
        m, v = 0.8 * m + 0.2 * d, 0.999 * v + 0.001 * d**2
        w = w - 0.1 * (m / (1 - 0.8**t)) / (np.sqrt(v / (1 - 0.999**t)) + 0.5)
        np.testing.assert_allclose(variable, w, rtol=1e-5)


@pytest.mark.parametrize("size,scale", [(3.0, 1 / (5 + 1e-6)), (0.03, 1.0)])
def test_clipping_spans_all_variables_and_comes_before_decay(size, scale):
    first, second = keras.Variable([1.0]), keras.Variable([2.0])
    optimizer = CoupledSGD(1.0, momentum=0.0, weight_decay=0.5, clip_norm=1.0)
    optimizer.build([first, second])
    optimizer.apply([tf.constant([size]), tf.constant([size * 4 / 3])], [first, second])
    np.testing.assert_allclose(first, [1 - (size * scale + 0.5)], rtol=1e-6)
    np.testing.assert_allclose(second, [2 - (size * 4 / 3 * scale + 1.0)], rtol=1e-6)


@pytest.mark.parametrize("kind", [CoupledSGD, PublishedAdam])
def test_config_rebuilds_the_optimizer(kind):
    optimizer = kind(PolynomialSchedule(0.1, 7.0, 0.9), weight_decay=0.1, clip_norm=1.0, multipliers={"a/b": 10.0})
    with keras.saving.custom_object_scope({"PolynomialSchedule": PolynomialSchedule}):
        again = kind.from_config(optimizer.get_config())
    assert again.get_config() == optimizer.get_config()


@pytest.mark.parametrize(
    ("step", "rate"), [(0, 2.5e-4), (10_000, 2.40981730e-4), (120_000, 1.38785156e-4), (150_000, 1.09595823e-4)]
)
def test_known_rates(step, rate):
    assert float(2.5e-4 * polynomial(step, 250_000, 0.9)) == pytest.approx(rate, rel=1e-6)


def test_the_rate_ends_at_zero_and_power_0_keeps_it():
    assert float(polynomial(12, 10.0, 0.9)) == 0.0
    assert float(polynomial(9, 10.0, 0.0)) == 1.0


def test_published_rates():
    arrays, meta = load_vectors("advent_lr_poly")
    rates = [base * float(polynomial(step, horizon, power)) for base, step, horizon, power in arrays["in_table"]]
    assert_matches(rates, arrays, meta, "out_lr")
    assert_matches(10 * np.array(rates), arrays, meta, "out_lr_head")


def test_build_gives_heads_their_rate_and_stretches_the_horizon():
    segmenter = toy_segmenter(levels=2)
    config = OptimizerConfig("sgd", 0.1, head_multiplier=10.0, horizon=2.0, power=1.0)
    optimizer = build_optimizer(config, 10, segmenter)
    assert set(optimizer.multipliers) == {f"{h}/{w}" for h in ("logits", "aux_logits") for w in ("kernel", "bias")}
    assert set(optimizer.multipliers.values()) == {10.0}
    assert float(optimizer._learning_rate(10)) == pytest.approx(0.05)


def test_build_repeats_listed_layers_only_in_the_official_form():
    segmenter = toy_segmenter()
    segmenter.repeats = {"last": 3}
    official, nominal = (
        build_optimizer(OptimizerConfig("sgd", repeats=r), 9, segmenter) for r in ("official", "nominal")
    )
    assert official.repeats == {"last/kernel": 3, "last/bias": 3} and nominal.repeats == {}
