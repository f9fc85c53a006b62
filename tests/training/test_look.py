"""A dry run judges everything that training would read, without reading images or writing anything."""

import os
from pathlib import Path

import pytest
from PIL import Image

from keras_uda.__main__ import main
from keras_uda.commands.train import parser
from keras_uda.config.command_line import run_config
from keras_uda.core.errors import UdaError
from keras_uda.training.look import look_at_inputs

TINY = ["--segmenter.name", "tiny", "--segmenter.weights", "none", "--data.size", "64x48", "--data.batch", "2"]
FOLDER = ["--data.target.name", "folder", "--data.target.root"]
SOURCE = ["--data.source.name", "folder", "--data.source.root"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "images").mkdir()
    for name in "ab":
        Image.new("RGB", (64, 48), "red").save(tmp_path / "images" / f"{name}.png")
    os.mkfifo("pipe")
    Path("file").write_text("text")
    Path("clip.mp4").write_bytes(b"no clip")
    return tmp_path


def refusal(*flags: str, method: str = "minent") -> tuple[int, str]:
    with pytest.raises(UdaError) as told:
        look_at_inputs(run_config(parser(), [*TINY, "--method", method, *flags])[0])
    assert "\n" not in str(told.value)
    return told.value.exit_code, str(told.value)


@pytest.mark.parametrize("root", ["pipe", "file", "/dev/zero", "missing", "loop"])
@pytest.mark.parametrize("flags", [SOURCE, FOLDER, ["--data.target.name", "footage", "--data.target.root"]])
def test_a_root_that_is_no_folder(flags, root):
    Path("loop").symlink_to("loop")
    if root == "file" and "footage" in flags:
        pytest.skip("a clip may be a file")
    code, line = refusal(*flags, root)
    assert code == 3 and line.startswith(f"{root}: ")


def test_the_command_refuses_it_and_writes_nothing(here, capsys):
    before = sorted(here.rglob("*"))
    assert main(["train", *TINY, "--method", "minent", *FOLDER, "pipe", "--dry-run", "--output", "run"]) == 3
    assert "error: pipe: " in capsys.readouterr().err and sorted(here.rglob("*")) == before


def test_honest_inputs_pass_and_no_image_is_opened(here):
    (here / "images" / "a.png").write_bytes(b"no picture")  # only reading it would tell
    (here / "clips").mkdir()
    (here / "clips" / "drive.mp4").write_bytes(b"no clip")
    before = sorted(here.rglob("*"))
    for flags in ([*FOLDER, "images"], ["--data.target.name", "footage", "--data.target.root", "clips"]):
        look_at_inputs(run_config(parser(), [*TINY, "--method", "minent", *flags])[0])
    assert sorted(here.rglob("*")) == before


@pytest.mark.parametrize(
    ("flags", "code", "told"),
    [
        (["--data.source.root", "images", "--data.source.name", "folder"], 3, "no labels"),
        ([*FOLDER, "images", "--data.target.exclude", "pipe"], 3, "pipe"),
        (["--data.source.class_map", "pipe"], 2, "pipe"),
        (["--data.source.class_map", "file"], 2, "file"),
        (["--segmenter.weights", "missing"], 4, "missing"),
        (["--segmenter.weights", "pipe"], 4, "pipe"),
        (["--stages.adapt.start", "initial", "--stages.adapt.weights", "missing"], 4, "missing"),
        (["--data.cache", "pipe"], 6, "pipe"),
        (["--data.cache", "file/below"], 6, "file/below"),
        (["--evaluation.also", "[{name: folder, root: missing}]"], 3, "missing"),
        (["--evaluation.also", "[{name: folder, root: images, eval_split: train}]"], 3, "no labels to score on"),
    ],
)
def test_what_else_is_read(flags, code, told):
    found = refusal(*flags)
    assert found[0] == code and told in found[1], found


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (
            ["--data.sources", "[{name: sim}, {name: folder, root: gone}]"],
            "gone: no such folder. Check --data.sources.1.root",
        ),
        (
            ["--data.sources", "[{name: gta5}, {name: sim}]"],
            "data.sources.0.root: `gta5` needs a folder. Give --data.sources",
        ),
        (["--data.targets", "[{name: drive}, {name: street, merge: {x: car}}]"], "data.targets.1.merge.x: class map"),
        (["--data.targets", "[{name: street, split: no}, {name: drive}]"], "data.targets.0.split: street has no split"),
        (
            ["--evaluation.also", "[{name: sim, merge: {car: van}}]"],
            "evaluation.also.0.merge.car: `van` is not a class",
        ),
        (["--evaluation.also", "[{name: folder, root: gone}]"], "Check --evaluation.also.0.root"),
        (["--data.target.merge", "{x: car}"], "data.target.merge.x: class map"),
        (["--data.target.eval_split", "no"], "data.target.eval_split: street has no split `no`"),
        (["--data.sources", "[{name: folder, root: clip.mp4}, {name: sim}]"], "Add --data.sources.0.name footage"),
        (["--data.source.class_map", "gone"], "data.source.class_map: `gone` is neither"),
        ([*SOURCE, "gone"], "gone: no such folder. Check --data.source.root"),
    ],
)
def test_a_mistake_names_the_domain_that_has_it(flags, told):
    assert told in refusal(*flags)[1]


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("tags.csv", None, "pipe"),
        ("tags.csv", "image,road\nz.png,1\n", "none of its 1 images"),
        ("tags.txt", "", "neither .csv nor .jsonl"),
        ("absent.csv", "", "no such file"),
    ],
)
def test_weak_labels(file, text, told):
    if text is None:
        os.mkfifo(file)
    elif file != "absent.csv":
        Path(file).write_text(text)
    code, line = refusal(*FOLDER, "images", "--data.weak_labels", file, "--weak", "oracle", method="weaklabel")
    assert code in (2, 3) and told in line, line


def test_labels_to_derive_weak_ones_from():
    assert "derive weak labels from" in refusal(*FOLDER, "images", "--weak", "oracle", method="weaklabel")[1]


def test_weak_labels_of_each_of_several_targets():
    targets = "[{name: folder, root: images, weak_labels: pipe.csv}, {name: street, weak_labels: none}]"
    os.mkfifo("pipe.csv")
    flags = ["--data.targets", targets, "--weak", "oracle"]
    assert "pipe.csv" in refusal(*flags, method="weaklabel")[1]
    derived = targets.replace("pipe.csv", "null")
    assert "--data.targets.0.weak_labels FILE" in refusal(*flags[2:], "--data.targets", derived, method="weaklabel")[1]
