"""Memory does not grow with the number of steps or of predictions."""

import numpy as np
import pytest

from keras_uda.artefacts.open_model import open_model
from keras_uda.predict.predictor import predictor_of_model
from tests.memory import resident
from tests.pictures import frame
from tests.toy_export import toy_exports
from tests.training.test_state import method
from tests.training.test_state import train


@pytest.mark.slow
def test_two_thousand_steps():
    made = method(eager=False)
    train(made, 0, 200)
    before = resident()
    train(made, 200, 2000)
    assert resident() < 1.05 * before


@pytest.mark.slow
@pytest.mark.parametrize("name", ["saved_model/1", "model.tflite"])
def test_two_hundred_predictions_of_fifty_sizes(name):
    predictor, random = predictor_of_model(open_model(toy_exports() / name)), np.random.default_rng(0)
    sizes = random.integers(1, 400, (50, 2)).tolist()
    used = []
    for number in range(220):
        predictor(frame(number, *sizes[number % 50]))
        used.append(resident())
    assert used[-1] < 1.05 * used[20]
