"""The command on images, folders and footage, with the exit codes and files that were promised."""

import json

import numpy as np
import pytest
from PIL import Image

from keras_uda.commands import predict as command
from keras_uda.data.label_files import read_label
from keras_uda.data.labels import CITYSCAPES
from keras_uda.data.labels import train_ids
from keras_uda.errors import DataError
from keras_uda.errors import PartialResult
from keras_uda.errors import UsageError
from keras_uda.serving import predict as serving
from keras_uda.serving.predict import in_order
from keras_uda.serving.resize import resize_frame
from keras_uda.serving.resize import resize_map
from tests.serving.clips import count_frames
from tests.serving.clips import cut
from tests.serving.clips import make_clip
from tests.toy_export import HEIGHT
from tests.toy_export import WIDTH
from tests.toy_export import frame
from tests.toy_export import toy_exports

MAP = train_ids(CITYSCAPES)


@pytest.fixture
def predict(tmp_path):
    """Calls the verb with the exported toy model; returns the output path."""

    def call(source, output="out", *flags):
        target = tmp_path / output
        arguments = ["--input", str(source), "--output", str(target), "--model", str(toy_exports() / "model.tflite")]
        command.main([*arguments, *flags])
        return target

    return call


def expected(image):
    from keras_uda.export.runners import LiteRT

    label_maps, _ = LiteRT(toy_exports() / "model.tflite")(resize_frame(image, (WIDTH, HEIGHT))[None])
    return resize_map(label_maps[0], image.shape[1::-1])


def write_images(folder, names, sizes=((70, 50), (64, 48), (33, 91))):
    folder.mkdir(parents=True, exist_ok=True)
    for index, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(frame(index, *sizes[index % len(sizes)])).save(folder / name)
    return folder


def test_an_image(tmp_path, predict):
    folder = write_images(tmp_path / "in", ["strasse ä.png"])
    output = predict(folder / "strasse ä.png", "out/overlay.png", "--labels")
    label = read_label(output.with_name("overlay_labels.png"), MAP, CITYSCAPES)
    np.testing.assert_array_equal(label, expected(frame(0, 70, 50)))
    assert np.asarray(Image.open(output)).shape == (50, 70, 3)


def test_labels_are_read_back_by_the_folder_reader(tmp_path, predict):
    folder = write_images(tmp_path / "in", ["a.png", "sub/b.png", "c.jpg", "c.png"])
    output = predict(folder, "out", "--labels")
    labels = {path.relative_to(output / "labels").as_posix() for path in (output / "labels").rglob("*.png")}
    assert labels == {"a.png", "sub/b.png", "c.jpg.png", "c.png.png"}
    for name, index, size in [("a.png", 0, (70, 50)), ("sub/b.png", 1, (64, 48)), ("c.png.png", 3, (70, 50))]:
        np.testing.assert_array_equal(
            read_label(output / "labels" / name, MAP, CITYSCAPES), expected(frame(index, *size))
        )
    assert (output / "overlays" / "c.jpg.jpg").is_file()


def test_a_folder_with_bad_files_does_the_others_and_lists_them(tmp_path, predict):
    folder = write_images(tmp_path / "in", ["a.png", "b.png", "c.png"])
    cut(folder / "b.png", 0.5)
    (folder / "empty.jpg").touch()
    with pytest.raises(PartialResult, match="2 of 4 images") as result:
        predict(folder, "out", "--labels")
    assert result.value.exit_code == 8
    output = tmp_path / "out"
    failed = (output / "failed.txt").read_text().splitlines()
    assert [line.split("\t")[0] for line in failed] == ["b.png", "empty.jpg"]
    assert {path.name for path in (output / "labels").iterdir()} == {"a.png", "c.png"}

    Image.fromarray(frame(1)).save(folder / "b.png")
    (folder / "empty.jpg").unlink()
    before = (output / "labels" / "a.png").stat().st_mtime_ns
    predict(folder, "out", "--labels", "--resume")
    assert (output / "labels" / "b.png").is_file() and not (output / "failed.txt").exists()
    assert (output / "labels" / "a.png").stat().st_mtime_ns == before


def test_folders_without_a_readable_image_are_refused(tmp_path, predict):
    (tmp_path / "in").mkdir()
    with pytest.raises(DataError, match="no .png"):
        predict(tmp_path / "in")
    (tmp_path / "in" / "a.png").write_text("x")
    with pytest.raises(DataError, match="none of 1"):
        predict(tmp_path / "in", "out2")


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
    from keras_uda.serving.video import Video

    return (image for image, _ in Video(clip).frames())


