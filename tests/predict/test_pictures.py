"""Label maps survive as palette PNGs; overlays are the weighted mean that they claim to be."""

import numpy as np
import pytest
from PIL import Image

from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import palette
from keras_uda.core.errors import ArtefactError
from keras_uda.predict.pictures import legend
from keras_uda.predict.pictures import overlay
from keras_uda.predict.pictures import read_label
from keras_uda.predict.pictures import save_label


@pytest.mark.parametrize("classes", [2, 16, 19])
def test_label_maps_come_back_and_show_their_colours(tmp_path, classes):
    label_map = np.random.default_rng(0).integers(0, classes, (7, 9)).astype("uint8")
    colours = palette(CITYSCAPES[:classes])
    save_label(tmp_path / "a.png", label_map, colours)
    np.testing.assert_array_equal(read_label(tmp_path / "a.png"), label_map)
    shown = np.asarray(Image.open(tmp_path / "a.png").convert("RGB"))
    np.testing.assert_array_equal(shown, colours[label_map])


def test_a_damaged_label_map_is_named(tmp_path):
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    with pytest.raises(ArtefactError, match="a.png"):
        read_label(tmp_path / "a.png")


def test_overlay_is_the_weighted_mean():
    image = np.random.default_rng(0).integers(0, 256, (4, 5, 3)).astype("uint8")
    label_map = np.full((4, 5), 1, "uint8")
    colours = np.array([[0, 0, 0], [200, 100, 0]], "uint8")
    result = overlay(image, label_map, colours, 0.25)
    np.testing.assert_allclose(result, 0.75 * image + 0.25 * colours[1], atol=1)


def test_a_legend_has_a_swatch_of_every_class_and_of_no_other():
    classes = [f"class {index}" for index in range(40)]
    classes[3] = "a long\nname " * 9
    palette = np.random.default_rng(0).integers(1, 255, (40, 3), "uint8")
    for count in (1, 5, 40):
        picture = legend(classes[:count], palette[:count])
        colours = {tuple(colour) for colour in picture.reshape(-1, 3)}
        assert all((tuple(colour) in colours) == (index < count) for index, colour in enumerate(palette))
