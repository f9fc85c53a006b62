"""Clips through a model, whole and damaged; what was done is not done again."""

import json
from fractions import Fraction

import av
import numpy as np
import pytest

from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.errors import DataError
from keras_uda.core.errors import PartialResult
from keras_uda.core.errors import UsageError
from keras_uda.data.formats.labels import read_label
from keras_uda.predict.predictor import Predictor
from tests.predict.calls import MAP
from tests.predict.calls import expected
from tests.predict.calls import run
from tests.predict.clips import count_frames
from tests.predict.clips import cut
from tests.predict.clips import make_clip
from tests.predict.clips import make_several


def test_frames_ends_a_clip_early_and_on_purpose(tmp_path):
    clip = make_clip(tmp_path / "clip.mp4", frames=40)
    run(clip, tmp_path / "out", "--frames", "7")
    assert count_frames(tmp_path / "out" / "clip.mp4") == 7
    assert json.loads((tmp_path / "out" / "predict.json").read_text())["loss"] is None
    run(clip, tmp_path / "out", "--resume", "--frames", "9")
    assert count_frames(tmp_path / "out" / "clip.mp4") == 9


def test_a_video(tmp_path, predict):
    clip = make_clip(tmp_path / "clip.mp4", width=66, height=50)
    output = predict(clip, "out/overlay.mp4", "--labels")
    labels = sorted((tmp_path / "out" / "overlay_labels").glob("*.png"))
    assert count_frames(output) == 12 and [path.name for path in labels] == [f"{i:06d}.png" for i in range(12)]
    first = next(frames_of(clip))
    np.testing.assert_array_equal(read_label(labels[0], MAP, CITYSCAPES), expected(first))
    record = json.loads((tmp_path / "out" / "overlay_predict" / "predict.json").read_text())
    assert record["frames"] == 12 and record["loss"] is None and record["input"] == "clip.mp4"


def frames_of(clip):
    from keras_uda.predict.video.read import Video

    return (image for image, _ in Video(clip).frames())


def test_a_cut_clip_keeps_what_it_has(tmp_path, predict):
    clip = cut(make_clip(tmp_path / "clip.mp4", frames=40, container={"movflags": "faststart"}), 0.6)
    with pytest.raises(PartialResult, match="40 frames declared") as result:
        predict(clip, "out", "--labels")
    assert "output is partial" in str(result.value)
    done = count_frames(tmp_path / "out" / "clip.mp4")
    assert 10 < done < 40 and len(list((tmp_path / "out" / "labels").glob("*.png"))) == done


def test_an_overlay_has_the_shape_and_the_times_of_the_source(tmp_path, predict):
    clip = make_clip(tmp_path / "clip.ts", width=144, height=108, pixel=Fraction(4, 3), ticks=[25 * 3600 * 5, 450003])
    output = predict(clip, "overlay.mp4")
    with av.open(str(output)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height, stream.sample_aspect_ratio or 1) == (192, 108, 1)
        assert container.start_time == 0
        assert [float(frame.time) for frame in container.decode(video=0)] == pytest.approx([0, 0.12])
    rows = (tmp_path / "overlay_predict" / "timeline.csv").read_text().splitlines()
    assert [float(row.split(",")[1]) for row in rows[1:]] == pytest.approx([0, 0.12])


def test_another_stream_is_another_input(tmp_path, predict):
    clip = make_several(tmp_path / "dual.mp4")
    predict(clip, "out", "--stream", "0")
    with av.open(str(tmp_path / "out" / "dual.mp4")) as container:
        assert container.streams.video[0].width == 80
    with pytest.raises(UsageError, match="begun with stream 0"):
        predict(clip, "out", "--resume")


def test_what_is_no_video_leaves_nothing(tmp_path, predict):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(DataError):
        predict(tmp_path / "notes.txt", "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("ids", [(), ("--ids", "cityscapes")])
def test_an_interrupted_clip_is_continued_from_its_label_maps(tmp_path, predict, monkeypatch, ids):
    clip = make_clip(tmp_path / "clip.mp4")
    whole = predict(clip, "whole", "--labels", *ids)
    half, calls = predict(clip, "half", "--labels", *ids), []
    (half / "clip.mp4").unlink()
    for number in range(5, 12):
        (half / "labels" / f"{number:06d}.png").unlink()
    real = Predictor.__call__
    monkeypatch.setattr(Predictor, "__call__", lambda self, image: calls.append(1) or real(self, image))
    predict(clip, "half", "--labels", "--resume", *ids)
    assert len(calls) == 7
    assert (half / "clip.mp4").read_bytes() == (whole / "clip.mp4").read_bytes()
    for path in (whole / "labels").glob("*.png"):
        assert path.read_bytes() == (half / "labels" / path.name).read_bytes()