def test_a_cut_clip_keeps_what_it_has(tmp_path, predict):
    clip = cut(make_clip(tmp_path / "clip.mp4", frames=40, container={"movflags": "faststart"}), 0.6)
    with pytest.raises(PartialResult, match="40 frames declared") as result:
        predict(clip, "out", "--labels")
    assert "output is partial" in str(result.value)
    done = count_frames(tmp_path / "out" / "clip.mp4")
    assert 10 < done < 40 and len(list((tmp_path / "out" / "labels").glob("*.png"))) == done


def test_what_is_no_video_leaves_nothing(tmp_path, predict):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(DataError):
        predict(tmp_path / "notes.txt", "out")
    assert not (tmp_path / "out").exists()


def test_nothing_is_overwritten_unasked(tmp_path, predict):
    folder = write_images(tmp_path / "in", ["a.png"])
    for source, name in [(folder / "a.png", "x.png"), (make_clip(tmp_path / "c.mp4"), "x.mp4"), (folder, "x")]:
        output = predict(source, name)
        content = output.read_bytes() if output.is_file() else None
        with pytest.raises(UsageError, match="exists already"):
            predict(source, name)
        assert content is None or output.read_bytes() == content
        predict(source, name, "--overwrite")


def test_folders_of_others_are_never_removed(tmp_path, predict):
    folder = write_images(tmp_path / "in", ["a.png"])
    write_images(tmp_path / "data" / "labels", ["precious.png"])
    for flag in ("--overwrite", "--resume"):
        with pytest.raises(UsageError, match="not made by predict"):
            predict(folder, "data", "--labels", flag)
    assert (tmp_path / "data" / "labels" / "precious.png").exists()
    with pytest.raises(UsageError, match="inside the input"):
        predict(folder, "in/out")


def test_a_call_is_continued_only_with_the_same_model(tmp_path, predict):
    folder = write_images(tmp_path / "in", ["a.png"])
    output = predict(folder, "out")
    record = json.loads((output / "predict.json").read_text())
    (output / "predict.json").write_text(json.dumps(record | {"model": "another"}))
    with pytest.raises(UsageError, match="was begun with model"):
        predict(folder, "out", "--resume")


def test_an_interrupted_clip_is_continued_from_its_label_maps(tmp_path, predict, monkeypatch):
    clip = make_clip(tmp_path / "clip.mp4")
    whole = predict(clip, "whole", "--labels")
    half, calls = predict(clip, "half", "--labels"), []
    (half / "clip.mp4").unlink()
    for number in range(5, 12):
        (half / "labels" / f"{number:06d}.png").unlink()
    real = serving.Predictor.__call__
    monkeypatch.setattr(serving.Predictor, "__call__", lambda self, image: calls.append(1) or real(self, image))
    predict(clip, "half", "--labels", "--resume")
    assert len(calls) == 7
    assert (half / "clip.mp4").read_bytes() == (whole / "clip.mp4").read_bytes()
    for path in (whole / "labels").glob("*.png"):
        assert path.read_bytes() == (half / "labels" / path.name).read_bytes()


@pytest.mark.parametrize("flags", [["--opacity", "2"], ["--resume", "--overwrite"]])
def test_flags_that_cannot_be_meant(tmp_path, predict, flags):
    with pytest.raises(UsageError):
        predict(make_clip(tmp_path / "clip.mp4"), "out", *flags)


def test_an_output_of_another_kind_is_refused(tmp_path, predict):
    with pytest.raises(UsageError, match="not an output"):
        predict(make_clip(tmp_path / "clip.mp4"), "out.png")
    with pytest.raises(UsageError, match="not an output"):
        predict(write_images(tmp_path / "in", ["a.png"]), "out.mp4")


def test_order_is_kept_and_few_are_in_flight():
    import threading
    import time

    running, most, seen = [0], [0], []
    lock = threading.Lock()

    def items():
        for item in range(40):
            seen.append(item)
            yield item

    def work(item):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.002 * (item % 3))
        with lock:
            running[0] -= 1
        return item * item

    results = []
    for item, result in in_order(items(), work, 4):
        assert len(seen) - len(results) <= 6
        results.append((item, result))
    assert results == [(item, item * item) for item in range(40)] and 1 < most[0] <= 4
