"""Written clips can be played, and a failure leaves none."""

from fractions import Fraction

import numpy as np
import pytest

from keras_uda.core.errors import ResourceError
from keras_uda.core.errors import UsageError
from keras_uda.predict.video.write import VideoWriter
from keras_uda.predict.video.write import check_writer
from keras_uda.predict.video.write import fit
from tests.pictures import frame
from tests.predict.clips import count_frames
from tests.predict.clips import read


def test_what_was_written_can_be_played(tmp_path):
    path = tmp_path / "out.mp4"
    with VideoWriter(path, Fraction(30000, 1001)) as writer:
        for index in range(9):
            writer.write(frame(index, 65, 33), Fraction(index * 1001, 30000))
    video, frames = read(path)
    assert len(frames) == video.declared == 9 and frames[0][0].shape == (34, 66, 3)
    assert float(video.rate) == pytest.approx(29.97, abs=0.01)
    assert np.abs(frames[3][0][:33, :65].astype(int) - frame(3, 65, 33)).mean() < 12
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.mp4"]


def test_frames_of_another_shape_get_bars(tmp_path):
    with VideoWriter(tmp_path / "out.mp4", Fraction(25)) as writer:
        writer.write(frame(0, 64, 48), Fraction(0))
        writer.write(frame(0, 48, 96), Fraction(1, 25))
        writer.write(frame(0, 64, 48), Fraction(1, 25))  # a clock that stands still
    assert count_frames(tmp_path / "out.mp4") == 3
    inside = fit(np.full((96, 48, 3), 200, "uint8"), (64, 48))
    assert inside.shape == (48, 64, 3) and (inside[:, :20] == 0).all() and (inside[:, 20:44] == 200).all()


def test_a_failure_leaves_no_half_video(tmp_path):
    with pytest.raises(RuntimeError):
        with VideoWriter(tmp_path / "out.mp4", Fraction(25)) as writer:
            writer.write(frame(0), Fraction(0))
            raise RuntimeError
    assert not any(tmp_path.iterdir())


def test_outputs_are_checked_first(tmp_path):
    with pytest.raises(UsageError, match="not a video file"):
        check_writer(tmp_path / "out.wav")
    (tmp_path / "file").write_text("x")
    with pytest.raises(ResourceError):
        check_writer(tmp_path / "file" / "out.mp4")
