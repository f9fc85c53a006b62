"""Pictures inside a page: label maps stay exact, photographs stay small."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import colourise
from keras_uda.report.pictures import label_picture
from keras_uda.report.pictures import photograph


def decoded(address: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))).convert("RGB"))


@pytest.mark.parametrize("width", [40, 480])
def test_label_pictures_are_exact(width):
    label = np.random.default_rng(0).integers(0, 19, (30, 40), dtype="uint8")
    np.testing.assert_array_equal(
        decoded(label_picture(colourise(label, CITYSCAPES), width)), colourise(label, CITYSCAPES)
    )


def test_a_smaller_label_picture_has_no_new_colour():
    picture = colourise(np.random.default_rng(0).integers(0, 19, (30, 40), dtype="uint8"), CITYSCAPES)
    small = decoded(label_picture(picture, 20))
    assert small.shape == (15, 20, 3)
    assert {tuple(colour) for colour in small.reshape(-1, 3)} <= {tuple(colour) for colour in picture.reshape(-1, 3)}


def test_a_photograph_is_at_most_so_wide_and_nearly_the_same():
    image = np.broadcast_to(np.linspace(0, 255, 300).astype("uint8")[None, :, None], (90, 300, 3))
    assert photograph(image, 100).startswith("data:image/jpeg;base64,")
    assert decoded(photograph(image, 100)).shape == (30, 100, 3)
    assert np.abs(decoded(photograph(image, 300)).astype(int) - image).mean() < 2
