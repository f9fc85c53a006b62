import numpy as np

from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import CITYSCAPES_13
from keras_uda.core.classes import CITYSCAPES_16
from keras_uda.core.classes import COLOURS
from keras_uda.core.classes import colourise
from keras_uda.core.classes import palette


def test_class_sets_are_the_published_indices():
    indices = [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 15, 17, 18]
    assert CITYSCAPES_16 == tuple(CITYSCAPES[i] for i in indices)
    assert CITYSCAPES_13 == tuple(CITYSCAPES[i] for i in [0, 1, 2, 6, 7, 8, 10, 11, 12, 13, 15, 17, 18])


def test_palette_keeps_known_colours_and_invents_distinct_ones():
    assert palette(CITYSCAPES).tolist() == [list(COLOURS[name]) for name in CITYSCAPES]
    many = [f"class {i}" for i in range(200)] + ["road"]
    colours = palette(many)
    assert len(np.unique(colours, axis=0)) > 190
    assert tuple(colours[-1]) == COLOURS["road"]
    np.testing.assert_array_equal(colours, palette(many))


def test_colourise_paints_ignore_black():
    painted = colourise(np.array([[0, 255]], np.uint8), CITYSCAPES)
    assert painted.tolist() == [[[128, 64, 128], [0, 0, 0]]]
