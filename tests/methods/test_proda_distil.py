"""ProDA's distillation from another segmenter, in both forms."""

import keras
import numpy as np

from keras_uda.methods.proda_distil import ProDADistil
from tests.released_proda import soft_batch
from tests.toy import HEIGHT
from tests.toy import WIDTH
from tests.toy import toy_optimizers
from tests.toy import toy_segmenter


def test_distillation_from_another_segmenter_in_both_forms():
    teacher = toy_segmenter(seed=3)
    batch = soft_batch()
    batch["target"]["pseudo_label"] = np.full((2, HEIGHT, WIDTH), 255, "uint8")
    values = {}
    for released in (False, True):
        keras.utils.set_random_seed(0)
        method = ProDADistil(toy_segmenter(), teacher, released_form=released)
        method.compile(toy_optimizers(method), run_eagerly=True)
        before = [np.array(weight) for weight in method.teacher.weights]
        values[released] = {name: float(value) for name, value in method.train_step(batch).items()}
        assert values[released]["pseudo_labels"] == values[released]["coverage"] == 0
        for weight, old, given in zip(method.teacher.weights, before, teacher.weights, strict=True):
            np.testing.assert_array_equal(weight, old)
            np.testing.assert_array_equal(weight, given)
    assert values[False]["distillation"] > 0 > values[True]["distillation"]
