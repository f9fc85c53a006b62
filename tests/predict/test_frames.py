"""Clips cut into frames: how many, which, and how they stand."""

import av
import numpy as np
import pytest
from PIL import Image

from keras_uda.core.errors import DataError
from keras_uda.predict.frames import cut_frames
from tests.predict.clips import make_clip
from tests.predict.clips import turn


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def make_standing(path):
    """Ten frames of one picture, then one of another."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for level in [60] * 10 + [180]:
            image = np.full((48, 64, 3), level, "uint8")
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    return path


def test_frames_lie_an_interval_apart(tmp_path):
    clip = str(make_clip(tmp_path / "drive.mp4", frames=25, rate=25))
    for every, most, expected in ((0, None, 25), (0.2, None, 5), (0.2, 2, 2)):
        folder = tmp_path / f"{every}-{most}"
        folder.mkdir()
        assert cut_frames([clip], folder, every=every, most=most) == {clip: expected}
        assert names(folder) == [f"drive_{number:05d}.jpg" for number in range(1, expected + 1)]
        assert Image.open(folder / "drive_00001.jpg").size == (80, 48)


def test_a_standing_car_is_one_frame(tmp_path):
    (tmp_path / "out").mkdir()
    assert list(cut_frames([str(make_standing(tmp_path / "a.mp4"))], tmp_path / "out", every=0).values()) == [2]


def test_clips_of_phones_are_upright(tmp_path):
    turned = turn(make_clip(tmp_path / "a.mp4"), tmp_path / "b.mp4", 90)
    (tmp_path / "out").mkdir()
    cut_frames([str(turned)], tmp_path / "out", every=0, most=1)
    assert Image.open(tmp_path / "out" / "b_00001.jpg").size == (48, 80)


def test_clips_of_one_name_do_not_mix(tmp_path):
    clips = [str(make_clip(tmp_path / place / "a.mp4")) for place in ("one", "two")]
    (tmp_path / "out").mkdir()
    cut_frames(clips, tmp_path / "out", every=0, most=1)
    assert names(tmp_path / "out") == ["a_1_00001.jpg", "a_2_00001.jpg"]


def test_what_is_no_clip_is_refused(tmp_path):
    (tmp_path / "a.mp4").write_text("no clip")
    with pytest.raises(DataError, match="not a playable video"):
        cut_frames([str(tmp_path / "a.mp4")], tmp_path, every=1)
