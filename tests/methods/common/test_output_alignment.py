"""What AdaptSegNet and AdvEnt share."""

import keras
import pytest

from keras_uda.methods.adaptsegnet import AdaptSegNet
from keras_uda.methods.advent import AdvEnt
from tests.toy import moved
from tests.toy import toy_batch
from tests.toy import toy_optimizers
from tests.toy import toy_segmenter
from tests.toy import weights_of


@pytest.mark.parametrize("kind", [AdaptSegNet, AdvEnt])
def test_discriminators_learn_the_same_whatever_the_segmenter_makes_of_them(kind):
    keras.utils.set_random_seed(0)
    method = kind(toy_segmenter(), discriminator_base=2)
    before = weights_of(method)["discriminator"]
    results = []
    for weight in (0.0, 10.0):
        segmenter = toy_segmenter()
        other = kind(segmenter, adversarial_weights=(weight,), discriminator_base=2)
        other.discriminator.set_weights(before)
        other.compile(toy_optimizers(other), run_eagerly=True)
        other.train_step(toy_batch())
        results.append(weights_of(other)["discriminator"])
    assert moved(before, results[0]) and not moved(*results)
