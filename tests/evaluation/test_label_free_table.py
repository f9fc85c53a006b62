"""Rank correlations, hits and false alarms, by hand on a few runs."""

import pytest

from keras_uda.evaluation.label_free_table import comparable
from keras_uda.evaluation.label_free_table import correlations
from keras_uda.evaluation.label_free_table import decisions
from keras_uda.evaluation.label_free_table import lines
from keras_uda.evaluation.label_free_table import ranks
from keras_uda.evaluation.label_free_table import spearman

BASE = {"run": "source", "miou": 0.30, "scores": {"good": 0.5, "bad": 0.5}}


def cell(run: str, miou: float, good: float, bad: float, target: str = "street", pair: bool = True) -> dict:
    scores = {"good": good, "bad": bad}
    difference = {name: value - 0.5 for name, value in scores.items()}
    return {"run": run, "target": target, "miou": miou, "scores": scores,
            "pair": {**BASE, "difference": difference} if pair else None}  # fmt: skip


CELLS = [
    cell("better", 0.40, 0.9, 0.1),
    cell("worse", 0.20, 0.2, 0.8),
    cell("the same", 0.305, 0.4, 0.6),
    cell("alone", 0.35, 0.8, 0.4, pair=False),
    cell("elsewhere", 0.9, 0.1, 0.1, target="dusk"),
]


def test_equal_values_share_their_place():
    assert list(ranks([30, 10, 20, 20])) == [4, 1, 2.5, 2.5]


def test_rank_correlation_by_hand():
    assert spearman([1, 2, 3, 4], [10, 20, 30, 99]) == pytest.approx(1)
    assert spearman([1, 2, 3, 4], [4, 3, 2, 1]) == pytest.approx(-1)
    first, second = [3, 1, 4, 2, 5], [2, 1, 5, 4, 3]  # differences 1, 0, -1, -2, 2
    assert spearman(first, second) == pytest.approx(1 - 6 * 10 / (5 * 24))
    assert spearman([1, 1, 1], [1, 2, 3]) is None


def test_correlations_are_within_a_target_and_source_only_is_a_point_of_it():
    found = correlations(CELLS)
    miou, good = [0.40, 0.30, 0.20, 0.305, 0.35], [0.9, 0.5, 0.2, 0.4, 0.8]
    assert found["good"] == pytest.approx({"street": spearman(miou, good)})  # too few points at dusk
    assert found["good"]["street"] > 0.8 and found["bad"]["street"] < -0.8


def test_hits_are_of_harms_and_false_alarms_are_of_gains():
    found = decisions(CELLS[:4])
    assert found["good"] == {"harms": 1, "hits": 1, "goods": 1, "false_alarms": 0, "kept": pytest.approx(1.0 / 3)}
    assert found["bad"] == {"harms": 1, "hits": 0, "goods": 1, "false_alarms": 1, "kept": pytest.approx(0.805 / 3)}


def test_keeping_always_the_same_does_not_pass():
    found = decisions(CELLS[:4])
    assert (found["always source-only"]["hits"], found["always source-only"]["false_alarms"]) == (1, 1)
    assert (found["always adapted"]["hits"], found["always adapted"]["false_alarms"]) == (0, 0)
    assert found["always source-only"]["kept"] == pytest.approx(0.3)
    assert found["by labels"]["kept"] == pytest.approx((0.4 + 0.3 + 0.305) / 3)
    assert decisions([CELLS[3]]) == {}


def test_the_table_names_every_score_and_what_it_must_beat():
    rows = lines({"correlations": correlations(CELLS), "decisions": decisions(CELLS[:4])})
    assert "| good | 0.90 (1) | 1 of 1 | 0 of 1 | 33.3 |" in rows
    assert any(row.startswith("| always source-only |  | 1 of 1 | 1 of 1 | 30.0") for row in rows)


def test_runs_without_source_only_have_no_decisions():
    alone = [cell("alone", 0.35, 0.8, 0.4, pair=False)]
    content = {"correlations": correlations(alone), "decisions": decisions(alone)}
    assert lines(content)[2:] == ["| good |  |  | |  |", "| bad |  |  | |  |"]


def test_networks_are_compared_over_the_same_classes():
    """The first lost a class, which by its own classes alone would look like agreement."""
    lost = {"mirror": {"iou": [0.9, 0.0, 0.0], "large": [0]}, "scores": {"mirror_iou": 0.9, "good": 0.1}}
    kept = {"mirror": {"iou": [0.8, 0.6, 0.3], "large": [0, 1]}, "scores": {"mirror_iou": 0.7, "good": 0.2}}
    assert comparable([lost, kept], "mirror_iou") == pytest.approx([0.45, 0.7])
    assert comparable([lost, kept], "good") == [0.1, 0.2]
