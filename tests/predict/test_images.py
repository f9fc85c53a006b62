"""The command on images, folders and footage, with the exit codes and files that were promised."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_uda.commands import predict as command
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import train_ids
from keras_uda.core.errors import DataError
from keras_uda.core.errors import Interrupted
from keras_uda.core.errors import PartialResult
from keras_uda.core.errors import ResourceError
from keras_uda.core.errors import UsageError
from keras_uda.core.files import aside_of
from keras_uda.data.formats.labels import read_label
from keras_uda.predict import images as serving
from keras_uda.predict import inputs
from keras_uda.predict.images import in_order
from keras_uda.predict.integer_resize import resize_frame
from keras_uda.predict.integer_resize import resize_map
from keras_uda.predict.remedies import Call
from keras_uda.predict.remedies import advice
from keras_uda.predict.video import read
from tests.predict.clips import count_frames
from tests.predict.clips import cut
from tests.predict.clips import make_clip
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
    from keras_uda.artefacts.runners import LiteRT

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


def test_photos_of_phones_are_upright(tmp_path, predict):
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "in").mkdir()
    Image.fromarray(frame(0, 70, 50)).save(tmp_path / "in" / "a.png", exif=exif)
    upright = np.rot90(frame(0, 70, 50), -1)
    for source, label in [("in/a.png", "single/labels/a.png"), ("in", "folder/labels/a.png")]:
        predict(tmp_path / source, label.partition("/")[0], "--labels")
        np.testing.assert_array_equal(read_label(tmp_path / label, MAP, CITYSCAPES), expected(upright))


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


def test_every_input_has_an_output_of_its_own(tmp_path, predict):
    names = ["a.jpg", "a.png", "a.png.png", "b.jpg", "b.png/c.png", "d.png", "e.png.png", "f.jpg", "f.jpg.png/c.png"]
    names += ["f.jpg_.png", "f.png/c.png"]
    output = predict(write_images(tmp_path / "in", names), "out", "--labels")
    labels = {path.relative_to(output / "labels").as_posix() for path in (output / "labels").rglob("*.png")}
    short = {"d.png", "e.png.png", "b.png/c.png", "f.jpg.png/c.png", "f.png/c.png"}
    long = {"a.jpg.png", "a.png.png", "a.png.png.png", "b.jpg.png", "f.jpg_.png", "f.jpg_.png.png"}
    assert {name for name in labels if not (output / "labels" / name).is_dir()} == short | long
    assert len([path for path in (output / "overlays").rglob("*") if path.is_file()]) == len(names)


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


def test_pictures_of_other_formats_are_counted_and_listed(tmp_path, predict):
    folder = write_images(tmp_path / "in", ["a.png", "b.tif", "c.WEBP", "d.gif", "e.tiff"])
    (folder / "notes.txt").touch()
    with pytest.raises(PartialResult, match="4 of 5 images"):
        predict(folder, "out")
    failed = (tmp_path / "out" / "failed.txt").read_text().splitlines()
    assert [line.partition("\t")[0] for line in failed] == ["b.tif", "c.WEBP", "d.gif", "e.tiff"]
    assert all("not a supported picture format" in line and "Convert it to PNG" in line for line in failed)
    with pytest.raises(DataError, match="b.tif: not a supported picture format"):
        predict(folder / "b.tif", "single.png")
    assert count_frames(predict(folder / "d.gif", "animated.mp4")) == 1


def test_a_pipe_in_a_folder_is_one_bad_file(tmp_path, predict):
    folder = write_images(tmp_path / "in", ["a.png", "c.png"])
    os.mkfifo(folder / "b.png")
    (folder / "d.png").symlink_to("/dev/zero")
    with pytest.raises(PartialResult, match="2 of 4 images"):
        predict(folder, "out")
    pipe, device = (tmp_path / "out" / "failed.txt").read_text().splitlines()
    assert pipe.startswith("b.png\t") and device.startswith("d.png\t") and "not a regular file" in pipe
    assert {path.name for path in (tmp_path / "out" / "overlays").iterdir()} == {"a.png", "c.png"}


def test_a_name_that_no_list_can_hold_is_one_bad_file(tmp_path, predict, capsys):
    folder = write_images(tmp_path / os.fsdecode(b"stra\xdfe"), ["a.png", "b.png", "c.png"])
    os.rename(folder / "b.png", os.fsencode(folder) + b"/stra\xdfe.png")
    cut(folder / "c.png", 0.5)
    with pytest.raises(PartialResult, match="2 of 3 images"):
        predict(folder, "out", "--labels")
    output = tmp_path / "out"
    damaged, unnamed = (output / "failed.txt").read_text(encoding="utf-8").splitlines()
    assert damaged.startswith("c.png\t") and "stra\\xdfe/c.png: truncated" in damaged
    assert unnamed.startswith("stra\\xdfe.png\t") and "not valid UTF-8. Rename it" in unnamed
    assert {path.name for path in (output / "labels").iterdir()} == {"a.png"}
    assert json.loads((output / "predict.json").read_text())["input"] == "stra\\xdfe"


def test_folders_have_a_legend_and_files_have_none(tmp_path, predict):
    clip, folder = make_clip(tmp_path / "clip.mp4", frames=2), write_images(tmp_path / "in", ["a.png"])
    for source, output, names in [(clip, "a", True), (folder, "b", True), (clip, "c/c.mp4", False)]:
        predict(source, output)
        assert bool(list((tmp_path / output.partition("/")[0]).rglob("legend.png"))) == names
        predict(source, output, "--resume")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "legend.png").write_text("precious")
    with pytest.raises(UsageError, match="not made by predict"):
        predict(folder, "d", "--overwrite")


def test_litert_does_not_greet(tmp_path, predict, capfd):
    predict(write_images(tmp_path / "in", ["a.png"]))
    assert "delegate" not in capfd.readouterr().err


def test_names_are_no_commands_for_the_terminal(tmp_path, predict, capfd):
    clip = make_clip(tmp_path / "a\n\x1b[2J.mp4", frames=1)
    predict(clip, "out\n\x1b[31m.mp4")
    predict(write_images(tmp_path / "in", ["b\n\x1b[2J.png"]) / "b\n\x1b[2J.png", "\x1b[2J")
    told = "".join(capfd.readouterr())
    assert "\x1b" not in told and "wrote" in told and "out\\n\\x1b[31m.mp4: 1 frames" in told
    assert "a\\n\\x1b[2J.mp4 1/1" in told


def test_one_picture_and_one_clip_with_such_a_name_are_done(tmp_path, predict, capsys):
    folder = write_images(tmp_path / "in", ["a.png"])
    image = Path(os.fsdecode(os.fsencode(folder) + b"/stra\xdfe.png"))
    os.rename(folder / "a.png", image)
    predict(image, "out", "--labels")
    assert (tmp_path / "out" / "overlays" / "stra\\xdfe.png").is_file()
    clip = image.with_suffix(".mp4")
    os.rename(make_clip(tmp_path / "clip.mp4", frames=3), clip)
    output = predict(clip, os.fsdecode(b"clips\xdf"))
    assert count_frames(output / "stra\\xdfe.mp4") == 3
    assert "clips\\udcdf" in capsys.readouterr().out


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
    from keras_uda.predict.video.read import Video

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


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("flag", ["--overwrite", "--resume", None])
@pytest.mark.parametrize(
    ("source", "output", "more"),
    [
        ("drive.mp4", "", []),
        ("drive.mp4", "drive.mp4", []),
        ("drive.mp4", "link.mp4", []),
        ("a.png", "a.png", []),
        ("a.png", "linked/a.png", []),
        ("a_labels.png", "a.png", ["--labels"]),
        ("out/overlays", "out", []),
        ("out/overlays/sub", "out", []),
        ("out/hardest/000003.mp4", "out", []),
        ("links", "out", []),
        ("in", "back", []),
    ],
)
def test_the_input_is_never_an_output(tmp_path, predict, source, output, more, flag):
    make_clip(tmp_path / "drive.mp4", frames=1)
    make_clip(tmp_path / "out" / "hardest" / "000003.mp4", frames=1)
    write_images(tmp_path, ["a.png", "a_labels.png", "out/overlays/sub/c.png", "in/sub/b.png"])
    (tmp_path / "link.mp4").symlink_to(tmp_path / "drive.mp4")
    (tmp_path / "linked").symlink_to(tmp_path)
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "c.png").symlink_to(tmp_path / "out" / "overlays" / "sub" / "c.png")
    (tmp_path / "back" / "overlays").mkdir(parents=True)
    (tmp_path / "back" / "overlays" / "sub").symlink_to(tmp_path / "in" / "sub")
    for place in ("", "drive_predict", "link_predict", "out", "back"):
        (tmp_path / place).mkdir(exist_ok=True)
        made = ["drive.mp4", "link.mp4", "overlays", "hardest"]
        (tmp_path / place / "predict.json").write_text(json.dumps({"outputs": made}))
    before = contents(tmp_path)
    with pytest.raises(UsageError, match="the input. Name another"):
        predict(tmp_path / source, output, *more, *([flag] if flag else []))
    assert contents(tmp_path) == before


def test_a_picture_is_replaced_only_if_asked(tmp_path, predict):
    folder = write_images(tmp_path / "in", ["a.png"])
    write_images(tmp_path, ["mine.png"])
    before = contents(tmp_path)
    with pytest.raises(UsageError, match="exists already. Name another, or add --overwrite"):
        predict(folder / "a.png", "mine.png", "--resume")
    (tmp_path / "folder.png" / "sub").mkdir(parents=True)
    with pytest.raises(UsageError, match="not made by predict"):
        predict(folder / "a.png", "folder.png", "--overwrite")
    assert contents(tmp_path) == before
    predict(folder / "a.png", "mine.png", "--overwrite")
    assert contents(tmp_path) != before


@pytest.mark.parametrize("output", ["mine.mp4", "out", "damaged"])
@pytest.mark.parametrize("flag", ["--overwrite", "--resume"])
def test_a_video_that_no_record_names_is_kept(tmp_path, predict, output, flag):
    clip = make_clip(tmp_path / "in" / "clip.mp4", frames=2)
    predict(make_clip(tmp_path / "in" / "other.mp4", frames=2), "out")
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "predict.json").write_text("[" * 100_000)
    for place in ("mine.mp4", "out/clip.mp4", "damaged/clip.mp4"):
        (tmp_path / place).write_bytes(b"precious")
    before = contents(tmp_path)
    with pytest.raises(UsageError, match="not made by predict"):
        predict(clip, output, flag)
    assert contents(tmp_path) == before


def test_leftovers_of_killed_calls_alone_are_removed(tmp_path, predict):
    folder = write_images(tmp_path / "in", ["a.png"])
    of_ours = aside_of(tmp_path / "out.png").name.replace(str(os.getpid()), "999999999")
    mine = {".tmp-1-other.mp4", ".tmp-mine", ".tmp-999999999-draft.png", aside_of(tmp_path / "living").name}
    for name in (*mine, of_ours, aside_of(tmp_path / "clip.mp4", ".mp4").name.replace(str(os.getpid()), "999999999")):
        (tmp_path / name).touch()
    write_images(tmp_path / ".tmp-999999999-photos", ["precious.png"])
    predict(folder / "a.png", "out.png")
    assert {path.name for path in tmp_path.glob(".tmp-*")} == {*mine, ".tmp-999999999-photos"}
    assert (tmp_path / ".tmp-999999999-photos" / "precious.png").exists()


def test_a_list_of_others_is_kept(tmp_path, predict):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "failed.txt").write_text("precious")
    with pytest.raises(UsageError, match="not made by predict"):
        predict(write_images(tmp_path / "in", ["a.png"]), "out", "--overwrite")
    assert (tmp_path / "out" / "failed.txt").read_text() == "precious"


def test_a_call_is_not_continued_with_another_input_of_the_same_name(tmp_path, predict):
    first, second = (write_images(tmp_path / name / "in", ["a.png"]) for name in "xy")
    Image.fromarray(frame(5)).save(second / "a.png")
    output = predict(first, "out")
    with pytest.raises(UsageError, match="was begun with another in. Use another --output"):
        predict(second, "out", "--resume")
    assert str(tmp_path) not in (output / "predict.json").read_text()

    clip = make_clip(tmp_path / "x" / "clip.mp4", frames=4)
    predict(clip, "clip", "--labels")
    moved = clip.rename(tmp_path / "clip.mp4")
    predict(moved, "clip", "--labels", "--resume")
    with pytest.raises(UsageError, match="was begun with another clip.mp4"):
        predict(make_clip(tmp_path / "y" / "clip.mp4", frames=5), "clip", "--labels", "--resume")


def test_an_image_that_was_replaced_is_done_again(tmp_path, predict):
    folder = write_images(tmp_path / "in", ["a.png", "b.png", "c.png"])
    output = predict(folder, "out", "--labels")
    before = contents(output / "labels")
    Image.fromarray(frame(7)).save(folder / "b.png")
    cut(folder / "c.png", 0.5)
    with pytest.raises(PartialResult, match="1 of 3"):
        predict(folder, "out", "--labels", "--resume")
    after = contents(output / "labels")
    assert {path.name for path in before if after.get(path) != before[path]} == {"b.png", "c.png"}
    np.testing.assert_array_equal(read_label(output / "labels" / "b.png", MAP, CITYSCAPES), expected(frame(7)))
    assert not (output / "labels" / "c.png").exists() and not (output / "overlays" / "c.png").exists()
    rows = (output / "confidence.csv").read_text().splitlines()
    assert [row.partition(",")[0] for row in rows] == ["image", "a", "b"]


ADDRESS = "rtsp://admin:hunter2@10.0.0.7:554/live.sdp?token=hunter3"


@pytest.mark.parametrize(
    ("source", "stem", "name"),
    [
        (ADDRESS, "live", "rtsp://10.0.0.7:554/live.sdp"),
        ("rtsp://admin:hunter2@10.0.0.7:554", "10.0.0.7", "rtsp://10.0.0.7:554"),
        ("rtsp://admin:hunter2@10.0.0.7:554/", "10.0.0.7", "rtsp://10.0.0.7:554/"),
        ("http://a:p@hunter2@[::1]/a/b.mp4?key=hunter3#x", "b", "http://[::1]/a/b.mp4"),
        ("rtsp://admin:hunter/2@10.0.0.7/live", "input", "an address"),
        ("rtsp://[hunter2", "input", "an address"),
        ("camera:/dev/video2", "camera-video2", "video2"),
        ("clips/drive.mp4", "drive", "drive.mp4"),
    ],
)
def test_names_of_inputs_hold_no_secret(source, stem, name):
    assert (inputs.stem_of(source), inputs.name_of(source)) == (stem, name)


def test_secrets_of_a_camera_are_neither_written_nor_printed(tmp_path, monkeypatch, capsys):
    clip = str(make_clip(tmp_path / "clip.mp4", frames=2))
    monkeypatch.setattr(read.Video, "_open", lambda self, source: read.av.open(clip))
    monkeypatch.chdir(tmp_path)
    command.main(["--input", ADDRESS, "--model", str(toy_exports() / "model.tflite"), "--allow-url"])
    record = tmp_path / "predictions" / "live-1" / "predict.json"
    assert json.loads(record.read_text())["input"] == "rtsp://10.0.0.7:554/live.sdp"
    assert not [path for path in tmp_path.rglob("*") if "hunter" in path.name or "admin" in path.name]
    assert "hunter" not in record.read_text() + "".join(capsys.readouterr())


@pytest.mark.parametrize("end", ["live", "snapshot.jpg", "a" * 5000])
def test_secrets_of_an_address_are_in_no_error(tmp_path, predict, end):
    for flags in ([], ["--allow-url"]):
        with pytest.raises((UsageError, DataError)) as refusal:
            predict(f"http://admin:hunter2@127.0.0.1:1/{end}?token=hunter3", "out", *flags)
        assert "hunter" not in str(refusal.value)


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


def test_names_with_dots_are_folders(tmp_path, predict, monkeypatch):
    clip = make_clip(tmp_path / "drive.2024.mp4", frames=2)
    assert count_frames(predict(clip, "results/v1.2") / "drive.2024.mp4") == 2
    assert (predict(write_images(tmp_path / "in", ["a.png"]), "results/v1.3") / "overlays" / "a.png").is_file()
    monkeypatch.chdir(tmp_path)
    command.main(["--input", clip.name, "--model", str(toy_exports() / "model.tflite")])
    assert count_frames(tmp_path / "predictions" / "drive.2024-1" / "drive.2024.mp4") == 2


def stopped(monkeypatch, error):
    """The first picture is not finished: `error` comes instead."""

    def stop(*_):
        raise error

    monkeypatch.setattr(serving.Predictor, "picture", stop)


@pytest.mark.parametrize(
    ("name", "flags", "told"),
    [
        ("clip.mp4", ["--output", "out"], "Ctrl-C: stopped by a signal. Run the same command again with --resume."),
        ("in", ["--output", "out"], "Run the same command again with --resume."),
        ("in", [], "Run the same command again with --resume --output predictions/in-1."),
        ("in", ["--output", "out", "--overwrite"], "again with --resume instead of --overwrite."),
        ("in/a.png", ["--output", "out.png"], "Run the same command again with --overwrite."),
    ],
)
def test_the_advice_after_ctrl_c_can_be_followed(tmp_path, monkeypatch, name, flags, told):
    make_clip(tmp_path / "clip.mp4", frames=2)
    write_images(tmp_path / "in", ["a.png", "b.png"])
    monkeypatch.chdir(tmp_path)
    arguments = ["--input", name, "--model", str(toy_exports() / "model.tflite"), *flags]
    with monkeypatch.context() as patch:
        stopped(patch, KeyboardInterrupt())
        with pytest.raises(Interrupted) as stop:
            command.main(arguments)
    assert told in str(stop.value) and stop.value.exit_code == 130
    more = str(stop.value).partition(" with ")[2].removesuffix(".").removesuffix(" instead of --overwrite").split()
    command.main([flag for flag in arguments if flag != "--overwrite"] + more)


@pytest.mark.parametrize("raised", [MemoryError(), type("ResourceExhaustedError", (Exception,), {})()])
def test_too_little_memory_names_flags_of_predict(tmp_path, predict, monkeypatch, raised):
    stopped(monkeypatch, raised)
    with pytest.raises(ResourceError, match="memory: .* Scale the input down, or lower --hardest.$"):
        predict(make_clip(tmp_path / "clip.mp4", frames=2))
    with pytest.raises(ResourceError, match="memory: .* Scale the input down.$"):
        predict(write_images(tmp_path / "in", ["a.png"]), "out2")


def test_a_camera_that_is_stopped_twice_is_recorded_again(tmp_path):
    with pytest.raises(Interrupted, match="Record again with another --output"), advice(Call("camera")):
        raise KeyboardInterrupt


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
