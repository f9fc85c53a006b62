"""Signs of failure in a history, and histories that are none."""

import numpy as np
import pytest

from keras_uda.training.callbacks.failure_signs import accuracy_fell
from keras_uda.training.callbacks.failure_signs import discriminator_loss
from keras_uda.training.callbacks.failure_signs import discriminator_won
from keras_uda.training.callbacks.failure_signs import has_fallen
from keras_uda.training.callbacks.failure_signs import second_half
from keras_uda.training.callbacks.failure_signs import vanished_classes


def test_the_main_level_counts():
    logs = {"discriminator_source": 0.2, "discriminator_target": 0.4, "discriminator_loss": 0.9}
    assert discriminator_loss(logs) == pytest.approx(0.3)
    assert discriminator_loss({"discriminator_kind": 1.2}) == 1.2
    assert discriminator_loss({"segmentation": 1.0}) is None


def test_a_discriminator_wins_after_long_only():
    assert not discriminator_won([0.001] * 9)
    assert discriminator_won([0.6] * 3 + [0.001] * 10)
    assert not discriminator_won([0.001] * 9 + [0.3])


def test_a_class_vanishes_after_it_was_there():
    there, gone, speck = np.array([0.5, 0.5]), np.array([1.0, 0.0]), np.array([0.999, 0.001])
    assert vanished_classes([there, gone, gone]) == [1]
    assert vanished_classes([there, there, gone]) == []
    assert vanished_classes([speck, gone, gone]) == []
    assert vanished_classes([gone, gone, gone]) == []


def test_accuracy_falls_for_two_checks():
    assert accuracy_fell([0.8, 0.7, 0.7])
    assert not accuracy_fell([0.8, 0.7, 0.79])
    assert not accuracy_fell([0.8, 0.7])


def test_a_loss_falls_to_less_than_half():
    assert has_fallen([1.0] * 20 + [0.4] * 10)
    assert not has_fallen([1.0] * 20 + [0.6] * 10)
    assert not has_fallen([1.0] * 18 + [0.1] * 9)  # too short to judge


def test_the_second_half_is_judged_when_it_is_long_enough():
    assert second_half([1.0] * 10 + [0.5] * 10) == 0.5
    assert second_half([0.5] * 19) is None
