"""The price of weak labels, and the curve."""

import json

import numpy as np
import pytest

from keras_uda.commands.budget import budget
from keras_uda.commands.budget import budget_curve
from keras_uda.commands.budget import by_budget
from keras_uda.commands.budget import numbers
from keras_uda.commands.budget import seconds_of
from keras_uda.commands.budget import table
from keras_uda.core.errors import UsageError
from keras_uda.weak_labels.labels import Point
from keras_uda.weak_labels.labels import WeakLabels

FREE = {"tag": None, "point": None}
ROWS = [
    {
        "images": images,
        "seed": seed,
        "seconds": 20.0 * images,
        "miou": 0.2 + images / 1000,
        "source_only": 0.2,
        "oracle": o,
    }
    for images in (0, 100)
    for seed, o in ((0, 0.5), (1, None))
]


def weak(**changes) -> WeakLabels:
    tags = {"a": np.array([1, 0, -1], "int8"), "b": np.array([1, -1, -1], "int8")}
    return WeakLabels(("road", "car", "sky"), tags, {"a": [Point(0, 0, "road"), Point(1, 0, "road")]}, **changes)


def test_known_tags_and_points_are_paid_for():
    assert seconds_of(weak(), FREE, points=False) == 3.0
    assert seconds_of(weak(), FREE, points=True) == pytest.approx(3.0 + 2 * 2.4)
    assert seconds_of(weak(), {"tag": 2.0, "point": 10.0}, points=True) == 26.0


def test_measured_time_counts_unless_a_price_is_given():
    assert seconds_of(weak(seconds={"a": 9.5, "b": 4.0}), FREE, points=True) == 13.5
    assert seconds_of(weak(seconds={"a": 9.5}), {"tag": 1.0, "point": None}, points=False) == 3.0


def test_seeds_are_averaged():
    pair = [pytest.approx(0.3)] * 2
    assert by_budget(ROWS) == [(0, 0.0, [0.2, 0.2]), (100, 2000.0, pair)]
    text = "\n".join(table(ROWS))
    assert "30.0" in text and "oracle" in text and "50.0" in text


def test_the_curve_has_its_lines_and_units():
    axes = budget_curve(ROWS, "oracle").axes[0]
    assert axes.get_xlabel() == "annotation time [minutes]"
    assert {text.get_text() for text in axes.get_legend().get_texts()} == {
        "weaklabel (oracle)",
        "source only",
        "oracle",
    }


def test_lists_of_numbers():
    assert numbers("100, 0,25", "--budgets") == [0, 25, 100]
    for text in ("", "1,x", "-5,3"):
        with pytest.raises(UsageError, match="--budgets"):
            numbers(text, "--budgets")


def test_pseudo_tags_cost_nothing_to_draw():
    with pytest.raises(UsageError, match="needs no tagging"):
        budget(["--weak", "pseudo"])


@pytest.mark.slow
def test_a_curve_of_two_points_is_trained_and_continued(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small = ["--data.size", "64x48", "--data.source.frames", "12", "--data.target.frames", "12", "--steps", "2"]
    small += ["--data.target.eval_frames", "4", "--segmenter.name", "tiny", "--segmenter.weights", "none"]
    small += ["--data.cache", str(tmp_path / "cache")]
    budget(["--budgets", "0,6", "--output", "curve", *small])
    with monkeypatch.context() as patch:  # the second time nothing is left to train
        patch.setattr("keras_uda.training.run.train", None)
        budget(["--budgets", "0,6", "--output", "curve", *small])
    rows = json.loads((tmp_path / "curve/budget.json").read_text())["rows"]
    assert [row["images"] for row in rows] == [0, 6] and rows[0]["seconds"] == 0
    assert rows[1]["seconds"] == 6 * 19
    assert (tmp_path / "curve/budget.png").stat().st_size > 1000
