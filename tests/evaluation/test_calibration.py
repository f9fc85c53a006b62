"""Confidence against accuracy: the equation, and what counts."""

import numpy as np
import pytest

from keras_uda.evaluation.calibration import calibration_error
from keras_uda.evaluation.calibration import confidence_levels


def slow_error(label, prediction, confidence) -> float:
    """Bin by bin, pixel by pixel."""
    total = 0.0
    for number in range(15):
        claimed, right = [], []
        for truth, guess, level in zip(label, prediction, confidence, strict=True):
            if truth < 5 and min(int(level / 255 * 15), 14) == number:
                claimed.append(level / 255)
                right.append(truth == guess)
        if claimed:
            total += len(claimed) * abs(np.mean(right) - np.mean(claimed))
    return total / sum(truth < 5 for truth in label)


def test_the_error_matches_its_equation():
    random = np.random.default_rng(0)
    label, prediction = random.integers(0, 7, 900), random.integers(0, 5, 900)
    confidence = random.integers(0, 256, 900).astype("uint8")
    found = calibration_error(confidence_levels(label, prediction, confidence, 5))
    assert found == pytest.approx(slow_error(label, prediction, confidence), abs=1e-12)


def test_levels_add_up_over_frames():
    random = np.random.default_rng(1)
    frames = [[random.integers(0, high, (4, 6)) for high in (5, 5, 256)] for _ in range(3)]
    together = [np.concatenate(maps) for maps in zip(*frames, strict=True)]
    np.testing.assert_array_equal(sum(confidence_levels(*one, 5) for one in frames), confidence_levels(*together, 5))


def test_the_ends():
    everything = np.zeros((3, 4), "uint8")
    assert calibration_error(confidence_levels(everything, everything, everything + 255, 2)) == 0
    assert calibration_error(confidence_levels(everything, everything + 1, everything + 255, 2)) == 1
    assert calibration_error(confidence_levels(everything + 255, everything, everything, 2)) is None
