"""The hardest frames of a clip are far apart, and few are held."""

import numpy as np

from keras_uda.predict.video.hardest import Hardest
from keras_uda.predict.video.hardest import HardFrame


def test_the_hardest_frames_are_a_second_apart():
    confidences = np.random.default_rng(1).random(400)
    hardest = Hardest(5)
    for number, confidence in enumerate(confidences):
        hardest.add(HardFrame(number, number / 10, confidence, np.zeros((2, 2, 3), "uint8")))
        assert len(hardest.frames()) <= 5
    found = hardest.frames()
    assert len(found) == 5 and np.diff([each.seconds for each in found]).round(6).min() >= 1
    assert min(each.confidence for each in found) == confidences.min()
    assert max(each.confidence for each in found) < np.sort(confidences)[60]
    none = Hardest(0)
    none.add(found[0])
    assert none.frames() == []


def hardest_of(confidences, most=5, rate=25):
    hardest, image = Hardest(most), np.zeros((2, 2, 3), "uint8")
    for number, confidence in enumerate(confidences):
        hardest.add(HardFrame(number, number / rate, float(confidence), image))
        assert len(hardest._seconds) <= 3 * most - 2  # the memory of a clip of any length
    found = hardest.frames()
    assert np.diff([each.seconds for each in found]).round(6).min() >= 1
    return [each.seconds for each in found]


def test_the_hardest_frames_of_a_slope_and_of_a_dip():
    assert hardest_of(np.linspace(0.9, 0.5, 500)) == [15.96, 16.96, 17.96, 18.96, 19.96]
    assert hardest_of(np.linspace(0.5, 0.9, 500)) == [0, 1, 2, 3, 4]
    assert len(hardest_of(np.linspace(0.9, 0.5, 512))) == 5  # the last second is not a whole one
    seconds = np.arange(1000) / 25
    dip_at = lambda place, width: np.exp(-(((seconds - place) / width) ** 2))  # noqa: E731
    dip = hardest_of(0.9 - 0.5 * dip_at(20.48, 2))
    assert 20.48 in dip and len(dip) == 5 and np.abs(np.subtract(dip, 20.48)).max() < 3.5
    assert hardest_of(0.9 - 0.5 * dip_at(8, 0.2) - 0.3 * dip_at(30, 0.2), most=2) == [8, 30]


def test_a_frame_that_goes_stands_in_no_way():
    # 1.9 is ruled out by 2.1, and 0.9, which 1.9 would have ruled out, is not.
    confidences = np.full(40, 0.9)
    confidences[[9, 19, 21]] = 0.5, 0.4, 0.3
    assert hardest_of(confidences, most=2, rate=10) == [0.9, 2.1]
