"""What every optimiser has: clipping, rates per variable, a configuration, a state that goes on where it stopped."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.optimizers.schedules import Schedule
from keras_uda.optimizers.sgd import CoupledSGD
from tests.conftest import ROOT
from tests.optimizers.variables import KINDS
from tests.optimizers.variables import gradients_of
from tests.optimizers.variables import pair
from tests.optimizers.variables import steps

every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())


@pytest.mark.parametrize("size,scale", [(3.0, 1 / (5 + 1e-6)), (0.03, 1.0)])
def test_clipping_spans_all_variables_and_comes_before_decay(size, scale):
    first, second = keras.Variable([1.0]), keras.Variable([2.0])
    optimizer = CoupledSGD(1.0, clip_norm=1.0, momentum=0.0, weight_decay=0.5)
    optimizer.build([first, second])
    optimizer.apply([tf.constant([size]), tf.constant([size * 4 / 3])], [first, second])
    np.testing.assert_allclose(first, [1 - (size * scale + 0.5)], rtol=1e-6)
    np.testing.assert_allclose(second, [2 - (size * 4 / 3 * scale + 1.0)], rtol=1e-6)


@every_kind
def test_clipping_is_the_step_of_a_scaled_gradient(kind):
    clipped, scaled = pair(), pair()
    gradients = [tf.constant([30.0, 40.0]), tf.zeros((2, 1))]
    for variables, clip_norm, factor in ((clipped, 1.0, 1.0), (scaled, 0.0, 1 / (50 + 1e-6))):
        optimizer = kind(0.1, clip_norm, weight_decay=0.1)
        optimizer.build(variables)
        optimizer.apply([gradient * factor for gradient in gradients], variables)
    for one, other in zip(clipped, scaled, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)
    assert not np.allclose(clipped[0], pair()[0])


@every_kind
def test_a_multiplier_is_a_rate_of_the_variable(kind):
    multiplied, alone = pair(), pair()
    for variables, optimizer in (
        (multiplied, kind(0.01, multipliers={"two": 10.0}, weight_decay=0.1)),
        (alone, kind(0.1, weight_decay=0.1)),
    ):
        optimizer.build(variables)
        steps(optimizer, variables)
    np.testing.assert_allclose(multiplied[1], alone[1], rtol=1e-6)
    assert not np.allclose(multiplied[0], alone[0])


@every_kind
def test_config_rebuilds_the_optimizer(kind):
    schedule = Schedule(0.1, 7, {"polynomial": {"power": 0.9}, "linear_warm_up": {"share": 0.5}})
    optimizer = kind(schedule, weight_decay=0.1, clip_norm=1.0, multipliers={"a/b": 10.0})
    with keras.saving.custom_object_scope({"Schedule": Schedule}):
        again = kind.from_config(optimizer.get_config())
    assert again.get_config() == optimizer.get_config()
    assert again.get_config()["weight_decay"] == 0.1 and again.decay == 0.1


@every_kind
def test_stopped_and_resumed_equals_uninterrupted(kind):
    schedule = Schedule(0.1, 6, {"polynomial": {}, "linear_warm_up": {"share": 0.5}})
    straight, stopped, resumed = pair(), pair(), pair()
    optimizers = [kind(schedule, weight_decay=0.1) for _ in range(3)]
    for optimizer, variables in zip(optimizers, (straight, stopped, resumed), strict=True):
        optimizer.build(variables)
    expected = steps(optimizers[0], straight, count=6)
    steps(optimizers[1], stopped, count=3)
    for source, destination in ((stopped, resumed), (optimizers[1].variables, optimizers[2].variables)):
        for one, other in zip(source, destination, strict=True):
            other.assign(one)
    for one, other in zip(expected, steps(optimizers[2], resumed, first=3), strict=True):
        np.testing.assert_array_equal(one, other)


@every_kind
def test_a_loss_scale_skips_an_overflow_and_unscales_the_rest(kind):
    scaled, plain = pair(), pair()
    optimizer = keras.optimizers.LossScaleOptimizer(kind(0.1, weight_decay=0.1), initial_scale=8.0)
    optimizer.build(scaled)
    optimizer.apply([tf.constant([np.inf, 0.0]), tf.zeros((2, 1))], scaled)
    for one, other in zip(scaled, pair(), strict=True):
        np.testing.assert_array_equal(one, other)
    other = kind(0.1, weight_decay=0.1)
    other.build(plain)
    gradients = [tf.constant([1.0, 2.0]), tf.constant([[3.0], [-4.0]])]
    optimizer.apply([4.0 * gradient for gradient in gradients], scaled)  # the overflow halved the scale
    other.apply(gradients, plain)
    for one, two in zip(scaled, plain, strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.slow
def test_two_mirrored_replicas_sum_their_gradients(tmp_path):
    """In a process of its own: devices are split before TensorFlow is used."""
    output = tmp_path / "mirrored.npz"
    command = [sys.executable, "-m", "tests.optimizers.mirrored", str(output)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    found = np.load(output)
    assert {key.rpartition("_")[0] for key in found} == set(KINDS)
    for name, kind in KINDS.items():
        alone = pair()
        optimizer = kind(0.1, 0.5, weight_decay=0.1)
        optimizer.build(alone)
        for step in range(3):
            optimizer.apply([tf.constant(gradient * 3.0) for gradient in gradients_of(step)], alone)
        for index, variable in enumerate(alone):
            np.testing.assert_allclose(found[f"{name}_{index}"], variable, rtol=1e-6)
