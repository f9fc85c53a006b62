"""Optimisers and schedules are checked by their own arguments."""

import pytest

from keras_uda.config.names import OPTIMIZERS
from keras_uda.config.optimizer_spec import check_optimizer
from keras_uda.config.optimizer_spec import optimizer_arguments
from keras_uda.config.stage_schema import OptimizerConfig
from keras_uda.core.errors import UsageError


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (OptimizerConfig("adm"), "optimizers.x.name: `adm` is not valid. Did you mean `adam`?"),
        (OptimizerConfig("adam", arguments={"momentum": 0.9}), "optimizers.x.arguments.momentum: `adam` has no such"),
        (OptimizerConfig("sgd", arguments={"momentum": 1}), "momentum: `1` is not valid. Give less than 1"),
        (OptimizerConfig("sgd", arguments={"repeats": "often"}), "repeats: `often` is not valid"),
        (
            OptimizerConfig(schedule={"polynomal": {}}),
            "schedule.polynomal: no such schedule. Did you mean `polynomial`?",
        ),
        (OptimizerConfig(schedule={"polynomial": {"power": -1}}), "schedule.polynomial.power: `-1` is not valid"),
        (OptimizerConfig(schedule={"linear_warm_up": {"share": 2}}), "linear_warm_up.share: `2` is not valid"),
    ],
)
def test_mistakes_are_named(config, told):
    with pytest.raises(UsageError) as error:
        check_optimizer(config, "optimizers.x")
    assert told in str(error.value)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_defaults_pass(name):
    check_optimizer(OptimizerConfig(name, schedule={"linear_warm_up": {}, "polynomial": {}}), "optimizers.x")
    assert "weight_decay" in optimizer_arguments(name) and "learning_rate" not in optimizer_arguments(name)
