"""Which stream of a file is the clip: no cover, of several the largest, or the one that is asked for."""

import io
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.predict.video import container
from keras_uda.predict.video.read import Video
from tests.pictures import frame
from tests.predict.clips import add_cover
from tests.predict.clips import make_clip
from tests.predict.clips import make_several
from tests.predict.clips import read


def test_a_cover_is_no_footage(tmp_path, capsys):
    clip = make_clip(tmp_path / "covered.mp4")
    _, wanted = read(clip)  # before: x264 need not write the same clip twice on a busy machine
    add_cover(clip)
    with av.open(str(clip)) as container:
        assert container.streams.video[0].codec_context.name == "mjpeg"  # what a careless program reads
    video, frames = read(clip)
    assert len(frames) == 12 and video.loss() is None and capsys.readouterr().out == ""
    np.testing.assert_array_equal(frames[3][0], wanted[3][0])


def test_a_cover_in_a_matroska_file_is_no_footage(tmp_path, capsys):
    picture = io.BytesIO()
    Image.new("RGB", (640, 640)).save(picture, "JPEG")
    with av.open(str(tmp_path / "a.mkv"), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 80, 48, "yuv420p"
        container.add_attachment("cover.jpg", "image/jpeg", picture.getvalue())
        for index in range(5):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame(index, 80, 48), format="rgb24")))
        container.mux(stream.encode())
    video, frames = read(tmp_path / "a.mkv")
    assert [image.shape for image, _ in frames] == [(48, 80, 3)] * 5
    assert video.loss() is None and capsys.readouterr().out == ""


def test_a_file_with_nothing_but_a_cover_is_refused(tmp_path):
    with av.open(str(tmp_path / "song.m4a"), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=44100)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), "float32"), format="fltp", layout="mono")
        sound.sample_rate = 44100
        container.mux(stream.encode(sound))
        container.mux(stream.encode())
    with pytest.raises(DataError, match="no video in it"):
        Video(tmp_path / "song.m4a")
    with pytest.raises(DataError, match="a picture, and no footage in it"):
        Video(add_cover(tmp_path / "song.m4a"))


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_of_several_cameras_the_largest_is_read_and_told(tmp_path, capsys, suffix):
    clip = make_several(tmp_path / f"dual{suffix}")
    _, frames = read(clip)
    assert len(frames) == 6 and frames[0][0].shape == (96, 160, 3)
    told = capsys.readouterr().out
    assert told == f"{clip}: 2 video streams, 0: 80x48, 1: 160x96; 1 is read, --stream N takes another\n"


def test_another_camera_can_be_asked_for(tmp_path, capsys):
    clip = make_several(tmp_path / "dual.mp4")
    video = Video(clip, stream=0)
    assert next(video.frames())[0].shape == (48, 80, 3) and capsys.readouterr().out == ""
    with pytest.raises(UsageError, match="no video stream 2. There is 0: 80x48, 1: 160x96"):
        Video(clip, stream=2)
    with pytest.raises(UsageError, match="no video stream 1"):
        Video(add_cover(make_clip(tmp_path / "covered.mp4")), stream=1)


def test_a_picture_that_is_not_marked_as_one_is_no_footage(tmp_path, capsys):
    with av.open(str(tmp_path / "thumbnail.mp4"), "w") as container:
        still, moving = container.add_stream("mjpeg", rate=25), container.add_stream("libx264", rate=25)
        still.width, still.height, still.pix_fmt = 320, 240, "yuvj420p"
        moving.width, moving.height, moving.pix_fmt = 80, 48, "yuv420p"
        for stream, count in ((still, 1), (moving, 5)):
            for index in range(count):
                picture = av.VideoFrame.from_ndarray(frame(index, stream.width, stream.height), format="rgb24")
                container.mux(stream.encode(picture))
            container.mux(stream.encode())
    _, frames = read(tmp_path / "thumbnail.mp4")
    assert len(frames) == 5 and frames[0][0].shape == (48, 80, 3) and capsys.readouterr().out == ""


def test_frames_that_grow_beyond_the_limit_are_damage(tmp_path, monkeypatch):
    """V6: the header is of the first frames; those further on have sizes of their own."""
    monkeypatch.setattr(container, "LARGEST_PIXELS", 100 * 100)
    small, large = (make_clip(tmp_path / f"{width}.h264", 150, width, 48) for width in (80, 640))
    with open(small, "ab") as stream:  # what FFmpeg reads to know the clip ends before
        stream.write(large.read_bytes())
    video, frames = read(small)
    assert {image.shape for image, _ in frames} == {(48, 80, 3)} and len(frames) == 150
    assert "damaged" in video.loss()


def test_frames_that_are_stretched_beyond_the_limit_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(container, "LARGEST_PIXELS", 2 * 80 * 48)
    clips = [make_clip(tmp_path / f"{n}.mp4", 3, pixel=Fraction(pixel)) for n, pixel in enumerate(("2", "1/3"))]
    assert read(clips[0])[1][0][0].shape == (48, 160, 3)
    with pytest.raises(DataError, match="frames too large"):
        Video(clips[1])


@pytest.mark.parametrize("name", ["2024-05-01T10:22:33.mp4", "file:a.mp4", "pipe:0.mp4", "concat:a|b.mp4", "%03d.mp4"])
def test_names_are_no_protocols(tmp_path, monkeypatch, name):
    make_clip(tmp_path / "plain.mp4", frames=3).rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert len(read(name)[1]) == 3 == len(read(f"./{name}")[1])
