"""The ledger: what is counted, what is refused, and what a resumed run goes on from."""

import pytest

from keras_uda.data.ledger import ForbiddenLabels
from keras_uda.data.ledger import LabelLedger


def test_files_are_counted_by_purpose():
    ledger = LabelLedger()
    assert ledger.purposes == [] and ledger.counts() == {}
    ledger.read("evaluation", 3)
    ledger.read("evaluation", 2)
    ledger.note("oracle")
    assert ledger.purposes == ["evaluation", "oracle"] and ledger.counts() == {"evaluation": 5, "oracle": 0}


def test_what_is_not_allowed_is_refused_and_not_counted():
    ledger = LabelLedger(allowed=["evaluation"])
    for purpose in ("training", None, "curiosity"):
        with pytest.raises(ForbiddenLabels, match="allowed: ..evaluation"):
            ledger.read(purpose, 4)
    assert ledger.counts() == {}
    ledger.allow(["training"])
    ledger.read("training")
    with pytest.raises(ForbiddenLabels):
        ledger.read("evaluation")


def test_unknown_purposes_cannot_be_allowed():
    with pytest.raises(ValueError, match="curiosity"):
        LabelLedger().allow(["evaluation", "curiosity"])


def test_counts_of_an_earlier_process_go_on():
    earlier = LabelLedger()
    earlier.read("evaluation", 3)
    ledger = LabelLedger(counts=earlier.counts())
    ledger.read("evaluation", 1)
    assert ledger.counts() == {"evaluation": 4}
