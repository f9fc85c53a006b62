"""The built-in clip: footage of the drive that no training sees."""

from fractions import Fraction
from itertools import islice

import numpy as np
import pytest

from keras_uda.core.errors import UsageError
from keras_uda.world import clip
from keras_uda.world.clip import DriveClip
from keras_uda.world.render import indices
from keras_uda.world.render import render
from tests.predict.calls import run
from tests.predict.clips import count_frames


def test_frames_are_the_drive_of_the_test_split(monkeypatch):
    monkeypatch.setattr(clip, "SIZE", (64, 48))
    frames = list(islice(DriveClip().frames(), 3))
    first = indices("test", 1)[0]
    for number, (image, seconds) in enumerate(frames):
        np.testing.assert_array_equal(image, render("drive", first + number, (64, 48))[0])
        assert seconds == Fraction(number, 12)
    assert DriveClip().expected == 96


def test_predict_takes_it_by_name(tmp_path, monkeypatch):
    monkeypatch.setattr(clip, "SIZE", (64, 48))
    run("world:drive", tmp_path / "out", "--frames", "3")
    assert count_frames(tmp_path / "out" / "world-drive.mp4") == 3
    with pytest.raises(UsageError, match="Write world:drive"):
        run("world:town", tmp_path / "other")
