"""What counts as seen before: black, frozen, nearly the same; and what does not."""

import cv2
import numpy as np

from keras_uda.predict.sieve import Sieve
from tests.pictures import scene


def test_what_is_dropped_is_counted_by_reason():
    black = np.full((48, 80, 3), 6, "uint8")
    shown = [black, black, scene(0), scene(0), scene(1), scene(1, noise=1), scene(2), scene(0, noise=2), scene(3)]
    sieve = Sieve()
    assert [sieve.takes(image) for image in shown] == [False] * 2 + [True, False, True, False, True, False, True]
    assert sieve.dropped == {"black": 2, "frozen": 1, "near-duplicates": 2} and len(sieve.kept) == 4


def test_the_pictures_kept_are_those_of_the_frames():
    sieve = Sieve()
    for index in range(150):  # more than it has room for at first
        sieve.takes(np.roll(scene(index), index, axis=1))
    assert sieve.kept.shape == (150, 18, 32)
    grey = cv2.cvtColor(np.roll(scene(149), 149, axis=1), cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (32, 18), interpolation=cv2.INTER_AREA)
    assert np.abs(sieve.kept[149].astype(int) - small).max() <= 1
    assert sieve.knows(small) and not sieve.knows(255 - small)


def test_a_dark_road_is_not_black_and_changes_slowly():
    sieve, road = Sieve(), np.full((90, 160, 3), 8, "uint8")
    road[60:, 40:120] = 45  # in the light of the own lamps
    later = road.copy()
    later[30:60, 60:100] = 20
    assert [sieve.takes(road), sieve.takes(later), sieve.takes(later)] == [True, True, False]
    assert sieve.dropped == {"frozen": 1}
