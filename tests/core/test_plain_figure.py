"""Texts in figures are shown as they are written, and no module makes a figure of another kind."""

import io
import re
import warnings

import pytest

from keras_uda.core.plain_figure import PlainFigure
from tests.conftest import ROOT


@pytest.mark.parametrize("text", [r"$\frac{$", "a$b$c", r"\$ 5 \$", "{", "街"])
def test_no_text_is_a_formula_wherever_it_stands(text):
    figure = PlainFigure(figsize=(2, 2), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], label=text)
    axes.set(title=text, xlabel=text)
    axes.set_yticks([0.5], [text])
    axes.text(0.5, 0.5, text)
    axes.annotate(text, (0, 0))
    axes.legend()
    stream = io.StringIO()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.savefig(stream, format="svg")
    from matplotlib.text import Text

    assert sum(one.get_text() == text for one in figure.findobj(Text)) >= 6
    assert not any(one.get_parse_math() for one in figure.findobj(Text) if one.get_text() == text)


def test_every_figure_is_plain():
    makers = re.compile(r"matplotlib\.figure|matplotlib import figure|pyplot")
    found = [path for path in (ROOT / "keras_uda").rglob("*.py") if makers.search(path.read_text())]
    assert [path.name for path in found] == ["plain_figure.py"]


def test_numbers_of_a_logarithmic_axis_are_plain():
    figure = PlainFigure(figsize=(4, 2), layout="constrained")
    for axes, top in zip(figure.subplots(1, 2), (1000, 9), strict=True):
        axes.plot([2, top], [0, 1])
        axes.set_xscale("log")
    figure.savefig(io.BytesIO(), format="png")
    wide, narrow = ([one.get_text() for one in axes.get_xticklabels(which="both")] for axes in figure.axes)
    assert {"10", "100", "1000"} <= {*wide} and {"2", "3"} <= {*narrow}
    assert not any("$" in text or "mathdefault" in text for text in wide + narrow)
