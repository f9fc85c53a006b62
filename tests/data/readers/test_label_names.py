"""Names of labels, as tools derive them from those of their images."""

from pathlib import Path

import pytest

from keras_uda.core.errors import DataError
from keras_uda.data.readers.label_names import match_labels
from tests.data import making
from tests.data.making import refuse


def files(*names) -> dict[str, Path]:
    """Key -> file."""
    return {str(Path(name).with_suffix("")): Path("/data") / name for name in names}


@pytest.mark.parametrize(
    ("images", "labels", "expected"),
    [
        (["a.jpg", "b.jpg"], ["a.png", "b.png"], {"a": "a.png", "b": "b.png"}),
        (["s/0.jpg", "1.jpg"], ["s/0.jpg.png", "1.png"], {"s/0": "s/0.jpg.png", "1": "1.png"}),
        (["a.jpg"], ["a_mask.png"], {"a": "a_mask.png"}),
        (["a.jpg"], ["a.jpg_mask.png"], {"a": "a.jpg_mask.png"}),
        (["image_front1.png", "image_2.png"], ["segmentation_front1.png"], {"image_front1": "segmentation_front1.png"}),
        (["front_1.png"], ["front_1.png"], {"front_1": "front_1.png"}),
        (["a_rgb.png"], ["a_L.png"], {"a_rgb": "a_L.png"}),
        (["a_0_left.png", "b_0_left.png"], ["a_0_sem.png", "b_0_sem.png"], {"a_0_left": "a_0_sem.png"}),
        (["a.png"], ["a_labelIds.png", "a_color.png", "a_labelTrainIds.png"], {"a": "a_labelIds.png"}),
        (["a.png"], ["a_color.png"], {"a": "a_color.png"}),
        (["a.png", "b.png"], ["a.png", "b_labelTrainIds.png"], {"a": "a.png"}),
    ],
)
def test_labels_meet_their_images(images, labels, expected):
    matched = match_labels(files(*images), files(*labels))
    found = {key: path.relative_to("/data").as_posix() for key, path in matched.items()}
    assert found.items() >= expected.items() and not found.keys() - files(*images).keys()


def test_several_kinds_of_labels_are_named():
    with pytest.raises(DataError, match=r"several ends: _fine \(1\), _coarse \(1\).*label_suffix _fine"):
        match_labels(files("a.png"), files("a_fine.png", "a_coarse.png"))
    with pytest.raises(DataError, match=r"a.jpg.png \(a second label beside a.png\)"):
        match_labels(files("a.jpg"), files("a.png", "a.jpg.png"))


def test_another_camera_is_no_label():
    assert set(match_labels(files("front_1.png"), files("rear_1.png"))) == {"rear_1"}


def test_a_stranger_keeps_its_name():
    assert set(match_labels(files("a.png"), files("a_mask.png", "c_mask.png"))) == {"a", "c_mask"}


def test_capitals_are_told(tmp_path):
    making.save(tmp_path / "images/IMG_1.JPG", making.picture(0), format="JPEG")
    making.save(tmp_path / "labels/img_1.png", making.ids(0))
    error = str(refuse(tmp_path))
    assert "img_1.png (no image: IMG_1.JPG differs in capitals)" in error and "capitals included" in error


def test_masks_of_label_studio_are_told(tmp_path):
    making.save(tmp_path / "images/1.jpg", making.picture(0))
    making.save(tmp_path / "labels/task-3-annotation-3-by-1-tag-road-0.png", making.ids(0))
    assert "Label Studio names masks by task" in str(refuse(tmp_path))
