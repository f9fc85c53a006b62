"""LiteRT files: what cannot be converted is named, layers stay in float by name, other tools read them."""

import keras
import pytest

from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import UsageError
from keras_uda.export import litert
from keras_uda.export.graph import freeze
from keras_uda.segmenters.build import load_segmenter
from tests.export.models import Odd
from tests.export.models import output_of
from tests.toy_export import HEIGHT
from tests.toy_export import WIDTH
from tests.toy_export import toy_run


def test_layers_can_be_kept_in_float():
    graph = freeze(load_segmenter(toy_run())[0], (WIDTH, HEIGHT), 1)
    model = litert.convert(graph)
    plain, more = litert.ends(model), litert.ends(model, ("last_conv",))
    assert set(more) > set(plain) and any("last_conv" in name for name in set(more) - set(plain))
    with pytest.raises(UsageError, match="no layer has `lost_conv` in its name. Did you mean `last_conv"):
        litert.ends(model, ("lost_conv",))


def test_an_op_that_is_not_built_in_is_refused_by_name():
    image = keras.Input((None, None, 3))
    logits = Odd(name="strange")(keras.layers.Conv2D(4, 3, padding="same")(image))
    with pytest.raises(ArtefactError, match="Betainc of layer strange"):
        litert.convert(freeze(keras.Model(image, {"logits": logits}), (16, 16), 1))


ANALYSE = "import sys, tensorflow as tf; tf.lite.experimental.Analyzer.analyze(model_path=sys.argv[1])"


@pytest.mark.slow
def test_the_litert_analyser_reads_the_file(export):
    text = output_of(ANALYSE, export / "model.tflite")
    assert "CONV_2D" in text and "RESIZE_BILINEAR" in text and "Flex" not in text
