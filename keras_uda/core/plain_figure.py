"""A Matplotlib figure in which every text is shown as it is written: names of users may hold `$` and backslashes."""

import warnings

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import LogFormatter
from matplotlib.ticker import LogFormatterMathtext


class PlainFigure(Figure):
    """A figure without mathematical notation, whoever drew the texts in it and whenever they are made.

    Labels of ticks are made while it is drawn, hence the setting around it. A glyph that the font does not have is a
    box in a picture and no warning; a page has fonts of its own.
    """

    def draw(self, renderer):
        with rc_context({"text.parse_math": False}), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
            self._number_plainly()
            for text in self.findobj(Text):
                text.set_parse_math(False)
            super().draw(renderer)

    def _number_plainly(self):
        """A logarithmic axis writes its numbers in mathematical notation, unless it is told otherwise."""
        for axis in (axis for axes in self.axes for axis in (axes.xaxis, axes.yaxis)):
            if isinstance(axis.get_major_formatter(), LogFormatterMathtext):
                axis.set_major_formatter(LogFormatter())
            if isinstance(axis.get_minor_formatter(), LogFormatterMathtext):
                axis.set_minor_formatter(LogFormatter())
