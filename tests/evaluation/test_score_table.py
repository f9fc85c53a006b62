"""The scores as text: every mean has its row, and no name is markup."""

import numpy as np
import pytest

from keras_uda.evaluation.metrics import scores
from keras_uda.evaluation.score_table import table
from tests.evaluation.test_metrics import content


def test_without_scores_the_report_is_named():
    assert "No labels" in table(content(models=()))


def test_table_names_every_mean():
    text = table(content())
    for word in (
        "road",
        "bicycle",
        "source-only",
        "adapted",
        "oracle",
        "13 Cityscapes",
        "mean of five",
        "mIoU on dusk",
    ):
        assert word in text
    assert all(len(line) <= 100 for line in text.splitlines())
    assert "oracle" not in table(content(models=("adapted",)))


@pytest.mark.parametrize("name", ["[/b]", "[red]x", ":smile:", "[link=file:///x]y"])
def test_class_names_in_a_table_are_text(name):
    entry = scores(np.eye(2, dtype="int64"), [name, "road"])
    lines = table({"classes": [name, "road"], "adapted": entry}).splitlines()
    assert any(line.split() == [name, "100.0"] for line in lines)
