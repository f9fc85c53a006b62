"""Frames larger than the network: the gate sees whether they are shrunk as in evaluation."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.artefacts import manifest
from keras_uda.core.errors import ArtefactError
from keras_uda.export import check_frames
from keras_uda.export import parity
from keras_uda.export import publish
from keras_uda.export.check_frames import LARGER_FRAMES
from keras_uda.export.check_frames import larger_frames
from keras_uda.export.write import Wanted
from keras_uda.ops import image_files
from tests.toy_export import frame
from tests.toy_export import toy_exports
from tests.toy_export import toy_run


def test_larger_frames_are_mosaics_of_odd_sizes():
    images = np.stack([np.full((12, 16, 3), value, "uint8") for value in range(4)])
    larger = larger_frames(images)
    assert larger.shape == (LARGER_FRAMES, 31, 41, 3) and larger.dtype == np.uint8
    assert [int(larger[0, row, column, 0]) for row in (0, 10, 25) for column in (0, 12, 30)] == [
        0,
        1,
        2,
        3,
        0,
        1,
        2,
        3,
        0,
    ]


def test_huge_networks_have_smaller_mosaics(monkeypatch):
    monkeypatch.setattr(check_frames, "MOST_PIXELS", 9 * 12 * 16 - 1)
    assert larger_frames(np.zeros((1, 12, 16, 3), "uint8")).shape == (LARGER_FRAMES, 19, 25, 3)


def test_the_worst_signature_counts():
    labels = np.array([[[0, 1], [2, 3]]], "uint8")
    maps = parity.Maps(labels, None, 1.0, [], None)
    expected = maps._replace(decided=np.ones_like(labels, bool))
    assert parity.agreement_of_larger(maps, expected, (4, 4)) is None
    grown = np.repeat(np.repeat(labels, 2, 1), 2, 2)
    grown[0, 0] = 9
    maps = maps._replace(larger=(labels, grown))
    assert parity.agreement_of_larger(maps, expected, (4, 4)) == 0.75


def test_pixels_that_rounding_decides_do_not_count():
    labels, decided = np.array([[[0, 1], [2, 3]]], "uint8"), np.array([[[False, True], [True, True]]])
    expected = parity.Maps(labels, None, 1.0, [], None, decided)
    other = np.array([[[9, 1], [2, 3]]], "uint8")
    assert parity.agreement_of_larger(expected._replace(larger=(other,)), expected, (2, 2)) == 1.0
    assert parity.agreement_of_larger(expected._replace(larger=(9 - labels,)), expected, (2, 2)) == 0.0


def test_saved_models_are_checked_on_larger_frames():
    entries = manifest.read_manifest(toy_exports())["artefacts"]
    assert entries["saved_model"]["agreement_larger"] >= 0.9999 and entries["tflite"]["agreement_larger"] is None


@pytest.mark.slow
@pytest.mark.ci
def test_frames_shrunk_without_antialiasing_are_refused(tmp_path, no_process, monkeypatch):
    plain = lambda frames, height, width: tf.cast(tf.image.resize(frames, (height, width)), "uint8")  # noqa: E731
    monkeypatch.setattr(image_files, "resize_frames", plain)
    with pytest.raises(ArtefactError, match="of frames larger than the network, not 99.99%"):
        publish.export_run(toy_run(), tmp_path / "out", Wanted(formats=("saved_model",)))
    assert frame(0).std() > 10  # frames with detail
