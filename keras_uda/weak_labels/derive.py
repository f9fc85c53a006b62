"""Tags and points from full labels: the same file for everybody (no generator whose stream could change)."""

import hashlib
from collections.abc import Container
from collections.abc import Iterable

import numpy as np

from keras_uda.data.source_statistics import class_areas
from keras_uda.data.source_statistics import typical_areas
from keras_uda.weak_labels.labels import PRESENT
from keras_uda.weak_labels.labels import UNKNOWN
from keras_uda.weak_labels.labels import Point
from keras_uda.weak_labels.labels import WeakLabels

OFFICIAL_REFERENCE = 1024 * 512  # pixels of the label maps that the published thresholds were counted on


def tags_from_areas(areas: np.ndarray, thresholds: np.ndarray | float) -> np.ndarray:
    """int8 (images, C): 1 where a class covers more than its threshold; a NaN threshold gives 0."""
    return (np.asarray(areas) > thresholds).astype("int8")


def derive_weak_labels(
    labels: Iterable[tuple[str, np.ndarray]],
    classes: tuple[str, ...],
    *,
    minimum_share: float = 0.1,
    minimum_area: float | None = None,
    minimum_pixels: int | None = None,
    points_per_class: int = 0,
    images: int | None = None,
    seed: int = 0,
    labelled_classes: Container[str] | None = None,
) -> WeakLabels:
    """Weak labels of fully labelled images.

    Args:
        labels: (image name, uint8 (H, W) of class ids, 255 ignore) of each image, as stored (never interpolated).
        minimum_share: a class is present if it covers more than this share of its typical area.
        minimum_area: instead: one share of the image area for every class, in [0, 1).
        minimum_pixels: instead: so many pixels of the stored label, for every class.
        points_per_class: labelled pixels per present class and image.
        images: keep this many (the first of a shuffle by `seed`, so a larger budget holds the smaller ones).
        seed: of the pixels and of the kept images.
        labelled_classes: classes that the labels can show; the others are unknown, not absent. None: all.
    """
    names, areas, pixels = [], [], []
    for name, label in labels:
        names.append(name)
        counted = class_areas(label, len(classes))
        areas.append(counted if minimum_pixels is None else counted * label.size)
        pixels.append(_pixels(label, name, classes, points_per_class, seed))
    areas = np.array(areas).reshape(len(names), len(classes))
    if minimum_pixels is not None:
        tags = tags_from_areas(areas, minimum_pixels - 0.5)  # at least, not more than
    else:
        thresholds = minimum_share * typical_areas(areas) if minimum_area is None else minimum_area
        tags = tags_from_areas(areas, thresholds)
    blind = [labelled_classes is not None and name not in labelled_classes for name in classes]
    tags[:, blind] = UNKNOWN
    weak = WeakLabels(tuple(classes))
    for number in _kept(names, images, seed):
        present = [point for point in pixels[number] if tags[number, classes.index(point.name)] == PRESENT]
        weak.tags[names[number]] = tags[number]
        if present:
            weak.points[names[number]] = present
    return weak


def official_share(label_pixels: int, reference_pixels: int = OFFICIAL_REFERENCE) -> float:
    """`minimum_share` that equals the published thresholds, counted at one size and compared at another.

    0.025 for Cityscapes (2048x1024 labels); 0.2185 for GTA5 (1280x720 labels, counts of 1914x1052).
    """
    return 0.1 * reference_pixels / label_pixels


def keep_images(weak: WeakLabels, images: int, seed: int = 0) -> WeakLabels:
    """The same labels for `images` images only; a larger number holds the smaller ones."""
    names = weak.images()
    return weak.of(names[number] for number in _kept(names, images, seed))


def _kept(names: list[str], images: int | None, seed: int) -> list[int]:
    order = sorted(range(len(names)), key=lambda number: _hash(seed, names[number]))
    return order[:images]


def _pixels(label: np.ndarray, name: str, classes: tuple[str, ...], number: int, seed: int) -> list[Point]:
    points = []
    flat = label.ravel()
    for index, class_name in enumerate(classes) if number else ():
        chosen = draw_pixels(np.flatnonzero(flat == index), number, seed, name, class_name)
        points += [Point(pixel % label.shape[1], pixel // label.shape[1], class_name) for pixel in chosen]
    return points


def draw_pixels(pixels: np.ndarray, number: int, *key: object) -> list[int]:
    """`number` different ones of `pixels`, or all; a larger number holds the smaller ones.

    Args:
        pixels: int (n,), flat places.
        number: how many.
        key: of the draws.
    """
    chosen: list[int] = []
    for draw in range(min(number, len(pixels))):
        place = _hash(*key, draw) % len(pixels)
        while int(pixels[place]) in chosen:
            place = (place + 1) % len(pixels)
        chosen.append(int(pixels[place]))
    return chosen


def _hash(*parts: object) -> int:
    return int.from_bytes(hashlib.sha256("\0".join(map(str, parts)).encode()).digest()[:8], "big")
