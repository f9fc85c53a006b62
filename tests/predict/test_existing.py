"""What is there already is kept, continued or replaced as asked, and what others made is never touched."""

import json

import pytest
from PIL import Image

from keras_uda.core.atomic import aside_of
from keras_uda.core.errors import UsageError
from tests.leftovers import leave_behind
from tests.predict.calls import contents
from tests.predict.calls import write_images
from tests.predict.clips import make_clip
from tests.toy_export import frame


def test_nothing_is_overwritten_unasked(tmp_path, predict):
    folder = write_images(tmp_path / "in", ["a.png"])
    for source, name in [(folder / "a.png", "x.png"), (make_clip(tmp_path / "c.mp4"), "x.mp4"), (folder, "x")]:
        output = predict(source, name)
        before = contents(output.parent)
        with pytest.raises(UsageError, match="exists already"):
            predict(source, name)
        assert contents(output.parent) == before != {}
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
    mine = {".tmp-1-other.mp4", ".tmp-mine", ".tmp-999999999-draft.png"}
    for name in mine:
        (tmp_path / name).touch()
    write_images(tmp_path / ".tmp-999999999-photos", ["precious.png"])
    leave_behind(tmp_path / "out.png")
    leave_behind(tmp_path / "clip.mp4", ".mp4")
    with aside_of(tmp_path / "living") as living:
        living.touch()
        predict(folder / "a.png", "out.png")
        assert living.exists()
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


def test_a_call_is_continued_only_with_the_same_model(tmp_path, predict):
    folder = write_images(tmp_path / "in", ["a.png"])
    output = predict(folder, "out")
    record = json.loads((output / "predict.json").read_text())
    (output / "predict.json").write_text(json.dumps(record | {"model": "another"}))
    with pytest.raises(UsageError, match="was begun with model"):
        predict(folder, "out", "--resume")
