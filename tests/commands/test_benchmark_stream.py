"""`benchmark stream`: a line for each part, and what cannot be a stream."""

import re
import shutil

import pytest

from keras_uda.__main__ import main
from keras_uda.commands import benchmark_stream
from keras_uda.evaluation import streams
from tests.commands.test_earlier_versions import KEPT
from tests.predict.calls import contents


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return shutil.copytree(KEPT / "run", tmp_path / "runs" / "first")


def test_a_line_for_each_part(run, capsys, monkeypatch):
    monkeypatch.setattr(streams, "TIMES", 3)
    before = contents(run)
    flags = ["--data.target.eval_frames", "6"]
    assert main(["benchmark", "stream", "--run", str(run), *flags]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [re.split(r"  +", line.strip()) for line in lines if re.search(r"\d\.\d$", line)]
    assert [row[:2] for row in rows] == [
        ["as it is", "6"],
        ["shown 3 times, the last", "1"],
        ["after that", "2"],
        ["night", "2"],
        ["after night", "2"],
        ["after black frames", "2"],
    ]
    assert all(0 <= float(score) <= 100 for row in rows for score in row[2:])
    assert rows[0][2] != rows[0][3] and contents(run) == before


def test_too_few_frames_are_no_stream(run, capsys):
    assert main(["benchmark", "stream", "--run", str(run), "--frames", "5"]) == 2
    assert "--frames: 5 are no stream. Give 6 or more" in capsys.readouterr().err
    assert main(["benchmark", "stream", "--run", str(run), "--data.target.eval_frames", "3"]) == 2
    assert "--split: has 3 labelled frames, no stream" in capsys.readouterr().err
    assert benchmark_stream.LEAST == 6
