"""A clip through a server that is killed, swapped, or emptied while it runs: whole and in order, or one line."""

import csv
import json
import threading
import time

import numpy as np
import pytest
from PIL import Image

from keras_uda.commands import predict as command
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import PartialResult
from keras_uda.core.errors import ServerError
from keras_uda.predict import footage
from keras_uda.predict.integer_resize import resize_frame
from keras_uda.predict.integer_resize import resize_map
from keras_uda.predict.pictures import read_label
from keras_uda.predict.server.address import parse_address
from keras_uda.predict.video.read import Video
from tests.predict.clips import count_frames
from tests.predict.clips import cut
from tests.predict.clips import make_clip
from tests.predict.server.fake_server import HEIGHT
from tests.predict.server.fake_server import WIDTH
from tests.predict.server.fake_server import fake_model
from tests.predict.server.fake_server import rest_server
from tests.predict.server.fake_server import server_process
from tests.toy_export import frame


@pytest.fixture
def at_frame(monkeypatch):
    """Calls a function after so many frames of a clip."""

    def install(number, action):
        passed = []

        def point(name):
            passed.append(name)
            if len(passed) == number:
                action()

        monkeypatch.setattr(footage, "fault_point", point)

    return install


def run(source, output, url, *flags):
    command.main(["--input", str(source), "--output", str(output), "--server", url, "--encode", "png", *flags])


