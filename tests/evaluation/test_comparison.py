"""Rows beside the baselines of their own seed, length and network."""

import pytest

from keras_uda.evaluation.cells import cells_of
from keras_uda.evaluation.comparison import Comparison
from tests.evaluation.finished import finished


def comparison(tmp_path, *runs) -> Comparison:
    """Of (name, share of pixels that is right, steps)."""
    return Comparison([cell for run in runs for cell in cells_of(finished(tmp_path, *run[:2], steps=run[2]))])


def row(found: Comparison, label: str):
    return next(one for one in found.rows if one.label == label)


SEEDS = [("source_only-seed0", 0.1, 300), ("source_only-seed1", 0.2, 300)]
SEEDS += [("oracle-seed0", 0.8, 300), ("oracle-seed1", 0.8, 300)]


def test_gains_and_gap_are_of_the_same_seeds(tmp_path):
    found = comparison(
        tmp_path, *SEEDS, ("minent-seed0", 0.4, 300), ("minent-seed1", 0.5, 300), ("dann-seed2", 0.9, 300)
    )
    minent = row(found, "minent")
    miou = {right: 100 * (1 / (1 + 2 * (1 - right)) + 2 * right) / 3 for right in (0.1, 0.2, 0.4, 0.5, 0.8)}
    assert minent.values("whole") == pytest.approx([miou[0.4], miou[0.5]], abs=1e-2)
    assert found.gains(minent) == pytest.approx([miou[0.4] - miou[0.1], miou[0.5] - miou[0.2]], abs=1e-2)
    expected = (miou[0.4] - miou[0.1] + miou[0.5] - miou[0.2]) / (2 * miou[0.8] - miou[0.1] - miou[0.2])
    assert found.gap(minent) == pytest.approx(expected, abs=1e-3)
    assert found.gains(row(found, "dann")) == [None] and found.gap(row(found, "dann")) is None
    assert found.gap(minent, "clean") != found.gap(minent) and found.parts == ["whole", "clean"]


def test_what_trains_longer_is_compared_with_what_trained_as_long(tmp_path):
    found = comparison(tmp_path, *SEEDS, ("cbst-seed0", 0.5, 600))
    assert found.gains(row(found, "cbst")) == [None]
    longer = [("source_only@600-seed0", 0.3, 600), ("oracle@600-seed0", 0.9, 600)]
    found = comparison(tmp_path / "again", *SEEDS, ("cbst-seed0", 0.5, 600), *longer)
    assert found.gains(row(found, "cbst"))[0] > 0 and 0 < found.gap(row(found, "cbst")) < 0.5
    assert [one.label for one in found.rows][:2] == ["source_only, 300 steps", "source_only, 600 steps"]


def test_another_network_is_not_a_baseline(tmp_path):
    runs = [finished(tmp_path, *run[:2]) for run in (SEEDS[0], ("minent-seed0", 0.4))]
    text = (runs[0] / "config.yaml").read_text()
    (runs[0] / "config.yaml").write_text(text + "segmenter: {name: tiny}\n")
    found = Comparison([cell for run in runs for cell in cells_of(run)])
    assert found.gains(row(found, "minent")) == [None]


def test_rows_stand_in_the_order_of_the_methods(tmp_path):
    runs = [(f"{name}-seed0", 0.5, 300) for name in ("my_variant", "dacs", "advent", "oracle", "weaklabel_point")]
    cells = [cell for name, right, _ in runs for cell in cells_of(finished(tmp_path, name, right, method="minent"))]
    labels = [one.label for one in Comparison(cells).rows]
    assert labels == ["oracle", "advent", "weaklabel_point", "dacs", "my_variant"]


def test_classes_are_means_over_the_seeds(tmp_path):
    found = comparison(tmp_path, ("minent-seed0", 0.4, 300), ("minent-seed1", 0.6, 300))
    assert found.by_class(found.rows[0], "recall") == pytest.approx({"road": 100, "building": 50, "person": 50})
    assert found.by_class(found.rows[0], "recall", "none") == {}
