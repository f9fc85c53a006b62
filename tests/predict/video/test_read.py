"""Footage: counts tell damage from an end, rotation is applied, what is no video is told at once."""

from fractions import Fraction

import numpy as np
import pytest

from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.predict.video.read import Video
from tests.predict.clips import cut
from tests.predict.clips import make_clip
from tests.predict.clips import read
from tests.predict.clips import spoil
from tests.predict.clips import turn
from tests.toy_export import frame


def test_a_whole_clip_has_all_frames_and_no_loss(tmp_path):
    video, frames = read(make_clip(tmp_path / "with space ä[1].mp4"))
    assert (video.declared, len(frames), video.loss(), video.rate) == (12, 12, None, 25)
    assert [time for _, time in frames] == [Fraction(index, 25) for index in range(12)]
    assert np.abs(frames[5][0].astype(int) - frame(5, 80, 48)).mean() < 12  # lossy, but this frame


@pytest.mark.parametrize(("suffix", "options"), [(".avi", {"codec": "mjpeg", "pixels": "yuvj420p"}), (".mkv", {})])
def test_other_containers(tmp_path, suffix, options):
    video, frames = read(make_clip(tmp_path / f"clip{suffix}", **options))
    assert len(frames) == 12 and video.loss() is None


def test_half_an_avi_says_how_much_is_missing(tmp_path):
    clip = make_clip(tmp_path / "clip.avi", frames=40, codec="mjpeg", pixels="yuvj420p")
    video, frames = read(cut(clip, 0.5))
    assert 10 < len(frames) < 30
    assert video.loss().startswith(f"40 frames declared, {len(frames)} decoded")


def test_a_streamable_mp4_that_was_cut_says_how_much_is_missing(tmp_path):
    clip = make_clip(tmp_path / "clip.mp4", frames=40, container={"movflags": "faststart"})
    video, frames = read(cut(clip, 0.6))
    assert 10 < len(frames) < 40 and "40 frames declared" in video.loss()


@pytest.mark.parametrize("suffix", [".avi", ".mp4"])
def test_bad_bytes_are_told_and_frames_behind_them_are_read(tmp_path, suffix):
    options = {"codec": "mjpeg", "pixels": "yuvj420p"} if suffix == ".avi" else {}
    video, frames = read(spoil(make_clip(tmp_path / f"clip{suffix}", frames=40, **options)))
    assert len(frames) > 19 and video.loss() is not None


def test_rotation_is_applied(tmp_path):
    clip = make_clip(tmp_path / "plain.mp4", frames=2)
    _, plain = read(clip)
    _, turned = read(turn(clip, tmp_path / "turned.mp4", 90))
    np.testing.assert_array_equal(turned[0][0], np.rot90(plain[0][0]))


@pytest.mark.parametrize("content", [b"", b"\0" * 5000, b"hello\n" * 500, None])
def test_what_is_no_video_is_refused(tmp_path, content):
    path = tmp_path / "clip.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError):
        Video(path)


def test_a_truncated_mp4_is_refused(tmp_path):
    with pytest.raises(DataError, match="not a playable video"):
        Video(cut(make_clip(tmp_path / "clip.mp4"), 0.5))


def test_a_list_of_addresses_opens_nothing(tmp_path):
    (tmp_path / "list.m3u8").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttp://127.0.0.1:1/x.ts\n")
    with pytest.raises(DataError):
        Video(tmp_path / "list.m3u8")


def test_addresses_need_permission_and_credentials_are_not_shown():
    with pytest.raises(UsageError, match="--allow-url"):
        Video("rtsp://camera/stream")
    with pytest.raises(DataError) as refusal:
        Video("http://user:secret@127.0.0.1:1/clip.mp4", allow_url=True)
    assert "secret" not in str(refusal.value)
