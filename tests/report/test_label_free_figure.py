"""The plot of scores without labels."""

from keras_uda.evaluation.label_free_table import correlations
from keras_uda.report.label_free_figure import label_free_figure
from tests.evaluation.test_label_free_table import CELLS


def test_every_score_has_a_bar_and_every_pair_a_point():
    content = {"cells": CELLS, "correlations": correlations(CELLS)}
    left, right = label_free_figure(content, "good").axes
    assert [label.get_text() for label in left.get_yticklabels()] == ["good", "bad"]
    assert [bar.get_width() > 0 for bar in left.patches] == [True, False]
    points = [tuple(map(float, xy)) for line in right.lines for xy in line.get_xydata() if line.get_marker() == "o"]
    assert sorted((round(x, 1), round(y)) for x, y in points) == [(-10.0, -30), (0.5, -10), (10.0, 40), (60.0, -40)]
