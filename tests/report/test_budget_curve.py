"""mIoU against annotation time, as a table and as a curve."""

import pytest

from keras_uda.report.budget_curve import budget_curve
from keras_uda.report.budget_curve import budget_table
from keras_uda.report.budget_curve import by_budget

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


def test_seeds_are_averaged():
    pair = [pytest.approx(0.3)] * 2
    assert by_budget(ROWS) == [(0, 0.0, [0.2, 0.2]), (100, 2000.0, pair)]
    text = "\n".join(budget_table(ROWS))
    assert "30.0" in text and "oracle" in text and "50.0" in text


def test_the_curve_has_its_lines_and_units():
    axes = budget_curve(ROWS, "weaklabel (oracle)").axes[0]
    assert axes.get_xlabel() == "annotation time [minutes]"
    assert {text.get_text() for text in axes.get_legend().get_texts()} == {
        "weaklabel (oracle)",
        "source only",
        "oracle",
    }
