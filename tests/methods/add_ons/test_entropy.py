"""Entropy on top of methods."""

import numpy as np
import pytest

from keras_uda.losses.entropy import robust_entropy
from keras_uda.methods.add_ons.entropy import Entropy
from keras_uda.methods.advent import AdvEnt
from keras_uda.methods.minent import MinEnt
from tests.toy import step_losses
from tests.toy import toy_batch
from tests.toy import toy_optimizers
from tests.toy import toy_segmenter
from tests.toy import weights_of


def stepped(kind, levels=2, entropy=None, **arguments):
    """(method, what it logs, losses of its parts) after one step."""
    method = kind(toy_segmenter(levels), **arguments)
    method.add_ons = (Entropy(method, **entropy),) if entropy else ()
    method.compile(toy_optimizers(method), run_eagerly=True)
    return method, *step_losses(method, toy_batch())


@pytest.mark.slow
@pytest.mark.ci
def test_advent_without_its_term_and_with_entropy_is_minent():
    weights = (0.5, 0.25)
    minent, logged, _ = stepped(MinEnt, entropy_weights=weights)
    silent = {"adversarial_weights": (0.0, 0.0), "discriminator_base": 2}
    advent, added, _ = stepped(AdvEnt, entropy={"weights": weights}, **silent)
    assert added["entropy"] == pytest.approx(logged["entropy"], rel=1e-6)
    for one, other in zip(weights_of(minent)["segmenter"], weights_of(advent)["segmenter"], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)


def test_the_exponent_is_that_of_its_equation():
    batch, options = toy_batch(), {"weights": (3.0,), "exponent": 2.0}
    _, (target_logits,) = MinEnt(toy_segmenter()).segment(batch["source"]["image"], batch["target"]["image"])
    (_, _, without), (_, logged, losses) = (stepped(MinEnt, 1, one) for one in (None, options))
    expected = float(robust_entropy(target_logits, 2.0))
    assert losses["segmenter"] == pytest.approx(without["segmenter"] + 3 * expected, rel=1e-5)
    assert logged["entropy_added"] == pytest.approx(expected, rel=1e-5)  # MinEnt has an `entropy` of its own
    assert logged["entropy"] != pytest.approx(expected, rel=1e-2)
