"""Pixels of labels: counted once, kept whole or counted again."""

import numpy as np
import pytest
from PIL import Image

from keras_uda.data.cache import label_pixels as module
from keras_uda.data.cache.label_pixels import label_pixels
from tests.data import making


@pytest.fixture
def source(tmp_path):
    return making.prepared(making.make_folder(tmp_path / "data"))


def slowly(source):
    labels = [np.asarray(Image.open(file)) for file in source.labels]
    return [[int((label == value).sum()) for value in range(256)] for label in labels]


def test_every_pixel_of_every_label_is_counted(source):
    np.testing.assert_array_equal(label_pixels(source), slowly(source))


def test_labels_are_counted_once_and_others_apart(source, monkeypatch):
    first = label_pixels(source)
    jobs = []
    monkeypatch.setattr(module, "run_jobs", lambda function, files, what: jobs.append(files) or [np.zeros(256)] * 3)
    np.testing.assert_array_equal(label_pixels(source), first)
    assert not jobs
    label_pixels(source.take([4, 2, 0]))
    assert jobs == [[source.labels[row] for row in (4, 2, 0)]]


@pytest.mark.parametrize("damage", [lambda content: content[:-30], lambda content: b"", lambda content: content[::-1]])
def test_a_damaged_file_is_made_again(source, damage):
    first = label_pixels(source)
    (file,) = (source.cache / "label_pixels").iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    np.testing.assert_array_equal(label_pixels(source), first)
    assert file.read_bytes() == whole


def test_nothing_is_written_where_there_is_no_cache(source, tmp_path):
    source.cache, before = None, sorted(tmp_path.rglob("*"))
    np.testing.assert_array_equal(label_pixels(source), slowly(source))
    assert sorted(tmp_path.rglob("*")) == before
