"""Footage from cameras, which end when they are told or pulled out."""

import json
import os
import signal

import pytest

from keras_uda.core.errors import DataError
from keras_uda.core.errors import Interrupted
from keras_uda.core.errors import PartialResult
from keras_uda.core.errors import UsageError
from keras_uda.predict.video import camera
from tests.pictures import frame
from tests.predict.calls import run
from tests.predict.clips import count_frames


class FakeCapture:
    """`cv2.VideoCapture` with `frames` pictures; calls `then` before each of them."""

    frames, there, then = 10, True, staticmethod(lambda number: None)

    def __init__(self, source):
        self.source, self.number = source, 0

    def isOpened(self):
        return self.there

    def set(self, *_):
        return False

    def get(self, _):
        return 0.0

    def read(self):
        if self.number >= self.frames:
            return False, None
        self.then(self.number)
        self.number += 1
        return True, frame(self.number, 80, 48)[..., ::-1].copy()

    def release(self):
        pass


@pytest.fixture
def capture(monkeypatch):
    def install(**attributes):
        monkeypatch.setattr(camera.cv2, "VideoCapture", type("Capture", (FakeCapture,), attributes))

    return install


def test_a_camera_records_as_many_frames_as_asked(tmp_path, capture):
    capture(frames=100)
    handler = signal.getsignal(signal.SIGINT)
    run("camera:0", tmp_path / "out", "--frames", "6", "--labels")
    assert count_frames(tmp_path / "out" / "camera-0.mp4") == 6
    assert len(list((tmp_path / "out" / "labels").glob("*.png"))) == 6
    assert signal.getsignal(signal.SIGINT) is handler


def test_ctrl_c_finishes_the_recording(tmp_path, capture):
    capture(frames=100, then=staticmethod(lambda number: number == 5 and os.kill(os.getpid(), signal.SIGINT)))
    run("camera:/dev/video3", tmp_path / "out.mp4")
    assert count_frames(tmp_path / "out.mp4") == 5
    assert json.loads((tmp_path / "out_predict" / "predict.json").read_text())["frames"] == 5


def test_sigterm_finishes_the_recording_too(tmp_path, capture):
    capture(frames=100, then=staticmethod(lambda number: number == 5 and os.kill(os.getpid(), signal.SIGTERM)))
    with pytest.raises(Interrupted, match="camera:0: stopped by a signal. The 5 frames so far are finished") as ended:
        run("camera:0", tmp_path / "out.mp4")
    assert ended.value.exit_code == 143 and count_frames(tmp_path / "out.mp4") == 5
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_camera_that_is_pulled_out_keeps_what_it_gave(tmp_path, capture):
    capture(frames=4)
    with pytest.raises(PartialResult, match="stopped after 4 frames"):
        run("camera:0", tmp_path / "out")
    assert count_frames(tmp_path / "out" / "camera-0.mp4") == 4


def test_no_camera_is_one_line(tmp_path, capture):
    capture(there=False)
    with pytest.raises(DataError, match="camera:7: no camera was found. Connect one"):
        run("camera:7", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "name", ["camera:", "camera:x", "camera:http://host/a.mp4", "camera:-1", "camera:/dev/../a.mp4"]
)
def test_names_that_are_no_camera(tmp_path, name):
    with pytest.raises(UsageError, match="is not a camera"):
        run(name, tmp_path / "out")


def test_a_camera_is_not_continued(tmp_path):
    with pytest.raises(UsageError, match="cannot show its frames again"):
        run("camera:0", tmp_path / "out", "--resume")
