"""What the gate measures."""

import numpy as np
import pytest

from keras_uda.core.errors import ArtefactError
from keras_uda.export import parity
from keras_uda.export.bounds import BOUNDS
from keras_uda.export.bounds import Bounds
from keras_uda.export.bounds import shortfall
from keras_uda.export.check_frames import CheckFrames
from keras_uda.export.parity import Maps
from tests.toy_export import frame
from tests.toy_export import run_here
from tests.toy_export import toy_exports


def maps(label_map, confidence=200):
    label_map = np.array(label_map, "uint8")[None]
    return Maps(label_map, np.full_like(label_map, confidence), 1.0, [], None)


def test_agreement_and_miou_by_hand():
    labels = np.array([[[0, 0, 1, 255]]], "uint8")
    frames = CheckFrames(np.zeros((1, 1, 4, 3), "uint8"), labels, np.array([0, 1, 1], "uint8"), "here")
    result = parity.compare(maps([[0, 0, 1, 2]], 198), maps([[0, 1, 2, 2]]), frames, ["road", "car", "truck"])
    assert result["agreement"] == 0.5
    assert result["confidence_difference"] == 2
    assert result["miou"] == 1.0  # the fourth pixel is ignored, truck counts as car
    assert result["keras_miou"] == pytest.approx((1 / 2 + 1 / 2) / 2)
    assert result["iou_change"] == {"road": 0.5, "car": 0.5}


def test_without_labels_there_is_no_miou():
    frames = CheckFrames(np.zeros((1, 1, 4, 3), "uint8"), None, np.arange(2, dtype="uint8"), "here")
    result = parity.compare(maps([[0, 0, 1, 1]]), maps([[0, 0, 1, 1]]), frames, ["road", "car"])
    assert result["agreement"] == 1.0 and result["miou"] is None and result["iou_change"] is None


def test_pixels_that_rounding_decides_do_not_count_against_float16():
    probabilities = np.array([[[0.5, 0.498, 0.002], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8], [0.334, 0.333, 0.333]]])
    decided = parity.is_decided(probabilities)
    assert decided.tolist() == [[False, True, True, False]]
    frames = CheckFrames(np.zeros((1, 1, 4, 3), "uint8"), None, np.arange(3, dtype="uint8"), "here")
    reference = maps([[0, 1, 2, 0]])._replace(decided=decided[None])
    result = parity.compare(maps([[1, 1, 2, 0]]), reference, frames, ["road", "car", "truck"])
    assert result["agreement"] == 0.75 and result["agreement_decided"] == 1.0
    assert shortfall(Bounds(0.7, 0.01, decided=1.0), result) is None
    result = parity.compare(maps([[0, 2, 2, 0]]), reference, frames, ["road", "car", "truck"])
    assert "50.0000% of the pixels whose two best" in shortfall(Bounds(0.7, 0.01, decided=0.999), result)
    assert BOUNDS["float16"].agreement == 0.98  # a file that is wrong everywhere else still fails


@pytest.mark.slow
@pytest.mark.ci
@pytest.mark.parametrize("file", ["model.tflite", "saved_model/1"])
def test_a_process_of_its_own_gives_the_same_maps(file):
    images = np.stack([frame(index) for index in range(2)])
    apart, here = (run(toy_exports() / file, images) for run in (parity.run_apart, run_here))
    np.testing.assert_array_equal(apart.label_maps, here.label_maps)
    np.testing.assert_array_equal(apart.confidences, here.confidences)
    assert apart.foreign_ops == here.foreign_ops == [] and apart.milliseconds > 0 and apart.memory_mib > 10


def test_what_does_not_run_there_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(parity.runners, "__file__", str(tmp_path / "absent.py"))
    with pytest.raises(ArtefactError, match="model.tflite: does not run in a process of its own"):
        parity.run_apart(tmp_path / "model.tflite", np.zeros((1, 4, 4, 3), "uint8"))
