"""What replicas exchange, counted by hand, and the speed that it leaves."""

import keras
import pytest

from keras_uda.segmenters.blocks import BatchNorm
from keras_uda.training.communication import efficiency
from keras_uda.training.communication import exchanged_bytes
from keras_uda.training.communication import gradient_bytes
from keras_uda.training.communication import sent_bytes
from keras_uda.training.communication import statistics_bytes
from tests.toy import toy_method
from tests.toy import toy_segmenter


def with_norm(mode: str = "live") -> keras.Model:
    """The toy segmenter with a norm of ours, of 4 channels, behind its logits."""
    toy = toy_segmenter(batch_norm=False)
    logits = BatchNorm(mode, name="norm")(toy.output["logits"])
    model = keras.Model(toy.input, toy.output | {"logits": logits})
    model.stride, model.head_names = 4, ("logits",)
    return model


def test_gradients_are_those_of_every_trained_part():
    method = toy_method("advent", toy_segmenter(batch_norm=False))
    convolutions = 3 * 3 * 3 * 6 + 6 + 3 * 3 * 6 * 8 + 8 + 8 * 4 + 4
    trained = sum(one.shape.num_elements() for one in method.discriminator.trainable_variables)
    assert gradient_bytes(method) == 4 * (convolutions + trained)
    assert statistics_bytes(method) == 0 and exchanged_bytes(method) == gradient_bytes(method)


@pytest.mark.parametrize(
    ("name", "mode", "sums"),
    [
        ("minent", "live", 4 * 2 + 2),  # two passes, forward and backward, and the moving ones
        ("source_only", "batch_stats", 4 + 2),
        ("dacs", "live", 4 * 2 + 2 + 2),  # and the teacher forward
        ("dacs", "frozen", 0),
    ],
)
def test_statistics_are_those_of_every_pass(name, mode, sums):
    assert statistics_bytes(toy_method(name, with_norm(mode))) == 4 * 4 * sums


def test_a_ring_sends_nearly_twice_what_is_exchanged():
    assert sent_bytes(100, 1) == 0 and sent_bytes(100, 2) == 100 and sent_bytes(100, 8) == 175


def test_efficiency_is_the_share_of_the_time_that_is_computed():
    assert efficiency(1.0, 500, 2, 500) == 0.5 and efficiency(1.0, 500, 1, 500) == 1.0
    assert efficiency(3.0, 800, 8, 1400) == pytest.approx(3 / 4)
