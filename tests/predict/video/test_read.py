"""Footage: counts tell damage from an end, rotation is applied, what is no video is told at once."""

from fractions import Fraction

import av
import numpy as np
import pytest

from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.predict.video.read import Video
from keras_uda.predict.video.read import as_shown
from tests.memory import resident
from tests.pictures import frame
from tests.predict.clips import cut
from tests.predict.clips import make_clip
from tests.predict.clips import read
from tests.predict.clips import spoil
from tests.predict.clips import turn


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


@pytest.mark.parametrize(
    ("pixel", "degrees", "shown"),
    [(Fraction(4, 3), 0, (108, 192)), (Fraction(10, 11), 0, (119, 144)), (Fraction(4, 3), 90, (192, 108))],
)
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_pixels_become_square(tmp_path, suffix, pixel, degrees, shown):
    clip = make_clip(tmp_path / f"a{suffix}", frames=2, width=144, height=108, pixel=pixel)
    if degrees:
        clip = turn(clip, tmp_path / f"turned{suffix}", degrees)
    assert read(clip)[1][0][0].shape == (*shown, 3)


def test_pixels_of_no_sense_stay_as_they_are():
    image = np.zeros((4, 6, 3), np.uint8)
    assert as_shown(image, Fraction(1, 100), 0).shape == (4, 6, 3)
    assert as_shown(image, None, 0) is image and as_shown(image, Fraction(1), 0) is image


@pytest.mark.parametrize(
    ("suffix", "first"), [(".ts", 25 * 3600 * 5), (".ts", 0), (".flv", 0), (".mkv", 25 * 60), (".mp4", 7)]
)
def test_times_begin_at_zero(tmp_path, suffix, first):
    _, frames = read(make_clip(tmp_path / f"a{suffix}", ticks=range(first, first + 12)))
    assert [time for _, time in frames] == [Fraction(index, 25) for index in range(12)]


def test_only_wanted_frames_become_images(tmp_path):
    video = Video(make_clip(tmp_path / "a.mp4"))
    found = list(video.frames(lambda seconds: seconds * 25 % 5 == 0))
    assert [time * 25 for _, time in found] == [0, 5, 10] and video.decoded == 12 and video.loss() is None


def test_colours_of_high_definition_in_full_range(tmp_path):
    """One green, (0, 160, 60), in BT.709 and full range: other matrices give (13, 183, 62)."""
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"qp": "1"})
        stream.width, stream.height, stream.pix_fmt = 128, 64, "yuv420p"
        context = stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = 1
        context.color_range = 2
        picture = av.VideoFrame(128, 64, "yuv420p")
        picture.colorspace, picture.color_range = 1, 2
        luma = 0.2126 * 0 + 0.7152 * 160 + 0.0722 * 60
        for plane, value in zip(
            picture.planes, (luma, 128 + (60 - luma) / 1.8556, 128 + (0 - luma) / 1.5748), strict=True
        ):
            plane.update(bytes([round(value)]) * plane.buffer_size)
        container.mux(stream.encode(picture))
        container.mux(stream.encode())
    ((image, _),) = read(tmp_path / "a.mp4")[1]
    np.testing.assert_allclose(image[32, 64], (0, 160, 60), atol=3)


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


def test_frames_that_change_their_shape_come_in_their_own(tmp_path):
    parts = [
        make_clip(tmp_path / f"{size[0]}.ts", frames=6, width=size[0], height=size[1]) for size in ((64, 48), (96, 80))
    ]
    (tmp_path / "joined.ts").write_bytes(b"".join(part.read_bytes() for part in parts))
    _, frames = read(tmp_path / "joined.ts")
    assert [picture.shape[:2] for picture, _ in frames] == [(48, 64)] * 6 + [(80, 96)] * 6
    times = [time for _, time in frames]
    assert times == sorted(times) and times[0] == 0


def test_one_frame_is_a_clip(tmp_path):
    video, frames = read(make_clip(tmp_path / "one.mp4", frames=1))
    assert len(frames) == 1 and video.loss() is None and video.rate > 0


def test_a_clip_that_says_neither_rate_nor_length(tmp_path):
    """H.264 without a container."""
    video, frames = read(make_clip(tmp_path / "raw.h264", frames=5, width=64, height=48))
    assert len(frames) == 5 and video.rate > 0 and video.declared == 0 and video.loss() is None
    times = [time for _, time in frames]
    assert times == sorted(set(times)) and times[0] == 0


@pytest.mark.slow
def test_three_hours_take_the_memory_of_a_minute(tmp_path):
    clip = make_clip(
        tmp_path / "long.mp4", frames=3 * 3600 * 5, width=64, height=48, rate=5, draw=lambda index: PICTURE
    )
    video = Video(clip)
    seen, before = 0, None
    for _ in video.frames():
        seen += 1
        before = resident() if seen == 300 else before
    assert seen == 3 * 3600 * 5 and resident() < before + 20e6


PICTURE = frame(0, 64, 48)
