import numpy as np
import pytest

from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import CITYSCAPES_13
from keras_uda.core.classes import CITYSCAPES_16
from keras_uda.core.classes import COLOURS
from keras_uda.core.classes import colourise
from keras_uda.core.classes import palette
from keras_uda.data.ledger import ForbiddenLabels
from keras_uda.data.ledger import LabelLedger


def test_class_sets_are_the_published_indices():
    indices = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 15, 17, 18]
    assert CITYSCAPES_16 == tuple(CITYSCAPES[i] for i in indices)
    assert CITYSCAPES_13 == tuple(CITYSCAPES[i] for i in [0, 1, 2, 6, 7, 8, 10, 11, 12, 13, 15, 17, 18])


def test_palette_keeps_known_colours_and_invents_distinct_ones():
    assert palette(CITYSCAPES).tolist() == [list(COLOURS[name]) for name in CITYSCAPES]
    many = [f"class {i}" for i in range(200)] + ["road"]
    colours = palette(many)
    assert len(np.unique(colours, axis=0)) > 190
    assert tuple(colours[-1]) == COLOURS["road"]
    np.testing.assert_array_equal(colours, palette(many))


def test_colourise_paints_ignore_black():
    painted = colourise(np.array([[0, 255]], np.uint8), CITYSCAPES)
    assert painted.tolist() == [[[128, 64, 128], [0, 0, 0]]]


def test_ledger_counts_by_purpose_and_survives_a_restart():
    ledger = LabelLedger()
    assert ledger.purposes == []
    ledger.read("evaluation", 5)
    ledger.note("oracle")
    again = LabelLedger(counts=ledger.counts())
    assert again.purposes == ["evaluation", "oracle"]
    assert again.counts() == {"evaluation": 5, "oracle": 0}


@pytest.mark.parametrize("purpose", [None, "curiosity", "training"])
def test_ledger_refuses_what_was_not_allowed(purpose):
    ledger = LabelLedger()
    ledger.allow(["evaluation"])
    with pytest.raises(ForbiddenLabels):
        ledger.read(purpose)
    assert ledger.purposes == []
    with pytest.raises(ValueError, match="Purposes"):
        ledger.allow(["fun"])
