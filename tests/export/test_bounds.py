"""What the gate refuses, and what it says of it."""

import pytest

from keras_uda.core.errors import ArtefactError
from keras_uda.export.bounds import Bounds
from keras_uda.export.bounds import require

GOOD = {"agreement": 0.99, "agreement_decided": 0.99, "miou": 0.5, "keras_miou": 0.505, "ops_not_built_in": []}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"agreement": 0.979}, "agrees with Keras on 97.9"),
        ({"miou": 0.49}, "mIoU 49.00 % where Keras has 50.50 %"),
        (
            {"agreement_compiled_model": 0.998},
            "interpreter on 99.8000% of the pixels in Comp",
        ),
        ({"ops_not_built_in": ["FlexBitwiseAnd"]}, "FlexBitwiseAnd"),
    ],
)
def test_what_is_not_the_same_model_is_refused_with_what_to_try(change, told):
    require("model_int8.tflite", Bounds(0.98, 0.01), GOOD)
    with pytest.raises(ArtefactError, match=told) as refusal:
        require("model_int8.tflite", Bounds(0.98, 0.01), GOOD | change)
    assert "--calibration" in str(refusal.value)
