"""What palettes, transparent pixels and EXIF say against the values of a label: both readings are named."""

import numpy as np
import pytest
from PIL import Image

from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import ClassMap
from keras_uda.core.classes import palette
from keras_uda.core.classes import train_ids
from keras_uda.core.errors import DataError
from keras_uda.data.formats.class_map import shipped_map
from keras_uda.data.formats.evidence import palette_readings
from keras_uda.data.formats.evidence import says_nothing
from keras_uda.data.formats.evidence import turned_apart
from keras_uda.data.formats.labels import open_label
from keras_uda.data.formats.labels import read_label
from tests.data import making

ROAD, SKY, CAR = (128, 64, 128), (128, 128, 128), (64, 0, 128)  # of CamVid
VOC = [
    (0, 0, 0), (128, 0, 0), (0, 128, 0), (128, 128, 0), (0, 0, 128), (128, 0, 128), (0, 128, 128), (128, 128, 128),
    (64, 0, 0), (192, 0, 0),
]  # fmt: skip


def painted(*colours, size=(64, 48)) -> np.ndarray:
    """Stripes of equal height."""
    rgb = np.zeros((size[1], size[0], 3), np.uint8)
    for number, rows in enumerate(np.array_split(np.arange(size[1]), len(colours))):
        rgb[rows] = colours[number]
    return rgb


def save_indices(path, indices, colours, **options):
    image = Image.fromarray(np.asarray(indices, np.uint8)).convert("P")
    image.putdata(np.asarray(indices, np.uint8).ravel().tolist())
    image.putpalette(np.asarray(colours, np.uint8).ravel().tolist())
    image.save(path, **options)
    return path


def refuse(path, class_map, classes=CITYSCAPES) -> str:
    with pytest.raises(DataError) as caught:
        read_label(path, class_map, classes)
    return str(caught.value)


@pytest.mark.parametrize("method", list(Image.Quantize)[:3])
def test_palettes_in_order_of_appearance_are_refused(tmp_path, method):
    path = tmp_path / "a.png"
    Image.fromarray(painted(ROAD, SKY)).quantize(8, method).save(path)
    words = refuse(path, shipped_map("camvid"))
    assert "the palette shows " in words and "the indices say " in words and "road" in words and "building" in words
    words = refuse(path, shipped_map("carla_28"))  # whose colours are others: those of CamVid explain the file
    assert "the palette shows " in words and "sky" in words and "ignored" in words


def test_colours_that_a_tool_changed_a_little_are_still_known(tmp_path):
    path = save_indices(tmp_path / "a.png", [[1] * 40, [0] * 40], [(126, 66, 130), (127, 127, 127)])
    assert "the palette shows road and sky, the indices say sky and building" in refuse(path, shipped_map("camvid"))


def test_train_ids_under_the_palette_of_cityscapes(tmp_path):
    colours = palette(CITYSCAPES)
    right = save_indices(tmp_path / "right.png", [[0, 0, 10, 13]], colours)
    assert read_label(right, train_ids(CITYSCAPES), CITYSCAPES).tolist() == [[0, 0, 10, 13]]
    wrong = save_indices(tmp_path / "wrong.png", [[0, 0, 1, 2]], colours[[10, 0, 13]])
    words = refuse(wrong, train_ids(CITYSCAPES))
    assert "the palette shows sky and road and car, the indices say road and sidewalk and building" in words


def test_palettes_that_say_nothing_leave_the_indices(tmp_path):
    class_map = shipped_map("camvid")  # where (128, 0, 0) is a building and (128, 128, 0) vegetation
    path = save_indices(tmp_path / "voc.png", [[0, 1, 3, 3]], VOC)
    assert says_nothing(np.array(VOC, np.uint8)) and not says_nothing(np.array(VOC[::-1], np.uint8))
    assert [CITYSCAPES[value] for value in read_label(path, class_map, CITYSCAPES)[0]] == [
        "sky",
        "building",
        "road",
        "road",
    ]
    some = save_indices(tmp_path / "some.png", [[0] * 9 + [3] * 9], [ROAD, (1, 2, 3), (4, 5, 6), (7, 8, 9)])
    assert set(read_label(some, class_map, CITYSCAPES)[0]) == {10, 0}
    assert open_label(some, class_map).readings.contradict  # the doctor has a doubt


def test_a_map_of_colours_alone_reads_the_palette(tmp_path):
    class_map = ClassMap("mine", colours={ROAD: "road", SKY: "sky"})
    path = save_indices(tmp_path / "a.png", [[1, 0, 0]], [ROAD, SKY])
    assert read_label(path, class_map, CITYSCAPES).tolist() == [[10, 0, 0]]


