"""DACS without a source: what is mixed, and what the loss sees of it."""

import numpy as np
import pytest

from keras_uda.config.method_spec import method_facts
from keras_uda.config.method_spec import to_measure
from keras_uda.core.errors import UsageError
from keras_uda.data.domains import Domains
from keras_uda.data.ledger import LabelLedger
from keras_uda.losses.segmentation import cross_entropy
from keras_uda.methods.dacs_source_free import DACSSourceFree
from keras_uda.methods.step import PseudoLabels
from tests.config.helpers import parse
from tests.toy import CLASSES
from tests.toy import HEIGHT
from tests.toy import WIDTH
from tests.toy import step_losses
from tests.toy import toy_batch
from tests.toy import toy_method


def mixed_by_hand(image, taught: PseudoLabels, mask) -> tuple:
    """Pixels of the image before where the mask is, the own ones elsewhere."""
    label, weight = np.array(taught.label), np.array(taught.weight)
    before = [np.roll(one, 1, axis=0) for one in (image, label, weight)]
    return (
        np.where(mask[..., None], before[0], image),
        np.where(mask, before[1], label),
        np.where(mask, before[2], weight),
    )


@pytest.fixture
def still():
    """A method that changes no colours, three images, and labels with weights that tell the images apart."""
    method = toy_method("dacs_source_free", arguments={"strong_chances": (0.0, 0.0)})
    rng = np.random.default_rng(3)
    image = rng.integers(0, 256, (3, HEIGHT, WIDTH, 3)).astype("float32")
    label = rng.integers(0, CLASSES, (3, HEIGHT, WIDTH)).astype("int32")
    weight = np.broadcast_to(np.float32([0.2, 0.5, 0.9])[:, None, None], label.shape).copy()
    return method, image, PseudoLabels(label, weight, weight)


def test_classes_of_the_image_before_are_pasted_with_their_labels_and_weights(still, monkeypatch):
    method, image, taught = still
    drawn = []
    draw_mask = DACSSourceFree.draw_mask
    monkeypatch.setattr(
        DACSSourceFree, "draw_mask", lambda self, label: drawn.append(draw_mask(self, label)) or drawn[-1]
    )
    mixed = method.mix_of_target(image, taught)
    mask = np.array(drawn[0])
    assert all(0 < one.mean() < 1 for one in mask)
    labels_before = np.roll(taught.label, 1, axis=0)
    for one, labels in zip(mask, labels_before, strict=True):  # whole classes of the other image
        assert all(one[labels == c].all() or not one[labels == c].any() for c in range(CLASSES))
    made = mixed.image, mixed.label, mixed.probability
    for one, expected in zip(made, mixed_by_hand(image, taught, mask), strict=True):
        np.testing.assert_allclose(np.array(one), expected, atol=1e-3)


def test_the_loss_is_that_of_the_mixed_images_alone(monkeypatch):
    method, batch = toy_method("dacs_source_free", arguments={"mixed_weight": 3.0}), toy_batch("dacs_source_free")
    assert set(batch) == {"target"}
    seen, mix = [], DACSSourceFree.mix_of_target
    monkeypatch.setattr(
        DACSSourceFree, "mix_of_target", lambda self, *given: seen.append(mix(self, *given)) or seen[-1]
    )
    logits, resize = [], method.resize
    method.resize = lambda *given: logits.append(resize(*given)) or logits[-1]
    logged, losses = step_losses(method, batch)
    expected = cross_entropy(seen[0].label, logits[-1], pixel_weights=seen[0].probability)
    assert logged["mixed"] == pytest.approx(float(expected), rel=1e-5)
    assert losses["segmenter"] == pytest.approx(3 * float(expected), rel=1e-5)


def test_one_image_is_mixed_with_itself(still):
    method, image, taught = still
    alone = PseudoLabels(*(one[:1] for one in taught))
    np.testing.assert_allclose(np.array(method.mix_of_target(image[:1], alone).image), image[:1], atol=1e-3)


def test_what_is_measured_on_a_source_must_be_given():
    assert to_measure(method_facts("dacs_source_free"), {"logit_adjustment": 0.5}) == ("source_ratios",)
    run = parse("--method", "dacs", "--data.source.name", "none", "--segmenter.weights", "runs/first")
    with pytest.raises(UsageError, match="data.source.name: `none`, but something is measured"):
        _ = Domains(run.data, LabelLedger()).source
