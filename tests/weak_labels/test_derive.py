"""Weak labels from full labels: thresholds against the published ones, and the same file for everybody."""

import hashlib

import numpy as np
import pytest

from keras_uda.data.source_statistics import class_areas
from keras_uda.data.source_statistics import typical_areas
from keras_uda.weak_labels.derive import derive_weak_labels
from keras_uda.weak_labels.derive import keep_images
from keras_uda.weak_labels.derive import official_share
from keras_uda.weak_labels.derive import tags_from_areas
from keras_uda.weak_labels.files import points_jsonl
from keras_uda.weak_labels.files import tags_csv
from tests.conftest import assert_matches
from tests.conftest import load_vectors

CLASSES = ("road", "car", "train")


def labels(count: int = 12):
    for number in range(count):
        label = np.zeros((20, 30), "uint8")
        label[:3] = 255
        label[5 : 5 + number * 5 % 8, 4:20] = 1
        yield f"{number}.png", label


def test_thresholds_are_the_published_ones():
    arrays, meta = load_vectors("weak_da_losses")
    for which in ("source", "target", "absent"):
        typical = typical_areas(arrays[f"in_pixel_counts_{which}"])
        assert_matches(typical, arrays, meta, f"out_threshold_{which}")


def test_tags_are_the_published_ones():
    arrays, meta = load_vectors("weak_da_losses")
    for which in ("source", "target"):
        maps = arrays[f"in_labels_{which}"]
        counts = np.array([class_areas(label, 6) * label.size for label in maps])
        tags = tags_from_areas(counts, 0.1 * typical_areas(arrays[f"in_pixel_counts_{which}"]))
        assert_matches(tags, arrays, meta, f"out_weak_{which}")


def test_typical_area_written_slowly():
    areas = np.array([0.5, 0.4, 0.002, 0.0])
    mean = 0.0
    for _ in range(10):
        kept = [area for area in areas if area > 0.1 * mean]
        mean = sum(kept) / len(kept)
    np.testing.assert_allclose(typical_areas(areas[:, None]), [mean])
    np.testing.assert_allclose(mean, 0.45)


def test_a_class_that_no_image_holds_is_absent_everywhere():
    weak = derive_weak_labels(labels(), CLASSES)
    assert not any(tags[2] for tags in weak.tags.values())


def test_a_class_that_the_labels_cannot_show_is_unknown():
    weak = derive_weak_labels(labels(), CLASSES, labelled_classes=("road", "car"))
    assert all(tags[2] == -1 and tags[0] == 1 for tags in weak.tags.values())


def test_points_are_pixels_of_their_class_and_of_tagged_classes_only():
    maps = dict(labels())
    weak = derive_weak_labels(maps.items(), CLASSES, points_per_class=5, minimum_area=0.1)
    assert any(weak.points.values())
    for image, points in weak.points.items():
        assert len({(point.x, point.y) for point in points}) == len(points)
        for point in points:
            assert CLASSES[maps[image][point.y, point.x]] == point.name
            assert weak.tags[image][CLASSES.index(point.name)] == 1


def test_a_class_of_three_pixels_gives_three_points():
    label = np.full((4, 4), 255, "uint8")
    label[2, 1:] = 1
    weak = derive_weak_labels([("a", label)], CLASSES, points_per_class=9)
    assert sorted((point.x, point.y) for point in weak.points["a"]) == [(1, 2), (2, 2), (3, 2)]


def test_the_file_is_the_same_for_everybody():
    weak = derive_weak_labels(labels(), CLASSES, points_per_class=2, seed=7)
    backwards = derive_weak_labels(list(labels())[::-1], CLASSES, points_per_class=2, seed=7)
    text = tags_csv(weak) + points_jsonl(weak)
    assert text == tags_csv(backwards) + points_jsonl(backwards)
    # Stands for every machine and every version of numpy: a change here changes files that people have shared.
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "945b1d1ffcaa611a"
    assert text != points_jsonl(derive_weak_labels(labels(), CLASSES, points_per_class=2, seed=8))


def test_a_larger_budget_holds_the_smaller_one():
    few, more = (set(derive_weak_labels(labels(), CLASSES, images=number, seed=3).tags) for number in (4, 9))
    assert len(few) == 4 and len(more) == 9 and few < more
    weak = derive_weak_labels(labels(), CLASSES, points_per_class=1, seed=3)
    assert set(keep_images(weak, 4, seed=3).tags) == few


@pytest.mark.parametrize(
    "size, reference, share",
    [((2048, 1024), (1024, 512), 0.025), ((1280, 720), (1914, 1052), 0.2185)],
)
def test_published_thresholds_compare_counts_of_two_sizes(size, reference, share):
    assert official_share(size[0] * size[1], reference[0] * reference[1]) == pytest.approx(share, abs=1e-4)
