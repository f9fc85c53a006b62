"""Run folders of anybody through the verbs that take one: a code of the contract and one line, never a defect."""

import os

import pytest

from keras_uda.__main__ import main
from tests.evaluation.finished import finished

DAMAGE = {
    "config.yaml": [
        "",
        "- a\n",
        ": [",
        "stages: 7\n",
        "data: []\n",
        "seed: !!int ''\n",
        "a: &a [x]\nb: *a\n",
        "\0",
        "[" * 300,
    ],
    "run.json": [
        "[]",
        "7",
        '{"status": 7}',
        '{"status": "finished", "labels": 7}',
        "[" * 5000,
        '{"started": {}}',
        '"x"',
    ],
}
CASES = [(name, text) for name, texts in DAMAGE.items() for text in texts]
VERBS = {
    "evaluate": ["evaluate", "--run", "RUN", "--output", "out"],
    "select": ["select", "--run", "RUN", "--output", "out"],
    "continue": ["train", "--continue-from", "RUN", "--output", "out"],
    "ensemble": ["ensemble", "--members", "RUN", "RUN", "--output", "out"],
    "cells": ["benchmark", "methods", "--from", "RUN", "--results", "out"],
}


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return finished(tmp_path, "RUN", 0.5, method="minent").path


def call(verb: str, capsys) -> tuple[int, list[str]]:
    code = main(VERBS[verb])
    return code, [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]


@pytest.mark.parametrize(("name", "text"), CASES)
@pytest.mark.parametrize("verb", VERBS)
def test_a_damaged_file_is_one_line(run, capsys, verb, name, text):
    (run / name).write_text(text)
    code, lines = call(verb, capsys)
    assert code in (2, 3, 4) and len(lines) == 1 and "defect" not in lines[0], (code, lines)
    assert not os.path.exists("out")


@pytest.mark.parametrize("name", DAMAGE)
@pytest.mark.parametrize("verb", VERBS)
def test_a_pipe_holds_nothing_up(run, capsys, verb, name):
    (run / name).unlink(missing_ok=True)
    os.mkfifo(run / name)
    code, lines = call(verb, capsys)
    assert code in (2, 3, 4) and len(lines) == 1 and "defect" not in lines[0], (code, lines)
