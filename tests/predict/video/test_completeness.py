"""A good clip is never called damaged, whatever its container counts; a cut one always is."""

import numpy as np
import pytest

from tests.predict.clips import copy_from
from tests.predict.clips import cut
from tests.predict.clips import make_clip
from tests.predict.clips import read
from tests.predict.clips import show_half

GROUP = {"frames": 50, "group": 10}
JPEG = {"codec": "mjpeg", "pixels": "yuvj420p"}


def test_what_an_edit_list_hides_is_not_missing(tmp_path, capsys):
    clip = show_half(make_clip(tmp_path / "a.mp4", **GROUP))
    video, frames = read(clip)
    assert len(frames) == 25 and video.loss() is None and capsys.readouterr().err == ""


def test_a_trimmed_clip_that_is_cut_as_well_is_told(tmp_path):
    clip = show_half(make_clip(tmp_path / "a.mp4", container={"movflags": "faststart"}, **GROUP))
    video, frames = read(cut(clip, 0.4))
    assert len(frames) < 25 and "decoded" in video.loss()


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts", ".flv"])
def test_a_clip_that_begins_between_key_frames_is_whole(tmp_path, capsys, suffix):
    plain = make_clip(tmp_path / f"a{suffix}", **GROUP)
    clip = copy_from(plain, tmp_path / f"copy{suffix}", 1.02)
    video, frames = read(clip)
    assert len(frames) == 20 and video.loss() is None  # from the key frame at 1.2 seconds
    assert frames[0][1] == 0
    np.testing.assert_array_equal(frames[0][0], read(plain)[1][30][0])
    assert "begins between key frames" in capsys.readouterr().err


@pytest.mark.parametrize("dropped", [(9, 19, 29), (20, 21, 22, 39), (37, 38, 39)])
def test_frames_that_a_recorder_dropped_are_not_missing(tmp_path, dropped):
    ticks = [tick for tick in range(41) if tick not in dropped]
    video, frames = read(make_clip(tmp_path / "a.avi", ticks=ticks, **JPEG))
    assert [time * 25 for _, time in frames] == ticks
    assert video.declared > len(frames) and video.loss() is None


@pytest.mark.parametrize(("suffix", "codec"), [(".mkv", "libx264"), (".webm", "libvpx"), (".flv", "libx264")])
def test_a_container_that_tells_its_length_tells_that_it_was_cut(tmp_path, suffix, codec):
    clip = make_clip(tmp_path / f"a{suffix}", frames=50, codec=codec)
    video, frames = read(clip)
    assert len(frames) == 50 and video.loss() is None
    video, frames = read(cut(clip, 0.6))
    assert 10 < len(frames) < 45 and "declared" in video.loss()


PACKET, VIDEO = 188, 0x100  # bytes; number of the stream


def starts_of_frames(stream: bytes) -> list[int]:
    """Places of the packets of a transport stream with which a frame begins."""
    heads = [(place, int.from_bytes(stream[place + 1 : place + 3])) for place in range(0, len(stream), PACKET)]
    return [place for place, head in heads if head & 0x4000 and head & 0x1FFF == VIDEO]


def test_a_transport_stream_that_breaks_off_is_told(tmp_path):
    clip = make_clip(tmp_path / "a.ts", frames=50)
    content = clip.read_bytes()
    border = starts_of_frames(content)[10]
    for part, loss in (
        (content[:border], None),
        (content[: border + 70], "the file ends within a packet"),
        (content[188 * 6 + 70 :], None),  # of a recorder that begins anywhere
    ):
        clip.write_bytes(part)
        video, frames = read(clip)
        assert 5 < len(frames) < 50 and str(video.loss()).startswith(str(loss))


def test_an_avi_with_dropped_frames_that_was_cut_is_told(tmp_path):
    ticks = [tick for tick in range(41) if tick % 10 != 9]
    video, frames = read(cut(make_clip(tmp_path / "a.avi", ticks=ticks, **JPEG), 0.5))
    assert 10 < len(frames) < 30 and video.loss().startswith("41 frames declared")


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_variable_rate_is_no_loss(tmp_path, suffix):
    ticks = [0, 1, 2, 30, 31, 90, 92]
    video, frames = read(make_clip(tmp_path / f"a{suffix}", ticks=ticks))
    assert [round(time * 25) for _, time in frames] == ticks and video.loss() is None
