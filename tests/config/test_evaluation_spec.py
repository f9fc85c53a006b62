"""Names that scoring would stumble over are refused before training."""

import pytest

from keras_uda.config.evaluation_spec import check_evaluation
from keras_uda.config.schema import EvaluationConfig
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.errors import UsageError


@pytest.mark.parametrize(
    ("config", "says"),
    [
        (EvaluationConfig(merge={"walll": "building"}), "Did you mean `wall`"),
        (EvaluationConfig(merge={"wall": "buildin"}), "Did you mean `building`"),
        (EvaluationConfig(merge={"truck": "bus", "bus": "car"}), "Write `truck: car`"),
        (EvaluationConfig(class_sets={"five": ["raod"]}), "Did you mean `road`"),
        (EvaluationConfig(class_sets={"none": []}), "holds no class"),
    ],
)
def test_names_are_checked_before_training(config, says):
    with pytest.raises(UsageError, match=says):
        check_evaluation(config, CITYSCAPES)


def test_names_that_are_known_pass():
    check_evaluation(EvaluationConfig(merge={"wall": "building"}, class_sets={"two": ["road", "sky"]}), CITYSCAPES)
