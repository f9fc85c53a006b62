"""The one line of an error, and what Keras makes of those of ours."""

import keras
import pytest
import tensorflow as tf

from keras_uda.core.errors import ConfigurationError
from keras_uda.core.errors import UsageError
from keras_uda.core.errors import did_you_mean
from keras_uda.core.errors import guard
from keras_uda.core.errors import one_line


class Refusing(keras.layers.Layer):
    """Takes nothing."""

    def call(self, images):
        raise ConfigurationError(f"images of {images.shape[1]} pixels", "Give more")


@pytest.mark.parametrize("compiled", [False, True])
def test_keras_hands_a_configuration_error_on_as_it_is(compiled):
    """It sets the message of any other error among words of its own, with colours."""
    layer = Refusing()
    call = tf.function(layer, autograph=False) if compiled else layer
    with pytest.raises(ConfigurationError) as error:
        call(tf.zeros((1, 7)))
    assert (error.value.what, error.value.remedy) == ("images of 7 pixels", "Give more")
    assert str(error.value) == "images of 7 pixels. Give more."


def test_an_error_is_one_line_of_bounded_length():
    error = UsageError("data.size", "`a\nb\x1b[1m`" + "x" * 1000, "Write for example 256x192")
    line = one_line(error)
    assert line.startswith("error: data.size: `a b") and line.endswith("Write for example 256x192.")
    assert line.isprintable() and len(line) <= 300


def test_a_question_ends_with_its_own_mark():
    assert str(UsageError("method", "`advnt` is not a method", did_you_mean("advnt", ["advent"]))).endswith("`advent`?")
    assert did_you_mean("zzz", ["advent", "dann"]) == "Choose one of advent, dann"


def test_a_defect_of_ours_is_one_line_too(capsys):
    def fail():
        raise RuntimeError("surprise")

    assert guard(fail, debug=False) == 1
    assert capsys.readouterr().err == "error: RuntimeError: surprise. This is a defect: report it with --debug.\n"
