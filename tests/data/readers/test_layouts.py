"""Layouts: generated look-alikes of every data set, lists, names, links."""

import json
import os

import pytest

from keras_uda.config.schema import DomainConfig
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.data.domain import open_domain
from tests.data import making
from tests.data.making import domain


def names(opened):
    return [pair.name for pair in opened.pairs]


def refuse(*arguments, **fields):
    with pytest.raises(DataError) as caught:
        domain(*arguments, **fields)
    return caught.value


def test_gta5(tmp_path):
    for number in (1, 2, 24966):
        making.save(tmp_path / "images" / f"{number:05d}.png", making.picture(number))
        making.save_palette(tmp_path / "labels" / f"{number:05d}.png", making.ids(number))
    making.save(tmp_path / "labels" / "00001_labelTrainIds.png", making.ids(0))
    opened = domain(tmp_path, name="gta5")
    assert names(opened) == ["00001.png", "00002.png", "24966.png"]
    assert opened.class_map.name == "cityscapes" and opened.labelled
    (tmp_path / "val.txt").write_text("00002.png\n")
    assert names(domain(tmp_path, "val", "gta5")) == ["00002.png"]


def test_synthia(tmp_path):
    making.save(tmp_path / "RGB" / "0000000.png", making.picture(0))
    making.save_synthia(tmp_path / "GT/LABELS" / "0000000.png", making.ids(0, range(23)))
    opened = domain(tmp_path, name="synthia")
    assert names(opened) == ["0000000.png"] and opened.labelled and opened.class_map.name == "synthia"


def test_cityscapes(tmp_path):
    for split, city in [("train", "aachen"), ("train", "bochum"), ("val", "münster")]:
        stem = f"{city}/{city}_000000_000019"
        making.save(tmp_path / "leftImg8bit" / split / f"{stem}_leftImg8bit.png", making.picture(0))
        for kind in ("labelIds", "instanceIds", "color"):
            making.save(tmp_path / "gtFine" / split / f"{stem}_gtFine_{kind}.png", making.ids(0, [7, 8]))
    opened = domain(tmp_path, name="cityscapes")
    assert names(opened) == [f"{c}/{c}_000000_000019_leftImg8bit.png" for c in ("aachen", "bochum")]
    assert opened.pairs[0].label.name == "aachen_000000_000019_gtFine_labelIds.png"
    assert len(domain(tmp_path, "val", "cityscapes").pairs) == 1
    assert "no such folder" in str(refuse(tmp_path, "test", "cityscapes"))


def test_camvid_with_and_without_lists(tmp_path):
    for name in ("0001TP_1", "0016E5_2"):
        making.save(tmp_path / "train" / f"{name}.png", making.picture(0))
        making.save(tmp_path / "trainannot" / f"{name}.png", making.ids(0, range(12)))
    assert names(domain(tmp_path, name="camvid")) == ["0001TP_1.png", "0016E5_2.png"]
    line = "/SegNet/CamVid/train/{0} /SegNet/CamVid/trainannot/{0}\n"
    (tmp_path / "train.txt").write_text(line.format("0016E5_2.png"))
    opened = domain(tmp_path, name="camvid")
    assert names(opened) == ["0016E5_2.png"] and opened.pairs[0].label.parent.name == "trainannot"
    (tmp_path / "train.txt").write_text(line.format("0016E5_2.png") + line.format("gone.png"))
    assert "train/gone.png (no such file)" in str(refuse(tmp_path, name="camvid"))


def test_folder_with_splits_of_any_depth_and_odd_names(tmp_path):
    root = making.make_folder(tmp_path / "straße [1]*?", making.ODD_NAMES)
    opened = domain(root)
    assert names(opened) == sorted(f"{name}.png" for name in making.ODD_NAMES)
    assert all(pair.image.stem == pair.label.stem for pair in opened.pairs)
    assert "no folder `val`, there is only train" in str(refuse(root, "val"))


@pytest.mark.parametrize("form", ["{}", "{}.png", "images/{}.png"])
def test_folder_with_lists(tmp_path, form):
    making.make_folder(tmp_path, ["a", "b c", "d"], split=".")
    (tmp_path / "train.txt").write_bytes(("\ufeff" + form.format("b c") + "\r\n\n" + form.format("d")).encode())
    assert names(domain(tmp_path)) == ["b c.png", "d.png"]
    (tmp_path / "train.txt").write_text("b c\ngone\nb c\n")
    error = str(refuse(tmp_path))
    assert "2 of 3" in error and "gone (no such image)" in error and "b c (twice in the list)" in error
    assert "there is only train.txt" in str(refuse(tmp_path, "val"))


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


