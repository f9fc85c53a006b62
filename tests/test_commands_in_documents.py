"""Commands in the README and in docs/ are understood: flags exist, and the configuration that they make is valid."""

import re
import shlex
from pathlib import Path

import pytest

from keras_uda.commands import doctor
from keras_uda.commands import evaluate
from keras_uda.commands import export
from keras_uda.commands import frames
from keras_uda.commands import import_weights
from keras_uda.commands import predict
from keras_uda.commands import train
from keras_uda.config.changes import split_changes
from keras_uda.config.command_line import run_config
from tests.conftest import ROOT

PROGRAM = re.compile(r"python (train\.py|export\.py|-m keras_uda [a-z-]+)")
VERBS = {
    "doctor": doctor.main,
    "evaluate": lambda words: evaluate.parser().parse_args(
        split_changes(evaluate.parser(), words, ("data", "evaluation"))[0]
    ),
    "export": lambda words: export.parser().parse_args(words),
    "frames": lambda words: frames.parser().parse_args(words),
    "import-weights": lambda words: import_weights.parser().parse_args(words),
    "predict": lambda words: predict.parser().parse_args(words),
    "train": lambda words: run_config(train.parser(), words),
}


def commands(page: Path) -> list[tuple[str, list[str]]]:
    """(verb, its words) of every command in the blocks of a page that is written out in full."""
    found = []
    for language, block in re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(), flags=re.DOTALL | re.MULTILINE):
        for line in ("" if language else block).replace("\\\n", " ").split("\n"):
            for part in line.split("&&"):
                program = PROGRAM.match(part.strip())
                if program and "..." not in part:
                    verb = program[1].removesuffix(".py").split()[-1]
                    found.append((verb, shlex.split(part.strip()[program.end() :], comments=True)))
    return found


PAGES = [page for page in (ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))) if commands(page)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_are_understood(page, monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(doctor, "run", lambda *given: None)
    for verb, words in commands(page):
        if verb in VERBS and "adabn_alone.yaml" not in words:  # a file that the page tells how to write
            VERBS[verb](words)


def test_commands_are_found(tmp_path):
    assert {"README", "frames_to_phone", "labels_from_tools", "gta5_to_cityscapes"} <= {page.stem for page in PAGES}
    lines = ["```yaml", "a: 1", "```", "", "```", "pip install . && python train.py --steps 2  # two"]
    lines += ["python -m keras_uda doctor \\", "    --sheet a.png", "```", ""]
    page = tmp_path / "page.md"
    page.write_text("\n".join(lines))
    assert commands(page) == [("train", ["--steps", "2"]), ("doctor", ["--sheet", "a.png"])]
