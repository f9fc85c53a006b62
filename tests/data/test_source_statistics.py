"""Ratios and sizes of source classes, on label files written here."""

import dataclasses

import numpy as np
import pytest
from PIL import Image

from keras_uda.data import prepared as prepared_module
from keras_uda.data import source_statistics
from keras_uda.data.joined import join_domains
from keras_uda.data.prepared import Prepared
from keras_uda.data.source_statistics import source_areas
from keras_uda.data.source_statistics import source_ratios
from keras_uda.data.source_statistics import source_sizes


def prepared(folder, labels) -> Prepared:
    files = []
    for number, label in enumerate(labels):
        files.append(str(folder / f"{number}.png"))
        Image.fromarray(np.array(label, "uint8")).save(files[-1])
    return Prepared(files, files, [str(number) for number in range(len(files))], (2, 2))


def test_ratios_count_labelled_pixels(tmp_path):
    source = prepared(tmp_path, [[[0, 0], [1, 255]], [[0, 255], [255, 255]]])
    assert source_ratios(source, 3) == pytest.approx((3 / 4, 1 / 4, 0))


def test_sizes_are_those_of_images_that_hold_the_class(tmp_path):
    labels = [[[0, 0], [1, 1]], [[0, 1], [1, 1]], [[0, 0], [0, 0]]]
    lower, mean, upper = source_sizes(prepared(tmp_path, labels), 3)[0]
    assert (lower, mean, upper) == pytest.approx(
        (np.quantile([0.5, 0.25, 1], 0.1), (0.5 + 0.25 + 1) / 3, np.quantile([0.5, 0.25, 1], 0.9))
    )
    assert source_sizes(prepared(tmp_path, labels), 3)[1] == pytest.approx((0.525, 0.625, 0.725))
    assert np.isnan(source_sizes(prepared(tmp_path, labels), 3)[2]).all()


def test_areas_are_a_tenth_of_the_typical_one_and_one_for_a_class_that_never_occurs(tmp_path):
    labels = [[[0, 0], [1, 255]], [[0, 0], [0, 0]]]
    assert source_areas(prepared(tmp_path, labels), 3) == pytest.approx((0.075, 0.025, 1.0))


@pytest.mark.parametrize("statistics", [source_areas, source_ratios, source_sizes])
@pytest.mark.parametrize(("images", "counted"), [(1, 1), (4, 4), (5, 3), (7, 4), (9, 3)])
def test_at_most_so_many_labels_are_read(tmp_path, monkeypatch, statistics, images, counted):
    monkeypatch.setattr(source_statistics, "LABELS_COUNTED", 4)
    source = prepared(tmp_path, [[[0, 0], [0, 0]]] * images)
    read = []
    opened = prepared_module.opened
    monkeypatch.setattr(prepared_module, "opened", lambda file: read.append(file) or opened(file))
    statistics(source, 3)
    assert len(read) == counted and read == source.labels[:: max(1, -(-images // 4))]


def test_ratios_of_several_sources_are_those_of_the_images_that_are_drawn(tmp_path):
    labels = [[[0, 0], [0, 0]], [[0, 0], [0, 0]], [[0, 0], [0, 0]], [[1, 1], [1, 1]]]
    for name in "ab":
        (tmp_path / name).mkdir()
    joined = join_domains([prepared(tmp_path / "a", labels[:3]), prepared(tmp_path / "b", labels[3:])], "ab", [1, 1])
    assert source_ratios(joined, 2) == pytest.approx((0.5, 0.5))
    assert source_ratios(dataclasses.replace(joined, shares=(3, 1)), 2) == pytest.approx((0.75, 0.25))
