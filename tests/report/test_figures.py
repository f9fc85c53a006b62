import sys
import xml.etree.ElementTree

import numpy as np
import pytest

from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import IGNORE
from keras_uda.core.console import shortened
from keras_uda.report import figures

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 255, (2, 12, 16, 3), dtype="uint8")
LABELS = RANDOM.integers(0, 19, (2, 12, 16), dtype="uint8")
MATRIX = RANDOM.integers(0, 50, (19, 19)) * (np.arange(19) % 3 > 0)[:, None] * (np.arange(19) % 3 > 0)
LINES = [
    {"stage": "adapt", "step": 10 * i, "time": i, "segmentation": 3.0 / i, "adversarial": None if i == 3 else 0.5}
    for i in range(1, 30)
]


def every_figure():
    return {
        "strip": figures.prediction_strip(IMAGES, LABELS, {"source-only": LABELS, "adapted": LABELS}, CITYSCAPES),
        "strip without labels": figures.prediction_strip(IMAGES, None, {"prediction": LABELS}, CITYSCAPES),
        "confusion": figures.confusion_picture(MATRIX, CITYSCAPES),
        "change": figures.change_picture(MATRIX, MATRIX[::-1], CITYSCAPES),
        "curves": figures.loss_curves(LINES),
        "no curves": figures.loss_curves([]),
    }


def test_every_figure_becomes_png_and_svg_without_global_state():
    others = set(sys.modules)
    for name, figure in every_figure().items():
        assert figures.figure_to_png(figure, 40).startswith(b"\x89PNG"), name
        svg = figures.figure_to_svg(figure)
        xml.etree.ElementTree.fromstring(svg)
        assert figures.INK not in svg, name  # the page's ink, also in the dark
    assert "matplotlib.pyplot" not in set(sys.modules) - others


def test_figure_to_image_is_rgb_for_tensorboard():
    image = figures.figure_to_image(figures.loss_curves(LINES))
    assert image.dtype == np.uint8 and image.shape[-1] == 3 and image.flags.c_contiguous


def test_confusion_leaves_out_classes_that_never_occur():
    axes = figures.confusion_picture(MATRIX, CITYSCAPES).axes[0]
    shown = [text.get_text() for text in axes.get_yticklabels()]
    assert shown == [name for i, name in enumerate(CITYSCAPES) if i % 3]


def test_change_map_tells_what_was_repaired_and_what_was_broken():
    label = np.array([[0, 1, 2, 3, IGNORE]], "uint8")
    before = np.array([[0, 0, 2, 0, 0]], "uint8")
    after = np.array([[0, 1, 0, 1, 0]], "uint8")
    picture = figures.change_map(label, before, after)[0]
    names = ["right before and after", "now right", "now wrong", "wrong before and after"]
    np.testing.assert_array_equal(picture, [*(figures.CHANGE_COLOURS[name] for name in names), (0, 0, 0)])


def test_smoothing_is_a_centred_mean_that_keeps_the_ends():
    values = np.array([1.0, 5.0, 3.0, 7.0, 2.0])
    np.testing.assert_allclose(figures.smoothed(values, 2), [1, 3, 3.6, 4, 2])
    np.testing.assert_allclose(figures.smoothed(np.full(7, 4.0), 3), 4)


@pytest.mark.parametrize(("values", "scale"), [([100.0, 1.0], "log"), ([3.0, 1.0], "linear"), ([1.0, -1.0], "linear")])
def test_curves_are_logarithmic_only_if_they_span_it(values, scale):
    lines = [{"stage": "a", "step": i, "x": value} for i, value in enumerate(values)]
    assert figures.loss_curves(lines).axes[0].get_yscale() == scale


HOSTILE = [r"a$b$", r"$\frac{$", "<b>&amp;", figures.INK, "font: 9px serif", "\x1b[31m\x00", "路", "\udc80", "x" * 500]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_of_users_are_text(name):
    matrix = np.ones((2, 2), "int64")
    line = {"stage": "a", "step": 1, name: 0.001}
    drawn = [
        figures.confusion_picture(matrix, [name, "road"]),
        figures.loss_curves([line, line | {"step": 2, name: 7.0}]),  # a logarithmic axis has labels of its own
        figures.picture_grid({name: np.zeros((1, 4, 4, 3), "uint8")}),
    ]
    for figure in drawn:
        assert figures.figure_to_png(figure, 40).startswith(b"\x89PNG")
        texts = [text for text in xml.etree.ElementTree.fromstring(figures.figure_to_svg(figure)).itertext()]
        assert any(shortened(name) in text for text in texts)
        assert not any("mathdefault" in text for text in texts)


def test_numbers_on_a_logarithmic_axis_are_plain():
    lines = [{"stage": "a", "step": step, "x": value} for step, value in enumerate((0.002, 8.0))]
    texts = list(xml.etree.ElementTree.fromstring(figures.figure_to_svg(figures.loss_curves(lines))).itertext())
    assert {"0.01", "0.1", "1"} <= set(texts)


def test_a_matrix_of_very_many_classes_has_no_numbers(monkeypatch):
    matrix = np.ones((5, 5), "int64")
    assert len(figures.confusion_picture(matrix, list("abcde")).axes[0].texts) == 25
    monkeypatch.setattr(figures, "MOST_NUMBERS", 24)
    assert not figures.confusion_picture(matrix, list("abcde")).axes[0].texts
