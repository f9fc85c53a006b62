"""Clicks at other pixels than one of each class: anywhere by chance, or where a segmenter suggests them.

So a labelled target can stand for a person who clicks there and names what is there: the same number of clicks, or any.
"""

from collections.abc import Callable
from collections.abc import Iterable

import numpy as np
import tensorflow as tf

from keras_uda.data.decoding import decode_image
from keras_uda.data.prepared import Prepared
from keras_uda.weak_labels.derive import draw_pixels
from keras_uda.weak_labels.labels import PRESENT
from keras_uda.weak_labels.labels import Point
from keras_uda.weak_labels.labels import WeakLabels
from keras_uda.weak_labels.suggest import Suggester
from keras_uda.weak_labels.suggest import seen_at
from keras_uda.weak_labels.suggest import stored_pixel

Choose = Callable[[str, np.ndarray, int], list[tuple[int, int]]]  # (image, labelled pixels, number) -> (x, y) of each


def with_points_at(
    weak: WeakLabels, labels: Iterable[tuple[str, np.ndarray]], choose: Choose, per_image: int | None = None
) -> WeakLabels:
    """The same images and tags with points at other pixels; a class that is pointed at is present.

    Args:
        weak: of fully labelled images.
        labels: (image, uint8 (H, W) of class ids, 255 ignore) of each.
        choose: which pixels, among those with a label.
        per_image: points of every image; None: as many as `weak` has in it.
    """
    result = WeakLabels(weak.classes, dict(weak.tags))
    for image, label in ((image, label) for image, label in labels if image in weak.tags):
        number = len(weak.points.get(image, ())) if per_image is None else per_image
        chosen = choose(image, label < len(weak.classes), number)
        points = [Point(x, y, weak.classes[label[y, x]]) for x, y in chosen]
        if points:
            result.points[image] = points
            tags = weak.tags[image].copy()
            tags[[weak.classes.index(point.name) for point in points]] = PRESENT
            result.tags[image] = tags
    return result


def anywhere(seed: int) -> Choose:
    """Pixels by chance; a larger number holds the smaller ones."""

    def choose(image: str, labelled: np.ndarray, number: int) -> list[tuple[int, int]]:
        places = draw_pixels(np.flatnonzero(labelled), number, seed, image, "anywhere")
        return [(place % labelled.shape[1], place // labelled.shape[1]) for place in places]

    return choose


def suggested(suggest: Suggester, images: Prepared) -> Choose:
    """Pixels that a segmenter suggests; those without a label are passed over, as a person would.

    Args:
        suggest: ranks them.
        images: where the files of the images are.
    """
    files = dict(zip(images.names, images.images, strict=True))

    def choose(image: str, labelled: np.ndarray, number: int) -> list[tuple[int, int]]:
        pixels = decode_image(tf.constant(files[image]), suggest.size)
        places = suggest(pixels, number, seen_at(labelled, suggest.size))
        return [stored_pixel(place, suggest.size, labelled.shape[::-1]) for place in places]

    return choose
