"""Labels among images: by their names and by how they look."""

import numpy as np
import pytest

from keras_uda.core.errors import DataError
from keras_uda.data.readers.labels_among_images import no_labels_among
from keras_uda.data.readers.labels_among_images import require_neighbours
from keras_uda.data.readers.labels_among_images import split_off_labels
from keras_uda.data.readers.pairing import by_stem
from tests.data import making


def found(root, photographs=(), labels=()):
    """Files below a root, by key."""
    for number, name in enumerate(photographs):
        making.save(root / name, making.picture(number))
    for number, name in enumerate(labels):
        making.save(root / name, making.ids(number))
    return by_stem(root, (".png", ".jpg"))


@pytest.mark.parametrize(
    ("photographs", "labels"),
    [
        (["a.jpg", "b.jpg"], ["a_mask.png", "b_mask.png"]),
        (["a.jpg"], ["a_anything.png"]),
        (["a_img.png"], ["a_labelIds.png"]),
        (["s/a.jpg", "s/b.jpg"], ["s/a.jpg_seg.png"]),
        (["a.jpg", "a_1.jpg", "a_b.jpg", "a_color.jpg"], []),
    ],
)
def test_labels_are_told_by_name_and_look(tmp_path, photographs, labels):
    images, others = split_off_labels(found(tmp_path, photographs, labels))
    for part, names in ((images, photographs), (others, labels)):
        assert sorted(path.relative_to(tmp_path).as_posix() for path in part.values()) == sorted(names)


def test_masks_are_told_by_name_whatever_they_look_like(tmp_path):
    images, labels = split_off_labels(found(tmp_path, ["a.jpg", "a_mask.png", "a_instance.png"]))
    assert list(images) == ["a"] and sorted(labels) == ["a_instance", "a_mask"]


def test_labels_alone_are_left_to_the_doctor(tmp_path):
    images, labels = split_off_labels(found(tmp_path, [], ["a_mask.png", "b_mask.png"]))
    assert len(images) == 2 and not labels


def test_folders_of_labels_are_refused_and_cameras_are_not(tmp_path):
    no_labels_among(found(tmp_path / "cameras", [f"{side}/{n}.jpg" for side in "lr" for n in range(3)]), tmp_path)
    no_labels_among(found(tmp_path / "masks", [], [f"{side}/{n}.png" for side in "lr" for n in range(3)]), tmp_path)
    many = [f"drive{number}/see/{n}.jpg" for number in range(12) for n in range(2)]
    seen = found(tmp_path / "drives", many, [name.replace("see", "what").replace("jpg", "png") for name in many])
    with pytest.raises(DataError, match=r"`drive\d+/what/` looks like labels.*images drive\d+/see and .*labels drive"):
        no_labels_among(seen, tmp_path)
    with pytest.raises(DataError, match="`labels/` looks like labels"):
        no_labels_among(found(tmp_path / "one", ["camera/7.jpg"], ["labels/0.png"]), tmp_path)


def test_labels_of_no_neighbour_name_their_folders(tmp_path):
    images, labels = {"in/a": np.nan}, {"out/a_seg": np.nan}
    with pytest.raises(DataError, match="images in in/, and what looks like labels in out/"):
        require_neighbours(images, labels, tmp_path)
    require_neighbours(images, {"in/a": np.nan}, tmp_path)
