"""What all data sets of tables share: copies as people have them, and what the messages say."""

import pytest

from keras_uda.config.names import READERS
from keras_uda.config.names import resolve
from keras_uda.data.formats.class_map import shipped_names
from keras_uda.data.readers.layout import LayoutReader
from tests.conftest import ROOT
from tests.data.making import domain
from tests.data.making import names
from tests.data.making import refuse
from tests.data.readers.look_alike import classes_of
from tests.data.readers.look_alike import columns
from tests.data.readers.look_alike import image
from tests.data.readers.look_alike import label
from tests.data.readers.look_alike import litter
from tests.data.readers.look_alike import polygons

STEM = "train/ulm/ulm_000000_000019"


def cityscapes(root, images="", labels=""):
    image(root, f"{images}leftImg8bit/{STEM}_leftImg8bit.png")
    label(root, f"{labels}gtFine/{STEM}_gtFine_labelIds.png", 7, 23, 26, 0)


@pytest.mark.parametrize(
    "images, labels",
    [
        ("", ""),
        ("cityscapes/", "cityscapes/"),
        ("leftImg8bit_trainvaltest/", "gtFine_trainvaltest/"),
        ("", "gtFine_trainvaltest/"),
        ("download/leftImg8bit_trainvaltest/", "download/gtFine_trainvaltest/"),
    ],
)
def test_archives_unpack_into_folders_of_their_own_names(tmp_path, images, labels):
    cityscapes(tmp_path, images, labels)
    litter(tmp_path)
    opened = domain(tmp_path, name="cityscapes")
    assert names(opened) == ["ulm/ulm_000000_000019_leftImg8bit.png"]
    assert classes_of(opened) == columns("road", "sky", "car", None)


def test_archives_in_parts_are_one_data_set(tmp_path):
    for part in ("01", "02"):
        image(tmp_path, f"{part}_images/images/{part}000.png")
        label(tmp_path, f"{part}_labels/labels/{part}000.png", 7)
    opened = domain(tmp_path, name="gta5")
    assert names(opened) == ["01_images/images/01000.png", "02_images/images/02000.png"]
    assert [pair.label.name for pair in opened.pairs] == ["01000.png", "02000.png"]


def test_folders_in_folders_of_their_own_name_are_one(tmp_path):
    image(tmp_path, "gta5/images/images/00001.png", "gta5/images/images/00002.png")
    for number in (1, 2):
        label(tmp_path, f"gta5/labels/labels/{number:05d}.png", 7)
    litter(tmp_path)
    assert names(domain(tmp_path, name="gta5")) == ["00001.png", "00002.png"]
    image(tmp_path, "gta5/images/00003.png")
    assert "00001.png (no image)" in str(refuse(tmp_path, name="gta5"))


def test_two_copies_are_not_read_as_one(tmp_path):
    cityscapes(tmp_path, "a/", "a/")
    cityscapes(tmp_path, "b/", "b/")
    assert "is in another folder of this data set too. Give one of both as root" in str(
        refuse(tmp_path, name="cityscapes")
    )
    assert len(domain(tmp_path / "a", name="cityscapes").pairs) == 1


def test_the_nearest_copy_counts(tmp_path):
    cityscapes(tmp_path)
    cityscapes(tmp_path, "backup/", "backup/")
    assert domain(tmp_path, name="cityscapes").pairs[0].label.is_relative_to(tmp_path / "gtFine")


def test_archives_that_are_still_packed_are_named(tmp_path):
    (tmp_path / "leftImg8bit_trainvaltest.zip").write_bytes(b"PK")
    assert "Unpack leftImg8bit_trainvaltest.zip there" in str(refuse(tmp_path, name="cityscapes"))


def test_a_root_that_is_too_deep_names_the_one_above(tmp_path):
    cityscapes(tmp_path)
    error = str(refuse(tmp_path / "leftImg8bit", name="cityscapes"))
    assert f"Give the folder above as root: {tmp_path.resolve()}" in error


def test_a_split_that_is_not_there_names_those_that_are(tmp_path):
    cityscapes(tmp_path)
    error = str(refuse(tmp_path, "val", "cityscapes"))
    assert "no such folder (split `val`), there is only train" in error and "\n" not in error
    (tmp_path / "leftImg8bit/val").mkdir()
    assert "no image below this folder" in str(refuse(tmp_path, "val", "cityscapes"))


def test_cityscapes_without_label_ids_has_train_ids_or_polygons(tmp_path):
    cityscapes(tmp_path)
    (tmp_path / f"gtFine/{STEM}_gtFine_labelIds.png").unlink()
    left, right = [[0, 0], [7, 0], [7, 7], [0, 7]], [[8, 0], [15, 0], [15, 7], [8, 7]]
    objects = [("road", left), ("license plate", left), ("cargroup", right), ("sky", right, {"deleted": 1})]
    polygons(tmp_path, f"gtFine/{STEM}_gtFine_polygons.json", *objects)
    assert classes_of(domain(tmp_path, name="cityscapes")) == columns("road", "car")
    label(tmp_path, f"gtFine/{STEM}_gtFine_labelTrainIds.png", 10, 255)
    opened = domain(tmp_path, name="cityscapes")
    assert classes_of(opened) == columns("sky", None) and opened.class_map.name == "cityscapes_train_ids"


def test_a_class_map_of_the_user_wins(tmp_path):
    cityscapes(tmp_path)
    opened = domain(tmp_path, name="cityscapes", class_map={"classes": {"sky": [7]}, "unknown": "ignore"})
    assert classes_of(opened) == columns("sky", None, None, None)


def test_tables_name_shipped_maps():
    for name in READERS:
        reader = resolve(READERS, name, "data.readers")()
        if isinstance(reader, LayoutReader):
            assert {kind.class_map for kind in reader.labels} <= set(shipped_names()) and reader.images


def test_the_page_has_every_published_data_set_and_says_what_was_checked():
    page = (ROOT / "docs/data.md").read_text(encoding="utf-8")
    head, _, published = page.partition("### Published data sets")
    checked = published.partition("| reader | source | checked on | not checked |")[2]
    for name in READERS:
        if issubclass(resolve(READERS, name, "data.readers"), LayoutReader):
            assert f"| `{name}` | " in head and f"| `{name}` | " in checked, name
    for name in shipped_names():
        assert f"`{name}`" in page, name