def transparent_files(folder):
    """The left half is transparent, the right half is id 13, in every form that can say so."""
    alpha = np.zeros((4, 6), np.uint8)
    alpha[:, 3:] = 255
    values = np.where(alpha > 0, 13, 0).astype(np.uint8)
    rgba = np.dstack([values, values, values, alpha])
    yield making.save(folder / "rgba.png", rgba)
    yield save_indices(folder / "palette.png", values, np.eye(16, 3) * 7, transparency=0)
    yield save_indices(folder / "entries.png", values, np.eye(16, 3) * 7, transparency=b"\0" + b"\xff" * 15)
    yield making.save(folder / "grey.png", values, transparency=0)
    yield making.save(folder / "rgb.png", rgba[..., :3].copy(), transparency=(0, 0, 0))
    rgba[..., 3] //= 3  # a brush that is not opaque paints all the same
    yield making.save(folder / "brush.png", rgba)


def test_transparent_pixels_are_of_no_class(tmp_path):
    for path in transparent_files(tmp_path):
        label = read_label(path, train_ids(CITYSCAPES), CITYSCAPES)
        assert label.tolist() == [[255] * 3 + [13] * 3] * 4, path.name
        assert open_label(path, train_ids(CITYSCAPES)).clear.sum() == 12


def test_transparent_pixels_that_hold_classes_are_refused(tmp_path):
    values = making.ids(0, [0, 1, 13])
    path = making.save(tmp_path / "a.png", np.dstack([values] * 3 + [np.zeros_like(values)]))
    words = refuse(path, train_ids(CITYSCAPES))
    assert "100% of the pixels are transparent, so of no class, but their values say road and sidewalk and car" in words
    hidden = np.dstack([values * 0 + 7] * 3 + [np.zeros_like(values)])
    assert (read_label(making.save(tmp_path / "b.png", hidden), train_ids(CITYSCAPES), CITYSCAPES) == 255).all()


def test_ids_of_equal_channels_under_a_map_of_colours_and_ids(tmp_path):
    class_map = ClassMap("both", ids={1: "road", 2: "sky"}, colours={ROAD: "road", SKY: "sky"})
    path = making.save(tmp_path / "a.png", np.array([[[1] * 3, [2] * 3, [1] * 3]], np.uint8))
    assert read_label(path, class_map, CITYSCAPES).tolist() == [[0, 10, 0]]
    path = making.save(tmp_path / "b.png", np.array([[SKY, ROAD]], np.uint8))
    assert read_label(path, class_map, CITYSCAPES).tolist() == [[10, 0]]


def test_colours_of_another_map_are_named(tmp_path):
    path = making.save(tmp_path / "a.png", painted(SKY, CAR))
    for class_map in (shipped_map("cityscapes"), train_ids(CITYSCAPES)):
        assert "Looks like the colours of class_map `camvid`" in refuse(path, class_map)
    path = making.save(tmp_path / "b.png", palette(CITYSCAPES)[None, [0, 10, 13]])
    assert "class_map `cityscapes` or `carla_" in refuse(path, shipped_map("camvid"))


@pytest.mark.parametrize(
    ("orientation", "label", "size", "words"),
    [
        (1, 1, (6, 4), None),
        (3, 1, (6, 4), "the image has EXIF orientation 3 (half a turn), the label has not"),
        (2, 1, (6, 4), "mirrored"),
        (1, 3, (6, 4), "the label has EXIF orientation 3"),
        (3, 3, (6, 4), None),
        (6, 1, (6, 4), None),  # the sizes show that the label was drawn on the stored pixels
        (6, 1, (4, 4), "a quarter turn"),
    ],
)
def test_turned_images_and_their_labels(orientation, label, size, words):
    told = turned_apart(orientation, label, size)
    assert told is None if words is None else words in told and "as stored or as viewers show it" in told


def test_near_colours_beside_exact_ones_are_those_of_other_things():
    colours = np.array([(128, 64, 128), (70, 130, 180), (250, 170, 26), (74, 128, 178)], np.uint8)
    class_map = shipped_map("cityscapes")
    indices = np.array([[0] * 45 + [1] * 50 + [2] * 5], np.uint8)
    readings = palette_readings(indices, colours, class_map)
    assert readings.by_colour == ["sky", "road"] and readings.share == 0.95
    reduced = palette_readings(
        np.array([[0, 3, 3]], np.uint8), colours, class_map
    )  # one of two exact: a tool reduced them
    assert reduced.by_colour == ["sky", "road"] and reduced.share == 1
