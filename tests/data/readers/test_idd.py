"""A generated look-alike of IDD: polygons as published, and the label files that its tools make."""

from keras_uda.core.classes import CITYSCAPES
from keras_uda.data.formats.labels import read_label
from tests.data.making import domain
from tests.data.making import names
from tests.data.making import refuse
from tests.data.readers.look_alike import classes_of
from tests.data.readers.look_alike import columns
from tests.data.readers.look_alike import examined
from tests.data.readers.look_alike import image
from tests.data.readers.look_alike import label
from tests.data.readers.look_alike import litter
from tests.data.readers.look_alike import polygons

FRAMES = (("train", "0/005506", "png"), ("train", "201/frame0029", "jpg"), ("val", "119/900400", "png"))


def box(left, right):
    return [[left, 0], [right, 0], [right, 7], [left, 7]]


def look_alike(root, top="IDD_Segmentation/"):
    for split, frame, suffix in FRAMES:
        image(root, f"{top}leftImg8bit/{split}/{frame}_leftImg8bit.{suffix}")
        objects = [("sky", box(0, 15)), ("road", box(0, 7)), ("autorickshaw", box(8, 11)), ("cargroup", box(12, 15))]
        polygons(root, f"{top}gtFine/{split}/{frame}_gtFine_polygons.json", *objects)
    image(root, f"{top}leftImg8bit/test/5/000001_leftImg8bit.png")


def made(root, kind, *values, top="IDD_Segmentation/"):
    for split, frame, _ in FRAMES:
        label(root, f"{top}gtFine/{split}/{frame}_gtFine_label{kind}.png", *values)


def test_polygons_as_they_are_published(tmp_path):
    look_alike(tmp_path)
    litter(tmp_path)
    opened = domain(tmp_path, name="idd")
    assert names(opened) == ["0/005506_leftImg8bit.png", "201/frame0029_leftImg8bit.jpg"]
    assert classes_of(opened) == columns("road", "road", None, "car")
    result = examined(tmp_path, "idd")
    assert result.pixels[0] == 2 * 8 * 8 and result.pixels[13] == 2 * 4 * 8 and result.pixels[10] == 0
    assert "labels are polygons (2)" in result.remarks
    assert len(domain(tmp_path, "val", "idd").pairs) == 1 and not domain(tmp_path, "test", "idd").labelled


def test_files_of_its_tools_are_read_where_they_are_complete(tmp_path):
    look_alike(tmp_path)
    made(tmp_path, "ids", 29, 32, 19, 35)
    assert classes_of(domain(tmp_path, name="idd")) == columns("building", "vegetation", None, None)
    made(tmp_path, "csTrainIds", 3, 4, 5, 255)
    opened = domain(tmp_path, name="idd")
    assert opened.class_map.name == "cityscapes_train_ids"
    assert classes_of(opened) == columns("wall", "fence", "pole", None)
    next(tmp_path.rglob("201/*csTrainIds.png")).unlink()
    assert domain(tmp_path, name="idd").class_map.name == "idd"  # every image has one of these
    assert domain(tmp_path, "val", "idd").class_map.name == "cityscapes_train_ids"


def test_ids_of_level_3_are_read_without_polygons(tmp_path):
    look_alike(tmp_path)
    made(tmp_path, "level3Ids", 0, 9, 12, 255)
    assert domain(tmp_path, name="idd").class_map.name == "idd"
    for path in tmp_path.rglob("*polygons.json"):
        path.unlink()
    opened = domain(tmp_path, name="idd")
    assert opened.class_map.name == "idd_level3" and classes_of(opened) == columns("road", "car", None, None)


def test_both_parts_beside_each_other_are_one_data_set(tmp_path):
    look_alike(tmp_path, "IDD_Segmentation/")
    image(tmp_path, "idd20kII/leftImg8bit/train/300/frame1_leftImg8bit.jpg")
    polygons(tmp_path, "idd20kII/gtFine/train/300/frame1_gtFine_polygons.json", ("person", box(0, 15)))
    opened = domain(tmp_path, name="idd")
    assert names(opened)[-1] == "idd20kII/leftImg8bit/train/300/frame1_leftImg8bit.jpg" and len(opened.pairs) == 3
    assert (read_label(opened.pairs[-1].label, opened.class_map, CITYSCAPES) == 11).all()
    image(tmp_path, "idd20kII/leftImg8bit/train/0/005506_leftImg8bit.jpg")
    assert "005506_leftImg8bit.jpg is in another folder of this data set too" in str(refuse(tmp_path, name="idd"))
