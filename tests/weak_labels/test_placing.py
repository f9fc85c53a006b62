"""Points at other pixels: as many as before or any number, names from the labels, only where there are labels."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_uda.data.decoding import decode_image
from keras_uda.data.prepared import Prepared
from keras_uda.weak_labels import placing
from keras_uda.weak_labels.active import Place
from keras_uda.weak_labels.active import places_to_click
from keras_uda.weak_labels.derive import derive_weak_labels
from keras_uda.weak_labels.labels import WeakLabels
from keras_uda.weak_labels.suggest import Suggester
from keras_uda.weak_labels.suggest import seen_at
from keras_uda.weak_labels.suggest import stored_pixel
from tests.weak_labels.annotator.test_prefill import folder  # noqa: F401 - a fixture

CLASSES = ("road", "car", "sky")


@pytest.fixture
def labels() -> list[tuple[str, np.ndarray]]:
    """Two frames of 64x64: sky above road, a car of one pixel in the first, no label at the left."""
    label = np.repeat([[2], [0]], 32, axis=0) * np.ones((64, 64), "uint8")
    label[:, :16] = 255
    with_car = label.copy()
    with_car[40, 30] = 1
    return [("0.png", with_car), ("1.png", label)]


def named(weak: WeakLabels, labels) -> None:
    """Every point is at a pixel of its class."""
    for image, label in labels:
        for point in weak.points[image]:
            assert CLASSES[label[point.y, point.x]] == point.name


@pytest.mark.parametrize(("per_image", "numbers"), [(None, [4, 4]), (7, [7, 7])])
def test_by_chance_anywhere(labels, per_image, numbers):
    weak = derive_weak_labels(labels, CLASSES, points_per_class=2, minimum_pixels=2)
    moved = placing.with_points_at(weak, labels, placing.anywhere(seed=3), per_image)
    assert [len(moved.points[image]) for image, _ in labels] == numbers
    named(moved, labels)
    assert moved.points != weak.points
    again = placing.with_points_at(weak, labels, placing.anywhere(seed=3), 9)
    assert all(again.points[image][: len(points)] == points for image, points in moved.points.items())
    assert placing.with_points_at(weak, labels, placing.anywhere(seed=4), per_image).points != moved.points


def test_a_class_that_is_pointed_at_is_present(labels):
    weak = derive_weak_labels(labels, CLASSES, points_per_class=1, minimum_pixels=2)
    assert weak.tags["0.png"].tolist() == [1, 0, 1]  # one pixel of a car is too few for a tag
    moved = placing.with_points_at(weak, labels, lambda image, labelled, number: [(30, 40)][:number])
    assert moved.points["0.png"][0].name == "car" and moved.tags["0.png"].tolist() == [1, 1, 1]
    assert weak.tags["0.png"].tolist() == [1, 0, 1] and moved.points["1.png"][0].name == "road"


def test_images_that_are_not_kept_are_not_clicked(labels):
    weak = derive_weak_labels(labels, CLASSES, points_per_class=1, images=1)
    assert len(placing.with_points_at(weak, labels, placing.anywhere(0), 3).points) == 1


def test_where_the_segmenter_suggests(labels, folder):  # noqa: F811
    names = [name for name, _ in labels]
    for number, name in enumerate(names):
        pixels = np.random.default_rng(number).integers(0, 256, (64, 64, 3)).astype("uint8")
        Image.fromarray(pixels).save(folder / "images" / name)
    images = Prepared([str(folder / "images" / name) for name in names], None, names, (16, 16))
    suggest, weak = Suggester(folder / "model"), derive_weak_labels(labels, CLASSES, points_per_class=2)
    moved = placing.with_points_at(weak, labels, placing.suggested(suggest, images), 5)
    named(moved, labels)
    assert [len(moved.points[name]) for name in names] == [5, 5]
    image = decode_image(tf.constant(images.images[0]), suggest.size)
    probabilities = suggest._probabilities(image[None])[0].numpy()
    wanted = places_to_click(probabilities, 5, seen_at(labels[0][1] < 3, suggest.size))
    found = [(point.x, point.y) for point in moved.points["0.png"]]
    assert found == [(2 * place.column + 1, 2 * place.row + 1) for place in wanted]  # 32x32 of 64x64
    assert suggest(image, 5) == places_to_click(probabilities, 5)


@pytest.mark.parametrize(("size", "stored"), [((8, 6), (8, 6)), ((8, 6), (16, 18)), ((256, 192), (1914, 1052))])
def test_a_place_comes_back_to_the_pixel_that_it_was(size, stored):
    rng = np.random.default_rng(0)
    label = rng.integers(0, 3, stored[::-1]).astype("uint8")
    seen = seen_at(label, size)
    assert seen.shape == size[::-1]
    for row, column in rng.integers(0, seen.shape, (50, 2)):
        x, y = stored_pixel(Place(int(row), int(column)), size, stored)
        assert label[y, x] == seen[row, column]
        assert ((2 * x + 1) * size[0] // (2 * stored[0]), (2 * y + 1) * size[1] // (2 * stored[1])) == (column, row)
