"""Generated look-alikes of BDD100K, in the three layouts that its archives have."""

import numpy as np
import pytest

from tests.data.making import domain
from tests.data.making import names
from tests.data.making import refuse
from tests.data.readers.look_alike import classes_of
from tests.data.readers.look_alike import columns
from tests.data.readers.look_alike import examined
from tests.data.readers.look_alike import image
from tests.data.readers.look_alike import label
from tests.data.readers.look_alike import litter

TRAIN, VAL = ("0a0a0b1a-7c39d841", "00a04f65-af2ab984"), ("7d06fefd-f7be05a6",)
LAYOUTS = {
    "images": ("images/10k/{split}/{name}.jpg", "labels/sem_seg/masks/{split}/{name}.png"),
    "seg": ("seg/images/{split}/{name}.jpg", "seg/labels/{split}/{name}_train_id.png"),
    "maps": ("10k/{split}/{name}.jpg", "bdd100k_seg_maps/labels/{split}/{name}_train_id.png"),
}


def look_alike(root, layout="images", top=""):
    images, labels = LAYOUTS[layout]
    for split, stems in (("train", TRAIN), ("val", VAL), ("test", ("cabc30fc-e7726578",))):
        for name in stems:
            image(root, top + images.format(split=split, name=name))
            if split != "test":
                label(root, top + labels.format(split=split, name=name), 0, 10, 13, 255)
                image(root, f"{top}labels/sem_seg/colormaps/{split}/{name}.png")
                image(root, f"{top}seg/color_labels/{split}/{name}_train_color.png")
    image(root, f"{top}images/100k/train/0000f77c-6257be58.jpg")


@pytest.mark.parametrize("top", ["", "bdd100k/"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_bdd100k(tmp_path, layout, top):
    look_alike(tmp_path, layout, top)
    litter(tmp_path)
    opened = domain(tmp_path, name="bdd100k")
    assert names(opened) == sorted(f"{name}.jpg" for name in TRAIN)
    assert classes_of(opened) == columns("road", "sky", "car", None)
    assert names(domain(tmp_path, "val", "bdd100k")) == [f"{VAL[0]}.jpg"]
    assert not domain(tmp_path, "test", "bdd100k").labelled


def test_images_of_one_archive_and_labels_of_a_later_one(tmp_path):
    look_alike(tmp_path / "old", "seg")
    look_alike(tmp_path / "new", "images")
    (tmp_path / "root").mkdir()
    (tmp_path / "new/images").rename(tmp_path / "root/images")
    (tmp_path / "old/seg").rename(tmp_path / "root/seg")
    opened = domain(tmp_path / "root", name="bdd100k")
    assert opened.pairs[0].image.parts[-4:-1] == ("images", "10k", "train")
    assert opened.pairs[0].label.name.endswith("_train_id.png")


def test_the_doctor_reads_it(tmp_path):
    look_alike(tmp_path)
    pixels = examined(tmp_path, "bdd100k").pixels
    assert pixels.sum() == 2 * 16 * 8 and {0, 10, 13, 255} == set(np.flatnonzero(pixels))


def test_the_folder_seg_may_be_the_root(tmp_path):
    look_alike(tmp_path, "seg")
    opened = domain(tmp_path / "seg", name="bdd100k")
    assert names(opened) == sorted(f"{name}.jpg" for name in TRAIN) and opened.labelled


def test_as_any_folder_it_is_refused_with_the_name_of_its_reader(tmp_path):
    look_alike(tmp_path)
    error = str(refuse(tmp_path))
    assert "holds images/10k/train, as `bdd100k` does" in error and "--data.target.name bdd100k, or give" in error
    halves = {"images": "images/10k", "labels": "labels/sem_seg/masks"}
    assert len(domain(tmp_path, arguments=halves).pairs) == 2


def test_images_without_a_mask_are_named(tmp_path):
    look_alike(tmp_path)
    (tmp_path / f"labels/sem_seg/masks/train/{TRAIN[0]}.png").unlink()
    assert f"{TRAIN[0]}.jpg (no label)" in str(refuse(tmp_path, name="bdd100k"))