def expected(image, shift=0):
    label_map = (resize_frame(image, (WIDTH, HEIGHT))[..., 0] // 64 + shift) % 4
    return resize_map(label_map, image.shape[1::-1])


def assert_whole(folder, clip, frames):
    images = [image for image, _ in Video(clip).frames()]
    assert len(images) == count_frames(folder / "clip.mp4") == frames
    for number, image in enumerate(images):
        np.testing.assert_array_equal(read_label(folder / "labels" / f"{number:06d}.png"), expected(image))
    rows = list(csv.DictReader((folder / "timeline.csv").open()))
    assert [row["frame"] for row in rows] == [str(number) for number in range(frames)]


@pytest.mark.slow
@pytest.mark.ci
@pytest.mark.parametrize("kind", ["rest", "grpc"])
def test_a_server_that_is_killed_and_started_again_mid_clip(tmp_path, at_frame, kind):
    if kind == "grpc":
        pytest.importorskip("tensorflow_serving", reason="the extra `serving` is not installed")
    clip = make_clip(tmp_path / "clip.mp4", frames=30)
    with server_process(kind) as (url, process):

        def kill():
            process.kill()
            process.wait()
            threading.Thread(target=start_again, daemon=True).start()

        over = threading.Event()

        def start_again():
            time.sleep(0.5)
            with server_process(kind, parse_address(url).port):
                over.wait()

        at_frame(8, kill)
        try:
            run(clip, tmp_path / "out", url, "--labels", "--in-flight", "8", "--timeout", "120")
        finally:
            over.set()
    assert process.returncode == -9
    assert_whole(tmp_path / "out", clip, 30)


def test_a_server_that_stays_away_ends_the_clip_and_it_can_be_continued(tmp_path, at_frame, served):
    clip = make_clip(tmp_path / "clip.mp4", frames=20)
    with server_process("rest") as (url, process):
        at_frame(5, process.kill)
        with pytest.raises(ServerError, match="connection"):
            run(clip, tmp_path / "out", url, "--labels", "--timeout", "1")
    assert not (tmp_path / "out" / "clip.mp4").exists() and not list((tmp_path / "out").glob(".tmp-*"))
    with rest_server(served) as url:
        run(clip, tmp_path / "out", url, "--labels", "--resume")
        assert served.requests <= 1 + 15
    assert_whole(tmp_path / "out", clip, 20)


def test_a_new_version_mid_clip_is_named_frame_by_frame(tmp_path, at_frame, served):
    clip = make_clip(tmp_path / "clip.mp4", frames=24)
    at_frame(10, lambda: served.versions.update({2: fake_model("b", shift=1)}))
    with rest_server(served) as url:
        run(clip, tmp_path / "out", url, "--labels", "--in-flight", "2")
    models = [row["model"] for row in csv.DictReader((tmp_path / "out" / "timeline.csv").open())]
    record = json.loads((tmp_path / "out" / "predict.json").read_text())
    assert record["models"] == {"a": models.count("a"), "b": models.count("b")} and models.count("a") >= 10
    for number, (image, _) in enumerate(Video(clip).frames()):
        label_map = read_label(tmp_path / "out" / "labels" / f"{number:06d}.png")
        np.testing.assert_array_equal(label_map, expected(image, "ab".index(models[number])))


def test_a_model_with_other_classes_ends_the_clip(tmp_path, at_frame, served):
    clip = make_clip(tmp_path / "clip.mp4", frames=24)
    other = fake_model("c", classes=["road", "car", "sky", "boat"])
    at_frame(10, lambda: served.versions.update({2: other}))
    with rest_server(served) as url, pytest.raises(ArtefactError, match="other classes") as refusal:
        run(clip, tmp_path / "out.mp4", url)
    assert refusal.value.exit_code == 4 and not (tmp_path / "out.mp4").exists()


def test_a_truncated_clip_keeps_what_it_has(tmp_path, served):
    clip = cut(make_clip(tmp_path / "clip.mp4", frames=40, container={"movflags": "faststart"}), 0.6)
    with rest_server(served) as url, pytest.raises(PartialResult, match="40 frames declared"):
        run(clip, tmp_path / "out", url)
    assert 10 < count_frames(tmp_path / "out" / "clip.mp4") < 40


def test_frames_of_five_sizes_in_one_folder(tmp_path, served):
    sizes = [(80, 48), (33, 91), (16, 12), (1, 1), (200, 7)]
    (tmp_path / "in").mkdir()
    for index, size in enumerate(sizes):
        Image.fromarray(frame(index, *size)).save(tmp_path / "in" / f"{index}.png")
    with rest_server(served) as url:
        run(tmp_path / "in", tmp_path / "out", url, "--labels")
    for index, size in enumerate(sizes):
        label_map = read_label(tmp_path / "out" / "labels" / f"{index}.png")
        np.testing.assert_array_equal(label_map, expected(frame(index, *size)))
    rows = list(csv.DictReader((tmp_path / "out" / "confidence.csv").open()))
    assert [(row["image"], row["model"]) for row in rows] == [(str(index), "a") for index in range(5)]


def test_photos_of_phones_are_sent_upright(tmp_path, served):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(frame(0, 80, 48)).save(tmp_path / "a.png", exif=exif)
    with rest_server(served) as url:
        run(tmp_path / "a.png", tmp_path / "out.png", url, "--labels")
    upright = np.ascontiguousarray(np.rot90(frame(0, 80, 48), -1))
    np.testing.assert_array_equal(read_label(tmp_path / "out_labels.png"), expected(upright))


def test_grey_deep_and_tiny_images_are_sent_as_the_readers_show_them(tmp_path, served):
    grey = np.arange(80 * 48, dtype="uint16").reshape(48, 80) * 17
    (tmp_path / "in").mkdir()
    Image.fromarray((grey >> 8).astype("uint8")).save(tmp_path / "in" / "grey.png")
    Image.fromarray(grey).save(tmp_path / "in" / "deep.png")
    Image.fromarray(frame(0, 1, 1)).save(tmp_path / "in" / "tiny.png")
    with rest_server(served) as url:
        run(tmp_path / "in", tmp_path / "out", url, "--labels")
    shown = np.repeat((grey >> 8).astype("uint8")[..., None], 3, axis=-1)
    labels = {name: read_label(tmp_path / "out" / "labels" / f"{name}.png") for name in ("grey", "deep", "tiny")}
    np.testing.assert_array_equal(labels["grey"], expected(shown))
    np.testing.assert_array_equal(labels["deep"], expected(shown))
    np.testing.assert_array_equal(labels["tiny"], expected(frame(0, 1, 1)))
