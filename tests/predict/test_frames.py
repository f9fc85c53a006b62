"""Clips cut into frames: how many, which, and how they stand."""

import numpy as np
import pytest
from PIL import Image

from keras_uda.core.errors import DataError
from keras_uda.predict.frames import cut_frames
from keras_uda.predict.frames import distinct_frames
from keras_uda.predict.sieve import Sieve
from keras_uda.predict.video.read import Video
from tests.pictures import scene
from tests.predict.clips import copy_from
from tests.predict.clips import make_clip
from tests.predict.clips import turn


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def make_standing(path):
    """Ten frames of one picture, then one of another."""
    levels = [60] * 10 + [180]
    return make_clip(path, frames=11, rate=10, draw=lambda index: np.full((48, 80, 3), levels[index], "uint8"))


def test_frames_lie_an_interval_apart(tmp_path):
    clip = str(make_clip(tmp_path / "drive.mp4", frames=25, rate=25))
    for every, most, expected in ((0, None, 25), (0.2, None, 5), (0.2, 2, 2)):
        folder = tmp_path / f"{every}-{most}"
        folder.mkdir()
        assert cut_frames([clip], folder, every=every, most=most)[clip].frames == expected
        assert names(folder) == [f"drive_{number:05d}.jpg" for number in range(1, expected + 1)]
        assert Image.open(folder / "drive_00001.jpg").size == (80, 48)


def test_a_standing_car_is_one_frame(tmp_path):
    (tmp_path / "out").mkdir()
    (cut,) = cut_frames([str(make_standing(tmp_path / "a.mp4"))], tmp_path / "out", every=0).values()
    assert cut == (2, {"frozen": 9}) and str(cut) == "2 frames of 11 (9 frozen)"


def test_frames_are_taken_by_the_clock(tmp_path):
    ticks = [0, 20, 30, 31, 60, 200, 201, 226]
    video = Video(make_clip(tmp_path / "a.mp4", ticks=ticks, draw=lambda index: scene(index)))
    assert [round(time * 25) for _, time in distinct_frames(video, 1.0, Sieve())] == [0, 30, 60, 200, 226]


def test_two_clips_of_one_drive_give_its_frames_once(tmp_path):
    first = make_clip(tmp_path / "a.mp4", frames=8, draw=scene)
    second = copy_from(first, tmp_path / "b.mp4", 0.15)  # recorders let their clips overlap
    (tmp_path / "out").mkdir()
    cuts = cut_frames([str(first), str(second)], tmp_path / "out", every=0)
    assert list(cuts.values()) == [(8, {}), (0, {"near-duplicates": 4})]


def test_clips_of_phones_are_upright(tmp_path):
    turned = turn(make_clip(tmp_path / "a.mp4"), tmp_path / "b.mp4", 90)
    (tmp_path / "out").mkdir()
    cut_frames([str(turned)], tmp_path / "out", every=0, most=1)
    assert Image.open(tmp_path / "out" / "b_00001.jpg").size == (48, 80)


def test_clips_of_one_name_do_not_mix(tmp_path):
    clips = [
        str(make_clip(tmp_path / place / "a.mp4", draw=lambda index, first=first: scene(first + index)))
        for first, place in ((0, "one"), (20, "two"))
    ]
    (tmp_path / "out").mkdir()
    cut_frames(clips, tmp_path / "out", every=0, most=1)
    assert names(tmp_path / "out") == ["a_1_00001.jpg", "a_2_00001.jpg"]


def test_what_is_no_clip_is_refused(tmp_path):
    (tmp_path / "a.mp4").write_text("no clip")
    with pytest.raises(DataError, match="not a playable video"):
        cut_frames([str(tmp_path / "a.mp4")], tmp_path, every=1)
