"""The class-ratio prior on top of methods."""

import re

import numpy as np
import pytest

from keras_uda.config.method_spec import add_on_facts
from keras_uda.config.method_spec import to_measure
from keras_uda.core.errors import ConfigurationError
from keras_uda.losses.class_ratio import class_ratio_shortfall
from keras_uda.methods.add_ons.class_prior import ClassPrior
from keras_uda.methods.advent import AdvEnt
from keras_uda.methods.minent import MinEnt
from tests.toy import CLASSES
from tests.toy import step_losses
from tests.toy import toy_batch
from tests.toy import toy_optimizers
from tests.toy import toy_segmenter

RATIOS = (0.4, 0.3, 0.2, 0.1)


def with_prior(kind, levels=1, prior=None, **arguments):
    """A compiled method, with the prior if there are options of it."""
    method = kind(toy_segmenter(levels), **arguments)
    method.add_ons = (ClassPrior(method, **prior),) if prior else ()
    method.compile(toy_optimizers(method), run_eagerly=True)
    return method


@pytest.mark.parametrize("levels", [1, 2])
@pytest.mark.parametrize(("kind", "arguments"), [(MinEnt, {"entropy_share": 0.3}), (AdvEnt, {"discriminator_base": 2})])
def test_the_weighted_shortfall_of_every_level_is_added(kind, arguments, levels):
    prior = {"weights": (2.0, 1.0), "share": 0.9, "source_ratios": RATIOS}
    maps = MinEnt(toy_segmenter(levels)).segment(toy_batch()["source"]["image"], toy_batch()["target"]["image"])
    shortfalls = [float(class_ratio_shortfall(logits, 0.9 * np.array(RATIOS))) for logits in maps[1]]
    expected = sum(weight * one for weight, one in zip((2.0, 1.0), shortfalls, strict=False))
    without, losses = (step_losses(with_prior(kind, levels, one, **arguments), toy_batch()) for one in (None, prior))
    assert losses[1]["segmenter"] == pytest.approx(without[1]["segmenter"] + expected, rel=1e-5)
    assert losses[0]["class_prior"] == pytest.approx(shortfalls[0], rel=1e-5) and shortfalls[0] > 0
    assert "class_prior" not in without[0] and set(losses[1]) == set(kind.trains)
    others = set(losses[1]) - {"segmenter"}
    assert {part: losses[1][part] for part in others} == {part: without[1][part] for part in others}


def test_ratios_are_measured():
    assert to_measure(add_on_facts("class_prior"), {}) == ("source_ratios",)


def test_wrong_arguments_are_named():
    method = MinEnt(toy_segmenter())
    with pytest.raises(ConfigurationError, match=f"2 source ratios for {CLASSES} classes"):
        ClassPrior(method, source_ratios=(0.5, 0.5))
    method = with_prior(MinEnt, 2, {"weights": (1.0,), "source_ratios": RATIOS})
    with pytest.raises(ConfigurationError, match=re.escape("2 levels but there are 1 weights, [1.0]")):
        method.train_step(toy_batch())
