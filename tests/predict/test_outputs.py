"""Every input has an output of its own, and no output is an input."""

import json
import os
from pathlib import Path

import pytest

from keras_uda.commands import predict as command
from keras_uda.core.errors import UsageError
from tests.predict.calls import contents
from tests.predict.calls import write_images
from tests.predict.clips import count_frames
from tests.predict.clips import make_clip
from tests.toy_export import toy_exports


def test_every_input_has_an_output_of_its_own(tmp_path, predict):
    names = ["a.jpg", "a.png", "a.png.png", "b.jpg", "b.png/c.png", "d.png", "e.png.png", "f.jpg", "f.jpg.png/c.png"]
    names += ["f.jpg_.png", "f.png/c.png"]
    output = predict(write_images(tmp_path / "in", names), "out", "--labels")
    labels = {path.relative_to(output / "labels").as_posix() for path in (output / "labels").rglob("*.png")}
    short = {"d.png", "e.png.png", "b.png/c.png", "f.jpg.png/c.png", "f.png/c.png"}
    long = {"a.jpg.png", "a.png.png", "a.png.png.png", "b.jpg.png", "f.jpg_.png", "f.jpg_.png.png"}
    assert {name for name in labels if not (output / "labels" / name).is_dir()} == short | long
    assert len([path for path in (output / "overlays").rglob("*") if path.is_file()]) == len(names)


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
