"""Label pictures in other ids hold exactly those, and lead back to the label map."""

import numpy as np
import pytest
from PIL import Image

from keras_uda.core.errors import ArtefactError
from keras_uda.predict.ids import Ids

LABEL_MAP = np.array([[0, 1, 2], [2, 1, 0]], np.uint8)


@pytest.mark.parametrize(
    ("values", "mode"),
    [
        (np.array([7, 26, 0], np.uint8), "L"),
        (np.array([7, 26000, 0], np.uint16), "I;16"),
        (np.array([[128, 64, 128], [0, 0, 142], [0, 0, 0]], np.uint8), "RGB"),
        (np.array([3, 2, 1], np.uint8), "L"),
    ],
)
def test_ids_there_and_back(tmp_path, values, mode):
    ids = Ids(values)
    ids.save(tmp_path / "a.png", LABEL_MAP)
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.mode == mode
        np.testing.assert_array_equal(np.asarray(picture), values[LABEL_MAP])
    assert ids.unique
    np.testing.assert_array_equal(ids.read(tmp_path / "a.png"), LABEL_MAP)


def test_two_classes_of_one_id_do_not_lead_back():
    assert not Ids(np.array([7, 0, 0], np.uint8)).unique


def test_pictures_of_other_ids_are_refused(tmp_path):
    Ids(np.array([7, 26, 9], np.uint8)).save(tmp_path / "a.png", LABEL_MAP)
    with pytest.raises(ArtefactError, match="not a label map in these ids"):
        Ids(np.array([7, 26, 8], np.uint8)).read(tmp_path / "a.png")
    (tmp_path / "a.png").write_bytes(b"x")
    with pytest.raises(ArtefactError, match="not a label map"):
        Ids(np.array([7, 26, 8], np.uint8)).read(tmp_path / "a.png")