def test_an_unlabelled_target_may_have_labels_in_any_state(tmp_path):
    making.make_folder(tmp_path)
    (tmp_path / "labels/train/0001.png").unlink()
    making.save(tmp_path / "labels/train/orphan.png", making.ids(0))
    opened = open_domain(DomainConfig(name="folder", root=str(tmp_path)), CITYSCAPES, "train", labels=False)
    assert len(opened.pairs) == 8 and not opened.labelled


def test_missing_partners_are_all_listed(tmp_path):
    making.make_folder(tmp_path)
    for name in ("0001", "0003", "0005", "0006"):
        (tmp_path / "labels/train" / f"{name}.png").unlink()
    error = refuse(tmp_path)
    assert "4 of 8" in str(error) and "0001.png (no label)" in str(error) and "1 more" in str(error)
    assert error.__notes__ == [f"{name}.png: no label" for name in ("0001", "0003", "0005", "0006")]
    (tmp_path / "images/train/0007.png").unlink()
    assert "0007.png (no image)" in str(refuse(tmp_path))


def test_two_files_of_one_stem_are_refused_and_two_folders_are_not(tmp_path):
    making.make_folder(tmp_path, ["cam1/0001", "cam2/0001"])
    assert names(domain(tmp_path)) == ["cam1/0001.png", "cam2/0001.png"]
    making.save(tmp_path / "images/train/cam1/0001.jpg", making.picture(0))
    assert "same stem" in str(refuse(tmp_path))


def test_empty_missing_and_wrong_roots(tmp_path):
    assert "no such folder" in str(refuse(tmp_path / "nowhere"))
    (tmp_path / "images").mkdir()
    assert "no image (PNG, JPEG, BMP)" in str(refuse(tmp_path))
    with pytest.raises(UsageError, match="needs a folder"):
        open_domain(DomainConfig(name="folder"), CITYSCAPES, "train")


def test_links_and_pipes(tmp_path):
    making.make_folder(tmp_path / "elsewhere", ["a"])
    making.make_folder(tmp_path / "root", ["b"])
    for kind in ("images", "labels"):
        os.symlink(tmp_path / "root" / kind, tmp_path / "root" / kind / "train" / "loop")
        os.symlink(tmp_path / "elsewhere" / kind / "train", tmp_path / "root" / kind / "train" / "out")
    assert names(domain(tmp_path / "root")) == ["b.png", "out/a.png"]
    os.mkfifo(tmp_path / "root/images/train/pipe.png")
    assert "not a regular file" in str(refuse(tmp_path / "root"))


@pytest.mark.parametrize("choice", ["bad.txt", "stats.json:frames"])
def test_exclude_names_a_list(tmp_path, choice):
    making.make_folder(tmp_path, ["a", "b", "c"])
    (tmp_path / "bad.txt").write_text("a\nc.png\n")
    (tmp_path / "stats.json").write_text(json.dumps({"frames": ["a", "c"]}))
    assert names(domain(tmp_path, exclude=choice)) == ["b.png"]
    with pytest.raises(UsageError, match="no list `other`"):
        domain(tmp_path, exclude="stats.json:other")
    assert "no such file" in str(refuse(tmp_path, exclude="gone.txt"))


def test_built_in_worlds_have_disjoint_splits_and_no_root():
    config = DomainConfig(name="street", frames=5, eval_frames=3)
    train, val = (open_domain(config, CITYSCAPES, split) for split in ("train", "val"))
    assert (len(train.pairs), len(val.pairs)) == (5, 3)
    assert not set(names(train)) & set(names(val))
    assert train.labelled and train.built_in
    with pytest.raises(UsageError, match="built in"):
        open_domain(DomainConfig(name="sim", root="/x"), CITYSCAPES, "train")
    with pytest.raises(UsageError, match="no split `dev`"):
        open_domain(config, CITYSCAPES, "dev")
    with pytest.raises(UsageError, match="has none of them"):
        open_domain(config, ("lane", "kerb"), "train")
