"""A Matplotlib figure in which every text is shown as it is written: names of users may hold `$` and backslashes."""

import warnings

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.text import Text


class PlainFigure(Figure):
    """A figure without mathematical notation, whoever drew the texts in it and whenever they are made.

    Labels of ticks are made while it is drawn, hence the setting around it. A glyph that the font does not have is a
    box in a picture and no warning; a page has fonts of its own.
    """

    def draw(self, renderer):
        with rc_context({"text.parse_math": False}), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
            for text in self.findobj(Text):
                text.set_parse_math(False)
            super().draw(renderer)
