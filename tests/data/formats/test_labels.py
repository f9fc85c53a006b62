"""Every form of label file is read exactly, or refused with its ids."""

import numpy as np
import pytest
from PIL import Image

from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import CITYSCAPES_16
from keras_uda.core.classes import COLOURS
from keras_uda.core.classes import ClassMap
from keras_uda.core.classes import palette
from keras_uda.core.classes import train_ids
from keras_uda.core.errors import DataError
from keras_uda.data.formats.class_map import load_class_map
from keras_uda.data.formats.labels import read_label
from keras_uda.data.formats.labels import resize_nearest
from tests.data import making


def shipped(name):
    return load_class_map(name, None, None, CITYSCAPES)


def expected_of(values, class_map, classes=CITYSCAPES):
    """The slow way, pixel by pixel."""
    result = np.full(values.shape, 255, np.uint8)
    for place in np.ndindex(values.shape):
        name = class_map.ids.get(int(values[place]))
        if name in classes:
            result[place] = classes.index(name)
    return result


def test_palette_files_give_indices(tmp_path):
    values = making.ids(0, [0, 1, 4, 5, 7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 26, 27, 33])
    path = making.save_palette(tmp_path / "gta.png", values)
    class_map = shipped("cityscapes")
    np.testing.assert_array_equal(read_label(path, class_map, CITYSCAPES), expected_of(values, class_map))


def test_synthia_files_give_the_first_channel(tmp_path):
    values = making.ids(1, range(23))
    path = making.save_synthia(tmp_path / "synthia.png", values)
    class_map = shipped("synthia")
    for classes in (CITYSCAPES, CITYSCAPES_16):
        np.testing.assert_array_equal(read_label(path, class_map, classes), expected_of(values, class_map, classes))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_grey_files_give_values(tmp_path, dtype):
    values = making.ids(2, [*range(19), 255])
    path = making.save(tmp_path / "grey.png", values.astype(dtype))
    np.testing.assert_array_equal(read_label(path, train_ids(CITYSCAPES), CITYSCAPES), values)


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_grey_files_of_few_bits_are_not_spread(tmp_path, bits):
    values = making.ids(3, range(2**bits), (16, 5))
    packed = np.packbits(np.unpackbits(values[..., None], axis=-1)[..., 8 - bits :].reshape(5, -1), axis=-1)
    rows = b"".join(b"\0" + row.tobytes() for row in packed)
    path = tmp_path / "few.png"
    path.write_bytes(making.png(16, 5, bits, 0, rows))
    np.testing.assert_array_equal(read_label(path, train_ids(CITYSCAPES), CITYSCAPES), values)


def test_values_above_255_are_kept_apart(tmp_path):
    values = np.array([[300, 44]], np.uint16)
    path = making.save(tmp_path / "large.png", values)
    class_map = ClassMap("large", ids={300: "road", 44: "sky"})
    assert read_label(path, class_map, CITYSCAPES).tolist() == [[0, 10]]


@pytest.mark.parametrize("alpha", [False, True])
def test_colour_files_go_through_the_map(tmp_path, alpha):
    values = making.ids(4)
    colours = palette(CITYSCAPES)[values]
    if alpha:
        colours = np.dstack([colours, np.full(values.shape, 255, np.uint8)])
    path = making.save(tmp_path / "colour.png", colours)
    class_map = shipped("carla_28")
    np.testing.assert_array_equal(read_label(path, class_map, CITYSCAPES), values)


def test_raw_camera_files_hold_the_tag_in_red(tmp_path):
    tags = making.ids(5, range(29))
    raw = np.dstack([tags, np.zeros_like(tags), np.zeros_like(tags), np.full_like(tags, 255)])
    class_map = shipped("carla_28")
    read = read_label(making.save(tmp_path / "raw.png", raw), class_map, CITYSCAPES)
    np.testing.assert_array_equal(read, expected_of(tags, class_map))


def test_ids_saved_as_grey_colours_are_ids(tmp_path):
    values = making.ids(6)
    path = making.save(tmp_path / "grey_rgb.png", np.repeat(values[..., None], 3, axis=2))
    np.testing.assert_array_equal(read_label(path, train_ids(CITYSCAPES), CITYSCAPES), values)


def refuse(path, class_map=None):
    with pytest.raises(DataError) as caught:
        read_label(path, class_map or train_ids(CITYSCAPES), CITYSCAPES)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_unknown_ids_are_listed_with_their_pixels(tmp_path):
    values = np.zeros((4, 5), np.uint8)
    values[0, :3], values[1, 0] = 77, 30
    path = making.save(tmp_path / "odd.png", values)
    assert "ids 77 (3 px), 30 (1 px) not in class map `train ids`" in refuse(path)
    lenient = ClassMap("lenient", ids={0: "road"}, unknown="ignore")
    assert np.unique(read_label(path, lenient, CITYSCAPES)).tolist() == [0, 255]


def test_unknown_colours_are_listed_with_their_pixels(tmp_path):
    path = making.save(tmp_path / "odd.png", np.full((2, 3, 3), (1, 2, 3), np.uint8))
    assert "colours #010203 (6 px)" in refuse(path, ClassMap("c", colours={COLOURS["road"]: "road"}))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.array([[0, 255]], np.uint8), "0/255 mask"),
        (np.array([[26001, 7]], np.uint16), "instance ids"),
        (np.array([[7, 33, 26]], np.uint8), "class_map `cityscapes`"),
        (np.array([[2, 13, 255]], np.uint8), "class_map `cityscapes_train_ids`"),
    ],
)
def test_the_remedy_guesses_what_the_file_is(tmp_path, values, words):
    path = making.save(tmp_path / "guess.png", values)
    assert words in refuse(path, ClassMap("mine", ids={2: "road"}))


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_colours_without_a_colour_map_are_refused(tmp_path, mode):
    Image.fromarray(making.picture(0)).convert(mode).save(tmp_path / "picture.png")
    assert "class map has ids only" in refuse(tmp_path / "picture.png")


def test_lossy_and_ambiguous_forms_are_refused(tmp_path):
    assert "JPEG" in refuse(making.save(tmp_path / "label.jpg", making.ids(0)))
    Image.fromarray(making.ids(0)).convert("LA").save(tmp_path / "la.png")
    assert "alpha" in refuse(tmp_path / "la.png")
    half = making.save_synthia(tmp_path / "half.png", making.ids(0, range(23)))
    half.write_bytes(half.read_bytes()[: half.stat().st_size // 2])
    assert "truncated" in refuse(half, shipped("synthia"))


@pytest.mark.parametrize("size", [(20, 11), (130, 66), (65, 33), (7, 5), (1, 1)])
def test_resizing_invents_no_ids_and_takes_the_centre(size):
    label = making.ids(7, [0, 18, 255])
    resized = resize_nearest(label, size)
    assert resized.shape == (size[1], size[0])
    for row, column in np.ndindex(resized.shape):
        y, x = int((row + 0.5) * label.shape[0] / size[1]), int((column + 0.5) * label.shape[1] / size[0])
        assert resized[row, column] == label[y, x]
