"""Which entry of `evaluation.json` a run has."""

import pytest

from keras_uda.config.names import RUN_METHODS
from keras_uda.evaluation.models import MODELS
from keras_uda.evaluation.models import model_of
from keras_uda.evaluation.models import own_scores

CONTENT = {"source_only": {"miou": 0.1}, "adapted": {"miou": 0.2}, "oracle": None}


@pytest.mark.parametrize("method", [*RUN_METHODS, "minent+advent"])
def test_baselines_have_an_entry_of_their_own_and_all_others_share_one(method):
    expected = method if method in ("source_only", "oracle") else "adapted"
    assert model_of(method) == expected and expected in MODELS


def test_a_run_has_its_own_scores_whatever_stands_beside_it():
    assert own_scores(CONTENT, "advent") == own_scores(CONTENT, "minent+advent") == {"miou": 0.2}
    assert own_scores(CONTENT, "source_only") == {"miou": 0.1}
    assert own_scores(CONTENT, "oracle") is None and own_scores({}, "advent") is None
