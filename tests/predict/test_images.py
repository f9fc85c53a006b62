"""Images and folders through a model: every image has its outputs, and bad ones are listed."""

import json
import os

import numpy as np
import pytest
from PIL import Image

from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.errors import DataError
from keras_uda.core.errors import PartialResult
from keras_uda.core.errors import UsageError
from keras_uda.data.formats.labels import read_label
from tests.pictures import frame
from tests.predict.calls import MAP
from tests.predict.calls import contents
from tests.predict.calls import expected
from tests.predict.calls import write_images
from tests.predict.clips import count_frames
from tests.predict.clips import cut
from tests.predict.clips import make_clip


def test_an_image(tmp_path, predict):
    folder = write_images(tmp_path / "in", ["strasse ä.png"])
    output = predict(folder / "strasse ä.png", "out/overlay.png", "--labels")
    label = read_label(output.with_name("overlay_labels.png"), MAP, CITYSCAPES)
    np.testing.assert_array_equal(label, expected(frame(0, 70, 50)))
    assert np.asarray(Image.open(output)).shape == (50, 70, 3)


def test_images_of_any_size_come_back_in_their_size(tmp_path, predict):
    """N2: sizes that no stride divides, down to one pixel."""
    sizes = ((1025, 513), (65, 33), (7, 5), (1, 1), (3, 200))
    names = [f"{number}.png" for number in range(len(sizes))]
    predict(write_images(tmp_path / "in", names, sizes), "out", "--labels")
    for name, size in zip(names, sizes, strict=True):
        for folder in ("overlays", "labels"):
            with Image.open(next((tmp_path / "out").rglob(f"{folder}/{name}"))) as picture:
                assert picture.size == size


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
    folder = write_images(tmp_path / "in", ["a.png", "b.tif", "c.WEBP", "d.gif"])
    (folder / "e.heic").write_bytes((folder / "d.gif").read_bytes())
    (folder / "notes.txt").touch()
    with pytest.raises(PartialResult, match="2 of 5 images"):
        predict(folder, "out")
    failed = (tmp_path / "out" / "failed.txt").read_text().splitlines()
    assert [line.partition("\t")[0] for line in failed] == ["d.gif", "e.heic"]
    assert all("not a supported picture format" in line and "Convert it to PNG" in line for line in failed)
    with pytest.raises(DataError, match="e.heic: not a supported picture format"):
        predict(folder / "e.heic", "single.png")
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


def test_folders_without_a_readable_image_are_refused(tmp_path, predict):
    (tmp_path / "in").mkdir()
    with pytest.raises(DataError, match="no .png"):
        predict(tmp_path / "in")
    (tmp_path / "in" / "a.png").write_text("x")
    with pytest.raises(DataError, match="none of 1"):
        predict(tmp_path / "in", "out2")


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


def test_clips_and_other_pictures_in_a_folder_are_named(tmp_path, predict):
    folder = write_images(tmp_path / "card", ["IMG_0.jpg", "IMG_1.jpg"])
    make_clip(folder / "IMG_0.MOV", frames=2)
    (folder / "sub").mkdir()
    make_clip(folder / "sub" / "VID_0.mp4", frames=2)
    Image.fromarray(frame(0)).save(folder / "old.tga")
    with pytest.raises(PartialResult, match="3 of 5 images") as result:
        predict(folder, "out")
    assert result.value.exit_code == 8
    failed = (tmp_path / "out" / "failed.txt").read_text().splitlines()
    assert [line.partition("\t")[0] for line in failed] == ["IMG_0.MOV", "old.tga", "sub/VID_0.mp4"]
    assert "Give it as --input, alone" in failed[0]
    assert {path.name for path in (tmp_path / "out" / "overlays").iterdir()} == {"IMG_0.jpg", "IMG_1.jpg"}


def test_a_folder_of_clips_says_how_to_read_them(tmp_path, predict):
    make_clip(tmp_path / "in" / "drive.mp4", frames=2)
    with pytest.raises(DataError, match=r"1 clips \(drive.mp4, ...\). Give one clip as --input"):
        predict(tmp_path / "in")


def test_labels_in_other_ids(tmp_path, predict):
    name = "frankfurt/frankfurt_000000_000294_leftImg8bit.png"
    folder = write_images(tmp_path / "in", [name, "c.png"])
    plain, other = predict(folder, "plain", "--labels"), predict(folder, "other", "--labels", "--ids", "cityscapes")
    with Image.open(plain / "labels" / name) as indices, Image.open(other / "labels" / name) as ids:
        assert ids.mode == "L"  # no palette: OpenCV would make colours of it
        official = np.array([7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33])
        assert len(np.unique(indices)) > 3
        np.testing.assert_array_equal(np.asarray(ids), official[np.asarray(indices)])
    assert (plain / "overlays" / "c.png").read_bytes() == (other / "overlays" / "c.png").read_bytes()
    with pytest.raises(UsageError, match="begun with ids 'cityscapes'"):
        predict(folder, "other", "--labels", "--resume")
