"""Figures of the tables of methods: what they show is what the cells hold."""

import numpy as np
import pytest

from keras_uda.evaluation.cells import cells_of
from keras_uda.evaluation.comparison import Comparison
from keras_uda.report.figures import BETTER
from keras_uda.report.figures import WORSE
from keras_uda.report.figures import figure_to_png
from keras_uda.report.method_figures import figures
from tests.evaluation.finished import finished

RUNS = [("source_only", 0.2), ("oracle", 0.8), ("minent", 0.5), ("advent", 0.1)]


@pytest.fixture
def comparison(tmp_path):
    names = [(f"{name}-seed{seed}", right + 0.01 * seed) for name, right in RUNS for seed in (0, 1)]
    return Comparison([cell for name, right in names for cell in cells_of(finished(tmp_path, name, right))])


def test_bars_are_means_and_dots_are_seeds(comparison):
    whole, clean = figures(comparison)["scores"].axes
    assert len(whole.patches) == len(comparison.rows) == 4
    row = comparison.rows[0]
    low, high = row.values("whole")
    assert whole.patches[0].get_width() == pytest.approx((low + high) / 2)
    assert list(whole.lines[0].get_xdata()) == [low, high]
    assert [text.get_text() for text in whole.get_yticklabels()] == [one.label for one in comparison.rows]
    assert "clean" in clean.get_xlabel()


def test_harm_has_another_colour_and_another_side(comparison):
    (axes,) = figures(comparison)["gap"].axes
    widths = {text.get_text(): bar for text, bar in zip(axes.get_yticklabels(), axes.patches, strict=True)}
    assert set(widths) == {"minent", "advent"}  # baselines close no gap
    assert widths["minent"].get_width() > 0 > widths["advent"].get_width()
    from matplotlib.colors import to_rgb

    assert widths["minent"].get_facecolor()[:3] == to_rgb(BETTER)
    assert widths["advent"].get_facecolor()[:3] == to_rgb(WORSE)


def test_classes_are_coloured_by_the_change_to_source_only(comparison):
    axes = figures(comparison)["classes"].axes[0]
    change, labels = axes.images[0].get_array(), [text.get_text() for text in axes.get_yticklabels()]
    assert change.shape == (4, 3) and not change[labels.index("source_only")].any()
    assert (change[labels.index("minent")] > 0).all() and (change[labels.index("advent")] < 0).all()
    assert [text.get_text() for text in axes.get_xticklabels()] == ["road", "building", "person"]


def test_without_source_only_as_long_classes_have_no_colour(tmp_path):
    runs = [finished(tmp_path, "source_only-seed0", 0.2), finished(tmp_path, "minent-seed0", 0.5, steps=600)]
    axes = figures(Comparison([cell for run in runs for cell in cells_of(run)]))["classes"].axes[0]
    change = axes.images[0].get_array()
    assert not change[0].any() and np.ma.getmaskarray(change)[1].all() and len(axes.texts) == 6


def test_time_is_of_a_step(comparison):
    (axes,) = figures(comparison)["seconds"].axes
    assert {bar.get_width() for bar in axes.patches} == {0.2}
    (axes,) = figures(comparison)["time"].axes
    assert {text.get_text() for text in axes.texts} == {row.label for row in comparison.rows}


def test_what_was_not_measured_is_left_out(tmp_path):
    folder = finished(tmp_path, "minent-seed0", 0.5)
    (folder / "metrics.jsonl").unlink()
    assert set(figures(Comparison(cells_of(folder)))) == {"scores", "classes"}


def test_every_figure_is_a_picture(comparison):
    for figure in figures(comparison).values():
        assert figure_to_png(figure)[:8] == b"\x89PNG\r\n\x1a\n"
