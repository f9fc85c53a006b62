"""What is told about a clip: steadiness, confidence over time, the hardest frames; and footage from cameras."""

import csv
import json
import os
import signal

import numpy as np
import pytest
from PIL import Image

from keras_uda.commands import predict as command
from keras_uda.core.errors import DataError
from keras_uda.core.errors import PartialResult
from keras_uda.core.errors import UsageError
from keras_uda.predict.table import Rows
from keras_uda.predict.video import camera
from keras_uda.predict.video.flicker import Steadiness
from keras_uda.predict.video.hardest import Hardest
from keras_uda.predict.video.hardest import HardFrame
from tests.predict.clips import count_frames
from tests.predict.clips import make_clip
from tests.toy_export import frame
from tests.toy_export import toy_exports


def run(source, output, *flags):
    model = str(toy_exports() / "model.tflite")
    command.main(["--input", str(source), "--output", str(output), "--model", model, *flags])


def test_flicker_counts_changed_labels_of_pixels_that_did_not_move():
    image = np.full((20, 30, 3), 100, "uint8")
    label_map = np.zeros((20, 30), "uint8")
    steadiness = Steadiness()
    assert steadiness.add(image, label_map) == (None, None) and steadiness.flicker is None
    noisy, changed = image + np.uint8(3), label_map.copy()
    changed[:, :3] = 1
    assert steadiness.add(noisy, changed) == (0.1, 1.0)

    moved, other = noisy.copy(), changed.copy()
    moved[:, 15:] = 200
    other[:, 20:] = 5  # these moved: no flicker
    flicker, still = steadiness.add(moved, other)
    assert flicker == 0 and still == 13 / 30  # the mean over 5x5 reaches two pixels further
    assert steadiness.flicker == 60 / (600 + 260) and steadiness.still == 860 / 1200
    assert steadiness.add(moved[:10], other[:10]) == (None, None)
    assert steadiness.add(255 - moved[:10], other[:10]) == (None, 0)


def test_the_hardest_frames_are_a_second_apart():
    confidences = np.random.default_rng(1).random(400)
    hardest = Hardest(5)
    for number, confidence in enumerate(confidences):
        hardest.add(HardFrame(number, number / 10, confidence, np.zeros((2, 2, 3), "uint8")))
        assert len(hardest.frames()) <= 5
    found = hardest.frames()
    assert len(found) == 5 and np.diff([each.seconds for each in found]).round(6).min() >= 1
    assert min(each.confidence for each in found) == confidences.min()
    assert max(each.confidence for each in found) < np.sort(confidences)[60]
    none = Hardest(0)
    none.add(found[0])
    assert none.frames() == []


def hardest_of(confidences, most=5, rate=25):
    hardest, image = Hardest(most), np.zeros((2, 2, 3), "uint8")
    for number, confidence in enumerate(confidences):
        hardest.add(HardFrame(number, number / rate, float(confidence), image))
        assert len(hardest._seconds) <= 3 * most - 2  # the memory of a clip of any length
    found = hardest.frames()
    assert np.diff([each.seconds for each in found]).round(6).min() >= 1
    return [each.seconds for each in found]


def test_the_hardest_frames_of_a_slope_and_of_a_dip():
    assert hardest_of(np.linspace(0.9, 0.5, 500)) == [15.96, 16.96, 17.96, 18.96, 19.96]
    assert hardest_of(np.linspace(0.5, 0.9, 500)) == [0, 1, 2, 3, 4]
    assert len(hardest_of(np.linspace(0.9, 0.5, 512))) == 5  # the last second is not a whole one
    seconds = np.arange(1000) / 25
    dip_at = lambda place, width: np.exp(-(((seconds - place) / width) ** 2))  # noqa: E731
    dip = hardest_of(0.9 - 0.5 * dip_at(20.48, 2))
    assert 20.48 in dip and len(dip) == 5 and np.abs(np.subtract(dip, 20.48)).max() < 3.5
    assert hardest_of(0.9 - 0.5 * dip_at(8, 0.2) - 0.3 * dip_at(30, 0.2), most=2) == [8, 30]


def test_a_frame_that_goes_stands_in_no_way():
    # 1.9 is ruled out by 2.1, and 0.9, which 1.9 would have ruled out, is not.
    confidences = np.full(40, 0.9)
    confidences[[9, 19, 21]] = 0.5, 0.4, 0.3
    assert hardest_of(confidences, most=2, rate=10) == [0.9, 2.1]


def test_half_a_line_is_forgotten_and_the_last_row_counts(tmp_path):
    columns = ("frame", "confidence")
    with Rows(tmp_path / "a.csv", columns, False) as rows:
        for number, confidence in [(0, 0.5), (1, None), (0, 0.25)]:
            rows.add(number, confidence)
    with (tmp_path / "a.csv").open("a") as stream:
        stream.write("2,0.1")
    with Rows(tmp_path / "a.csv", columns, True) as rows:
        assert rows.earlier == {"0": ["0", "0.25"], "1": ["1", ""]}
        rows.finish(range(9))
        assert rows.column("confidence") == ["0.25", ""]
    assert (tmp_path / "a.csv").read_text() == "frame,confidence\n0,0.25\n1,\n"


