"""From the configuration to an optimiser."""

import pytest

from keras_uda.config.names import OPTIMIZERS
from keras_uda.config.names import resolve
from keras_uda.config.stage_schema import OptimizerConfig
from keras_uda.optimizers.build import build_optimizer
from tests.toy import toy_segmenter


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_build_gives_heads_their_rate(name):
    optimizer = build_optimizer(OptimizerConfig(name, head_multiplier=10.0, clip_norm=2.0), 10, toy_segmenter(levels=2))
    assert isinstance(optimizer, resolve(OPTIMIZERS, name, "optimizers"))
    assert set(optimizer.multipliers) == {f"{h}/{w}" for h in ("logits", "aux_logits") for w in ("kernel", "bias")}
    assert set(optimizer.multipliers.values()) == {10.0} and optimizer.clip_norm == 2.0


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_build_without_a_segmenter(name):
    assert build_optimizer(OptimizerConfig(name, head_multiplier=10.0), 10).multipliers == {}


def test_options_of_the_optimizer_and_of_the_schedule_arrive():
    schedule = {"polynomial": {"power": 1.0, "horizon": 2.0}, "linear_warm_up": {"share": 1.0, "ratio": 0.0}}
    given = OptimizerConfig("adamw", 0.1, arguments={"betas": [0.5, 0.6], "no_decay": ["bn"]}, schedule=schedule)
    optimizer = build_optimizer(given, 10, toy_segmenter())
    assert optimizer.betas == (0.5, 0.6) and optimizer.no_decay == ("bn",)
    assert float(optimizer._learning_rate(5)) == pytest.approx(0.1 * 0.75 * 0.5)


def test_build_repeats_listed_layers_only_in_the_official_form():
    segmenter = toy_segmenter()
    segmenter.repeats = {"last": 3}
    times = {}
    for form in ("official", "nominal"):
        optimizer = build_optimizer(OptimizerConfig("sgd", arguments={"repeats": form}), 9, segmenter)
        optimizer.build(segmenter.trainable_variables)
        times[form] = {v.path: n for v, n in zip(segmenter.trainable_variables, optimizer._times, strict=True) if n > 1}
    assert times == {"official": {"last/kernel": 3, "last/bias": 3}, "nominal": {}}
