"""Folders of images as people have them."""

import pytest

from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.data.readers.folder import Folder
from tests.data import making
from tests.data.making import domain
from tests.data.making import names
from tests.data.making import refuse


def test_folder_with_splits_of_any_depth_and_odd_names(tmp_path):
    root = making.make_folder(tmp_path / "straße [1]*?", making.ODD_NAMES)
    opened = domain(root)
    assert names(opened) == sorted(f"{name}.png" for name in making.ODD_NAMES)
    assert all(pair.image.stem == pair.label.stem for pair in opened.pairs)
    assert "no folder `val`, there is only train" in str(refuse(root, "val"))


def test_folder_of_images_only(tmp_path):
    for name in ("b/2.jpg", "a/1.png"):
        making.save(tmp_path / "drive" / name, making.picture(0))
    opened = domain(tmp_path / "drive")
    assert names(opened) == ["a/1.png", "b/2.jpg"] and not opened.labelled
    assert "no `val` split" in str(refuse(tmp_path / "drive", "val"))


def test_an_unlabelled_split_beside_a_labelled_one(tmp_path):
    making.make_folder(tmp_path, ["a", "b"], split=".", labels=False)
    making.make_folder(tmp_path, ["c"], split=".")
    (tmp_path / "train.txt").write_text("a\nb\n")
    (tmp_path / "val.txt").write_text("c\n")
    assert not domain(tmp_path).labelled and domain(tmp_path, "val").labelled


def make_masks(root):
    """`photos/a.png` and `masks/a_mask.png`."""
    for name in ("a", "b"):
        making.save(root / "photos" / f"{name}.png", making.picture(0))
        making.save(root / "masks" / f"{name}_mask.png", making.ids(0))
    return root


def test_folders_and_names_of_labels_are_options(tmp_path):
    reader = Folder(images="photos", labels="masks", label_suffix="_mask")
    pairs = reader.pairs(make_masks(tmp_path), "train")
    assert [(pair.name, pair.label.name) for pair in pairs] == [("a.png", "a_mask.png"), ("b.png", "b_mask.png")]
    assert all(pair.label is None for pair in reader.pairs(tmp_path, "train", labels=False))
    (tmp_path / "train.txt").write_text("photos/b.png\n")
    assert [pair.name for pair in reader.pairs(tmp_path, "train")] == ["b.png"]


def test_patterns_choose_one_drive(tmp_path):
    making.make_folder(tmp_path, ["day_1", "day_2", "dusk_1"], split="train")
    day, dusk = Folder(only=["day_*"]), Folder(only=("dusk_*", "night_*"))
    assert [pair.name for pair in day.pairs(tmp_path, "train")] == ["day_1.png", "day_2.png"]
    (pair,) = dusk.pairs(tmp_path, "train")
    assert (pair.name, pair.label.name) == ("dusk_1.png", "dusk_1.png")
    with pytest.raises(DataError, match=r"none of 3 images of `train` has a name like night_\*"):
        Folder(only=["night_*"]).pairs(tmp_path, "train")


def test_named_folders_may_hold_a_folder_for_each_split(tmp_path):
    making.save(tmp_path / "img_dir/val/a.png", making.picture(0))
    making.save(tmp_path / "ann_dir/val/a_labelTrainIds.png", making.ids(0))
    reader = Folder(images="img_dir", labels="ann_dir", label_suffix="_labelTrainIds")
    assert reader.pairs(tmp_path, "val")[0].label.name == "a_labelTrainIds.png"
    with pytest.raises(DataError, match="no folder `train`, there is only val"):
        reader.pairs(tmp_path, "train")


def test_a_folder_that_is_named_must_be_there(tmp_path):
    make_masks(tmp_path)
    for options in ({"images": "pictures"}, {"images": "photos", "labels": "mask"}):
        with pytest.raises(DataError, match="no such folder"):
            Folder(**options).pairs(tmp_path, "train")
    assert len(Folder(labels="masks").pairs(tmp_path, "train")) == 2
    (tmp_path / "photos").rename(tmp_path / "drive")
    with pytest.raises(DataError, match="no folder of images beside `masks`"):
        Folder(labels="masks").pairs(tmp_path, "train")
    assert len(Folder(labels="masks").pairs(tmp_path, "drive", labels=False)) == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"images": "/data/photos"}, "not below the root"),
        ({"labels": "../masks"}, "not below the root"),
        ({"images": ".", "labels": "masks"}, "among the images"),
        ({"images": "photos", "labels": "photos"}, "among the images"),
    ],
)
def test_folders_that_cannot_be_meant(options, words):
    with pytest.raises(UsageError, match=words):
        Folder(**options)