def test_a_clip_has_a_timeline(tmp_path, capsys):
    clip = make_clip(tmp_path / "clip.mp4", frames=60)
    run(clip, tmp_path / "out", "--hardest", "2")
    rows = list(csv.DictReader((tmp_path / "out" / "timeline.csv").open()))
    assert [row["frame"] for row in rows] == [str(number) for number in range(60)]
    assert float(rows[30]["seconds"]) == 1.2 and rows[0]["flicker"] == "" and float(rows[1]["still"]) >= 0
    record = json.loads((tmp_path / "out" / "predict.json").read_text())
    confidences = [float(row["confidence"]) for row in rows]
    assert record["confidence"]["mean"] == pytest.approx(np.mean(confidences), abs=1e-3)
    assert record["confidence"]["lowest"] == pytest.approx(min(confidences), abs=1e-3)
    assert list(record["models"].values()) == [60] and record["steadiness"]["still"] is not None
    assert 1 <= len(record["hardest"]) <= 2
    for entry in record["hardest"]:
        image = np.asarray(Image.open(tmp_path / "out" / entry["file"]))
        assert image.shape == (48, 80, 3) and entry["file"] == f"hardest/{entry['frame']:06d}.png"
    assert Image.open(tmp_path / "out" / "timeline.png").size[0] > 500
    told = capsys.readouterr().out
    assert "confidence: 0." in told and "hardest frames:" in told


def test_a_still_clip_without_flicker_says_so(tmp_path, capsys):
    import av

    with av.open(str(tmp_path / "still.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 80, 48, "yuv420p"
        for _ in range(4):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame(0, 80, 48), format="rgb24")))
        container.mux(stream.encode())
    run(tmp_path / "still.mp4", tmp_path / "out.mp4", "--hardest", "0")
    record = json.loads((tmp_path / "out_predict" / "predict.json").read_text())
    assert record["steadiness"]["still"] > 0.99 and record["steadiness"]["flicker"] < 0.02
    assert record["hardest"] == [] and not (tmp_path / "out_predict" / "hardest").exists()
    assert "did not move (100 % of all)" in capsys.readouterr().out


def test_frames_ends_a_clip_early_and_on_purpose(tmp_path):
    clip = make_clip(tmp_path / "clip.mp4", frames=40)
    run(clip, tmp_path / "out", "--frames", "7")
    assert count_frames(tmp_path / "out" / "clip.mp4") == 7
    assert json.loads((tmp_path / "out" / "predict.json").read_text())["loss"] is None
    run(clip, tmp_path / "out", "--resume", "--frames", "9")
    assert count_frames(tmp_path / "out" / "clip.mp4") == 9


def test_notes_of_others_are_not_touched(tmp_path):
    clip = make_clip(tmp_path / "clip.mp4")
    (tmp_path / "out" / "hardest").mkdir(parents=True)
    (tmp_path / "out" / "hardest" / "mine.png").touch()
    for flag in ("--overwrite", "--resume"):
        with pytest.raises(UsageError, match="not made by predict"):
            run(clip, tmp_path / "out", flag)
    assert (tmp_path / "out" / "hardest" / "mine.png").exists()


def test_windows_of_a_large_frame_are_finer_than_the_whole(tmp_path):
    from keras_uda.predict.pictures import read_label

    Image.fromarray(frame(0, 200, 150)).save(tmp_path / "a.png")
    run(tmp_path / "a.png", tmp_path / "whole.png", "--labels")
    run(tmp_path / "a.png", tmp_path / "windows.png", "--labels", "--window")
    whole, windows = (read_label(tmp_path / f"{name}_labels.png") for name in ("whole", "windows"))
    assert whole.shape == windows.shape == (150, 200) and (whole != windows).any()


def test_a_call_with_windows_is_not_continued_without_them(tmp_path):
    (tmp_path / "in").mkdir()
    Image.fromarray(frame(0)).save(tmp_path / "in" / "a.png")
    run(tmp_path / "in", tmp_path / "out", "--window", "0.5")
    with pytest.raises(UsageError, match="begun with window 0.5"):
        run(tmp_path / "in", tmp_path / "out", "--resume")


@pytest.mark.parametrize(
    "flags",
    [["--hardest", "-1"], ["--frames", "0"], ["--window", "1"], ["--window", "-0.1"], ["--window", "nan"]],
)
def test_numbers_that_cannot_be_meant(tmp_path, flags):
    with pytest.raises(UsageError):
        run(make_clip(tmp_path / "clip.mp4"), tmp_path / "out", *flags)


def test_flags_of_footage_are_refused_for_images(tmp_path):
    Image.fromarray(frame(0)).save(tmp_path / "a.png")
    for flags in (["--hardest", "3"], ["--frames", "3"]):
        with pytest.raises(UsageError, match="for footage"):
            run(tmp_path / "a.png", tmp_path / "out", *flags)


def test_windows_need_a_model_at_hand(tmp_path):
    with pytest.raises(UsageError, match="servers send one number"):
        command.main(["--input", "a.png", "--server", "http://localhost:8501", "--window"])


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


def test_a_camera_that_is_pulled_out_keeps_what_it_gave(tmp_path, capture):
    capture(frames=4)
    with pytest.raises(PartialResult, match="stopped after 4 frames"):
        run("camera:0", tmp_path / "out")
    assert count_frames(tmp_path / "out" / "camera-0.mp4") == 4


def test_no_camera_is_one_line(tmp_path, capture):
    capture(there=False)
    with pytest.raises(DataError, match="camera:7: no camera answers. Connect one"):
        run("camera:7", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "name", ["camera:", "camera:x", "camera:http://host/a.mp4", "camera:-1", "camera:/dev/../a.mp4"]
)
def test_names_that_are_no_camera(tmp_path, name):
    with pytest.raises(UsageError, match="names no camera"):
        run(name, tmp_path / "out")


def test_a_camera_is_not_continued(tmp_path):
    with pytest.raises(UsageError, match="does not show its frames again"):
        run("camera:0", tmp_path / "out", "--resume")
