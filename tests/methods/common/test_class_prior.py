"""MinEnt and AdvEnt with entropy range and class-ratio prior."""

import numpy as np
import pytest

from keras_uda.losses.class_ratio import class_ratio_shortfall
from keras_uda.losses.entropy import top_entropy
from keras_uda.losses.segmentation import cross_entropy
from keras_uda.methods.advent import AdvEnt
from keras_uda.methods.minent import MinEnt
from keras_uda.methods.step import Step
from tests.toy import CLASSES
from tests.toy import toy_batch
from tests.toy import toy_optimizers
from tests.toy import toy_segmenter

RATIOS = (0.4, 0.3, 0.2, 0.1)


def step_losses(method, batch) -> tuple[dict, dict]:
    """(reported losses, losses of the parts) of one step."""
    method.compile(toy_optimizers(method), run_eagerly=True)
    seen = {}
    with pytest.MonkeyPatch.context() as patch:
        update = Step.update
        patch.setattr(Step, "update", lambda step: (seen.update(step.of_parts), update(step)))
        logs = method.train_step(batch)
    return {name: float(value) for name, value in logs.items()}, {name: float(value) for name, value in seen.items()}


@pytest.mark.parametrize("levels", [1, 2])
def test_minent_with_both(levels):
    weights = {"entropy_weights": (0.3, 0.2), "prior_weights": (2.0, 1.0)}
    method = MinEnt(toy_segmenter(levels), entropy_share=0.3, prior_share=0.9, source_ratios=RATIOS, **weights)
    batch = toy_batch()
    maps = AdvEnt(toy_segmenter(levels)).segment(batch["source"]["image"], batch["target"]["image"])
    logs, losses = step_losses(method, batch)
    least = 0.9 * np.array(RATIOS)
    expected = 0.0
    for level, (on_source, on_target) in enumerate(zip(*maps, strict=True)):
        expected += (1.0, 0.1)[level] * float(cross_entropy(batch["source"]["label"], on_source))
        expected += (0.3, 0.2)[level] * float(top_entropy(on_target, 0.3))
        expected += (2.0, 1.0)[level] * float(class_ratio_shortfall(on_target, least))
    assert losses["segmenter"] == pytest.approx(expected, rel=1e-5)
    assert logs["class_prior"] == pytest.approx(float(class_ratio_shortfall(maps[1][0], least)), rel=1e-5)


@pytest.mark.parametrize("kind", [MinEnt, AdvEnt])
def test_nothing_changes_without_a_prior(kind):
    losses = []
    for arguments in ({}, {"source_ratios": RATIOS}):
        method = kind(toy_segmenter(), **arguments)  # the segmenter seeds what is made after it
        logs, of_parts = step_losses(method, toy_batch())
        losses.append(of_parts)
        assert "class_prior" not in logs
    assert losses[0] == losses[1]


def test_advent_with_the_prior_moves_both_parts():
    method = AdvEnt(toy_segmenter(), prior_weights=(1.0,), source_ratios=RATIOS, discriminator_base=2)
    logs, losses = step_losses(method, toy_batch())
    assert set(losses) == {"segmenter", "discriminator"} and logs["class_prior"] >= 0


def test_ratios_are_measured_only_for_a_prior():
    assert AdvEnt.measures({}) == () == MinEnt.measures({"prior_weights": ()})
    assert MinEnt.measures({"prior_weights": [0.001]}) == ("source_ratios",)


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match=f"2 source ratios for {CLASSES} classes"):
        MinEnt(toy_segmenter(), source_ratios=(0.5, 0.5))
    with pytest.raises(ValueError, match="entropy_share is 0"):
        MinEnt(toy_segmenter(), entropy_share=0)
