"""Published data sets are recognised by their folders, and those of anybody are not."""

import pytest

from keras_uda.core.errors import DataError
from keras_uda.data.readers.recognise import published
from keras_uda.data.readers.recognise import refuse_published
from tests.data import making

FOLDERS = {
    "images/10k/train": ["bdd100k"],
    "bdd100k/seg/images/val": ["bdd100k"],
    "leftImg8bit/val/ulm": ["cityscapes", "idd"],
    "leftImg8bit_foggyDBF/train": ["foggy_cityscapes"],
    "rgb_anon/night/train_ref": ["acdc"],
    "Dark_Zurich_val_anon/rgb_anon/val/night": ["dark_zurich"],
    "training/v1.2/labels": ["mapillary"],
    "RAND_CITYSCAPES/GT/LABELS": ["synthia"],
    "UrbanSyn/ss": ["urbansyn"],
}


@pytest.mark.parametrize("folder, names", FOLDERS.items())
def test_by_its_folders(tmp_path, folder, names):
    (tmp_path / folder).mkdir(parents=True)
    assert list(published(tmp_path)) == names
    with pytest.raises(DataError, match=f"as `{names[0]}`.*--data.target.name {names[0]}") as caught:
        refuse_published(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "folder", ["images/train", "images", "labels/val", "training/images", "rgb", "RGB", "val", "a/b"]
)
def test_folders_of_anybody(tmp_path, folder):
    making.save(tmp_path / folder / "0001.png", making.picture(0))
    assert published(tmp_path) == {}
    refuse_published(tmp_path)


def test_the_wrong_reader_names_the_right_one(tmp_path):
    (tmp_path / "ACDC/rgb_anon/fog/val").mkdir(parents=True)
    error = str(making.refuse(tmp_path, "val", "cityscapes"))
    assert "no such folder (split `val`). It holds rgb_anon/fog/val: set data.*.name to acdc." in error
    making.save(tmp_path / "leftImg8bit/val/ulm/a_leftImg8bit.png", making.picture(0))
    assert "Check the root" in str(making.refuse(tmp_path, "dusk", "cityscapes"))  # it is one of those that it may be


def test_folders_of_splits_are_read_as_any_others(tmp_path):
    making.save(tmp_path / "leftImg8bit/train/a.png", making.picture(0))
    making.save(tmp_path / "gtFine/train/a.png", making.ids(0))
    assert making.domain(tmp_path).labelled
    making.save(tmp_path / "rgb_anon/night/train/a_rgb_anon.png", making.picture(0))
    (tmp_path / "leftImg8bit").rename(tmp_path / "other")
    assert "as `acdc` does" in str(making.refuse(tmp_path))
