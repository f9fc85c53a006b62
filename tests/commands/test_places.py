"""Where a run cannot be written, or is somebody else's, it is said before any data is read."""

import os

import pytest
from PIL import Image

from keras_uda.__main__ import main
from keras_uda.runs.folder import RunFolder
from keras_uda.training import run as training
from tests.nobody import as_nobody

SMALL = ["--segmenter.name", "tiny", "--segmenter.weights", "none", "--data.size", "64x48", "--method", "minent"]


@pytest.fixture(autouse=True)
def no_data(monkeypatch, tmp_path):
    def opened(*_):
        raise AssertionError("data was read")

    monkeypatch.chdir(tmp_path)
    tmp_path.chmod(0o755)  # the folders above it are for their owner alone
    monkeypatch.setattr(training, "Domains", opened)


def told(capsys) -> str:
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    return line


def test_a_folder_that_may_not_be_written(tmp_path, capsys):
    (tmp_path / "locked").mkdir(mode=0o555)
    (tmp_path / "file").touch()
    main(["train", *SMALL, "--output", "file"])  # imports what nobody may not read where Python is in the home of root
    capsys.readouterr()
    with as_nobody():
        assert main(["train", *SMALL, "--output", str(tmp_path / "locked" / "run")]) == 6
    assert "no permission to write or read here" in told(capsys)


@pytest.mark.parametrize(
    ("verb", "work"),
    [
        (("report", "--run", "locked"), "keras_uda.report.write.write_report"),
        (
            ("benchmark", "export", "--export", "locked", "--output", "locked/b"),
            "keras_uda.commands.benchmark_export.benchmark",
        ),
    ],
)
def test_a_place_that_may_not_be_written_is_told_before_the_work(tmp_path, capsys, monkeypatch, verb, work):
    (tmp_path / "locked").mkdir(mode=0o555)
    monkeypatch.setattr(work, None)  # also imports what nobody may not read
    with as_nobody():
        assert main([*verb]) == 6
    assert "no permission to write or read here" in told(capsys)


@pytest.mark.parametrize(
    "verb",
    [
        ("train", "--continue-from", "locked", "--steps", "1", "--output", "out"),
        ("ensemble", "--members", "locked", "locked", "--output", "out"),
        ("predict", "--model", "locked", "--input", "image.png", "--output", "out.png"),
        ("train", *SMALL, "--stages.adapt.add_ons.distil.teacher", "locked", "--output", "out"),
    ],
)
def test_a_folder_that_may_not_be_read_is_not_called_an_empty_one(tmp_path, capsys, verb):
    (tmp_path / "locked").mkdir()
    Image.new("RGB", (64, 48)).save("image.png")
    main([*verb])  # imports what nobody may not read
    (tmp_path / "locked").chmod(0)
    capsys.readouterr()
    with as_nobody():
        assert main([*verb]) in (2, 6)
    assert "no permission to" in told(capsys) and not (tmp_path / "out").exists()


@pytest.mark.parametrize(("output", "code"), [("mine", 2), ("mine/run", 6)])
def test_a_file_where_a_folder_is_needed(tmp_path, capsys, output, code):
    (tmp_path / "mine").write_text("text")
    assert main(["train", *SMALL, "--output", output]) == code
    assert "a file" in told(capsys) and (tmp_path / "mine").read_text() == "text"


def test_a_place_that_is_read_only_for_everybody(capsys):
    assert main(["train", *SMALL, "--output", "/proc/keras_uda/run"]) in (3, 6)
    assert "/proc/keras_uda" in told(capsys)


def test_a_run_of_another_process(tmp_path, capsys):
    run = RunFolder(tmp_path / "run")
    with run.claimed():
        assert main(["train", *SMALL, "--output", "run"]) == 9
    line = told(capsys)
    assert f"process {os.getpid()} on {os.uname().nodename}" in line and "choose another --output" in line
    assert not (run / "config.yaml").exists()
