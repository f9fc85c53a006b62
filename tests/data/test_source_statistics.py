"""Ratios and sizes of source classes, on label files written here."""

import numpy as np
import pytest
from PIL import Image

from keras_uda.data import source_statistics
from keras_uda.data.prepared import Prepared
from keras_uda.data.source_statistics import source_class_areas
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


@pytest.mark.parametrize(("images", "counted"), [(1, 1), (4, 4), (5, 3), (7, 4), (9, 3)])
def test_at_most_so_many_labels_are_counted(tmp_path, monkeypatch, images, counted):
    monkeypatch.setattr(source_statistics, "LABELS_COUNTED", 4)
    source = prepared(tmp_path, [[[0, 0], [0, 0]]] * images)
    assert source_class_areas(source, 3).shape == (counted, 3)
