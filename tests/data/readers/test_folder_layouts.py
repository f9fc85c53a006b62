"""Layouts that tools write: which folders are the images, and which the labels."""

import numpy as np
import pytest

from keras_uda.core.errors import DataError
from keras_uda.data.readers.folder import Folder
from tests.data import making

# What tools write (without their lists and JSON files), and the names that images get.
TOOLS = {
    "MMSegmentation": (["img_dir/train/{}.jpg"], ["ann_dir/train/{}.png"]),
    "ADE20K": (["images/training/{}.jpg"], ["annotations/training/{}.png"]),
    "segmentation_models": (["train/images/{}.png"], ["train/masks/{}.png"]),
    "its tutorial": (["train/{}.png"], ["trainannot/{}.png"]),
    "YOLO, other words": (["training/Images/{}.jpg"], ["training/Labels/{}.png"]),
    "Pascal VOC": (["JPEGImages/{}.jpg"], ["SegmentationClass/{}.png", "SegmentationObject/{}.png"]),
    "an unpacked archive": (["VOCdevkit/VOC2012/JPEGImages/{}.jpg"], ["VOCdevkit/VOC2012/SegmentationClass/{}.png"]),
    "LabelMe": (["JPEGImages/{}.jpg"], ["SegmentationClassPNG/{}.png", "SegmentationClassVisualization/{}.jpg"]),
    "Supervisely": (["img/{}.jpg"], ["masks_machine/{}.jpg.png", "masks_human/{}.jpg.png"]),
    "Supervisely, one data set": (["ds1/img/{}.jpg"], ["ds1/masks_machine/{}.jpg.png"]),
    "Pytorch-UNet": (["imgs/{}.jpg"], ["masks/{}_mask.png"]),
    "Roboflow": (["train/{}_jpg.rf.0ab.jpg"], ["train/{}_jpg.rf.0ab_mask.png"]),
    "scripts": (["train_images/{}.jpg"], ["train_masks/{}.png"]),
    "flat Cityscapes": (
        ["images/{}_leftImg8bit.png"],
        ["labels/{}_gtFine_labelIds.png", "labels/{}_gtFine_color.png", "labels/{}_gtFine_instanceIds.png"],
    ),
    "CARLA scripts, beside each other": (
        ["{}_img.png"],
        ["{}_labelIds.png", "{}_color.png", "{}_instance.png"],
    ),
    "Cityscapes in one folder": (
        ["frames/{}_leftImg8bit.png"],
        ["frames/{}_gtFine_labelIds.png", "frames/{}_gtFine_color.png"],
    ),
}


def make(root, tool):
    images, labels = TOOLS[tool]
    for number, name in enumerate(("f_000001_000019", "f_000002_000019", "f_000003_000019")):
        making.save(root / images[0].format(name), making.picture(number))
        for label in labels:
            making.save(root / label.format(name), np.full((33, 65), number, np.uint8))
    return root


@pytest.mark.parametrize("tool", TOOLS)
def test_images_and_labels_are_found(tmp_path, tool):
    images, labels = TOOLS[tool]
    pairs = Folder().pairs(make(tmp_path, tool), "train")
    for pair, number in zip(pairs, "123", strict=True):
        name = f"f_00000{number}_000019"
        assert pair.image == tmp_path / images[0].format(name)
        assert pair.label == tmp_path / labels[0].format(name)


@pytest.mark.parametrize("tool", TOOLS)
def test_labels_are_no_images_of_a_target(tmp_path, tool):
    pairs = Folder().pairs(make(tmp_path, tool), "train", labels=False)
    assert len(pairs) == 3 and all(pair.label is None for pair in pairs)
    assert all("leftImg8bit" in pair.name or "gtFine" not in pair.name for pair in pairs)


def test_folders_of_boxes_and_arrays_are_no_labels(tmp_path):
    root = make(tmp_path, "LabelMe")
    for name in ("SegmentationClass/f_000001_000019.npy", "Annotations/f_000001_000019.xml", "labels/a.txt"):
        (root / name).parent.mkdir()
        (root / name).touch()
    assert [pair.label.parent.name for pair in Folder().pairs(root, "train")] == ["SegmentationClassPNG"] * 3


def test_lists_of_pascal_voc_choose_the_split(tmp_path):
    root = make(tmp_path, "Pascal VOC")
    (root / "ImageSets/Segmentation").mkdir(parents=True)
    (root / "ImageSets/Segmentation/train.txt").write_text("f_000001_000019\nf_000003_000019\n")
    (root / "ImageSets/Segmentation/val.txt").write_text("f_000002_000019\n")
    assert [pair.name for pair in Folder().pairs(root, "train")] == ["f_000001_000019.jpg", "f_000003_000019.jpg"]
    assert [pair.name for pair in Folder().pairs(root, "val")] == ["f_000002_000019.jpg"]


def test_one_folder_for_images_of_all_kinds_of_splits(tmp_path):
    """As in BDD100K, and Roboflow: `val` and `valid` are the same split, which is not trained on."""
    for split in ("train", "val", "test"):
        making.save(tmp_path / "bdd/images/cam" / split / f"{split}.jpg", making.picture(0))
    for split in ("train", "valid", "test"):
        making.save(tmp_path / "robo" / split / f"{split}.jpg", making.picture(0))
    for root, val in (("bdd", "val"), ("robo", "valid")):
        for split, name in (("train", "train"), ("val", val), ("test", "test")):
            (pair,) = Folder().pairs(tmp_path / root, split, labels=False)
            assert pair.image.name == f"{name}.jpg"


def test_frames_of_other_splits_alone_are_not_trained_on(tmp_path):
    making.save(tmp_path / "drives/valid/a.jpg", making.picture(0))
    with pytest.raises(DataError, match="no folder of the split `train`: all 1 images are below val"):
        Folder().pairs(tmp_path, "train", labels=False)


def test_labels_in_a_folder_of_any_name_are_shown_and_refused(tmp_path):
    for number in range(3):
        making.save(tmp_path / "camera" / f"{number}.jpg", making.picture(number))
        making.save(tmp_path / "painted" / f"{number}.png", making.ids(number))
    with pytest.raises(DataError) as caught:
        Folder().pairs(tmp_path, "train", labels=False)
    for words in ("`painted/` looks like labels", "camera/ (3), painted/ (3)", "images camera", "labels painted"):
        assert words in str(caught.value)
    assert len(Folder(images="camera", labels="painted").pairs(tmp_path, "train")) == 3
    assert len(Folder(images="camera").pairs(tmp_path, "train", labels=False)) == 3


def test_labels_below_images_in_the_root(tmp_path):
    making.save(tmp_path / "0.jpg", making.picture(0))
    making.save(tmp_path / "masks/0.png", making.ids(0))
    with pytest.raises(DataError, match="`masks/` looks like labels.*Move the images into a folder `images/`"):
        Folder().pairs(tmp_path, "train", labels=False)


def test_two_cameras_with_the_same_names_are_images(tmp_path):
    for number, place in enumerate(("left/0.jpg", "right/0.jpg", "left/1.jpg", "right/1.jpg", "right/1_b.png")):
        making.save(tmp_path / place, making.picture(number))
    assert len(Folder().pairs(tmp_path, "train", labels=False)) == 5


def test_a_list_of_a_split_wins_over_folders_of_splits(tmp_path):
    making.save(tmp_path / "images/cam/val/a.jpg", making.picture(0))
    (tmp_path / "train.txt").write_text("cam/val/a.jpg\n")
    assert [pair.name for pair in Folder().pairs(tmp_path, "train")] == ["cam/val/a.jpg"]
