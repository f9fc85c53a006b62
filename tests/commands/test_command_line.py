"""What a new user does wrong gets the right exit code and one helpful line; what is odd but right simply works."""

import json
import subprocess
import sys

import numpy as np
import pytest

from keras_uda import __version__
from keras_uda.__main__ import main
from tests.conftest import ROOT
from tests.data.making import ids
from tests.data.making import make_folder
from tests.data.making import picture
from tests.data.making import save

SMALL = ["--segmenter.name", "tiny", "--segmenter.weights", "none", "--data.size", "64x48", "--data.batch", "2"]
SMALL += ["--steps", "2", "--baselines", "none", "--data.target.frames", "4", "--data.target.eval_frames", "2"]
SMALL += ["--data.source.frames", "4"]
ONE_WEIGHT = ["--stages.adapt.arguments.adversarial_weights", "[0.005]"]
FOLDER = ["--data.source.name", "folder", "--data.source.root"]


@pytest.fixture(autouse=True)
def own_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def train(*arguments: str) -> int:
    return main(["train", *SMALL, "--output", "run", *arguments])


def truncated(root):
    path = root / "images" / "train" / "0003.png"
    path.write_bytes(path.read_bytes()[:200])


def other_size(root):
    save(root / "labels" / "train" / "0003.png", ids(3, size=(30, 20)))


def unknown_id(root):
    label = ids(3, [0, 2, 8])
    label[4:8, 5:9] = 77
    save(root / "labels" / "train" / "0003.png", label)


def empty(root):
    for path in [*root.rglob("*.png")]:
        path.unlink()


@pytest.mark.parametrize(
    ("spoil", "named"),
    [(truncated, "0003"), (other_size, "30x20"), (unknown_id, "77"), (empty, "images")],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_bad_data_exits_3_with_one_line_that_names_it(tmp_path, capsys, spoil, named):
    root = make_folder(tmp_path / "my data ä")
    spoil(root)
    before = {path: path.read_bytes() for path in root.rglob("*.png")}
    assert train(*FOLDER, str(root)) == 3
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error:")]
    assert len(lines) == 1 and named in lines[0]
    assert before == {path: path.read_bytes() for path in root.rglob("*.png")}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([*FOLDER, "/nowhere"], 3),
        (["--data.source.root", "/nowhere"], 2),
        (["--data.source.name", "folder"], 2),
        (["--method", "advnt"], 2),
        (["--preset", "official", "--method", "adaptsegnet"], 2),
        (["--config", "/nowhere.yaml"], 2),
        (["--segmenter.levels", "2", "--segmenter.name", "efficientnet_lite0", *ONE_WEIGHT], 2),
    ],
)
def test_exit_codes(arguments, code, capsys):
    assert train(*arguments) == code
    captured = capsys.readouterr().err
    assert captured.count("error:") == 1 and "Traceback" not in captured


def test_spaces_other_letters_and_exponents_simply_work(tmp_path):
    source = make_folder(tmp_path / "synthetic straße 道路")
    target = tmp_path / "my dashcam [1]"
    for number in range(3):
        save(target / f"frame {number}.png", picture(number))
    config = tmp_path / "my config ü.yaml"
    config.write_text(
        "method: minent\n"
        "optimizers: {segmenter: {learning_rate: 1e-4}}\n"
        "stages: {adapt: {method: minent, steps: 2, arguments: {entropy_weights: [1e-2]}}}\n"
    )
    arguments = [*FOLDER, str(source), "--data.target.name", "folder", "--data.target.root", str(target)]
    assert train("--config", str(config), *arguments) == 0
    content = json.loads((tmp_path / "run" / "evaluation.json").read_text())
    assert content["adapted"] is None and content["target_labels_read"] == []
    assert (tmp_path / "run" / "report.html").exists()


def test_target_labels_are_read_for_evaluation_only(tmp_path):
    assert train() == 0
    content = json.loads((tmp_path / "run" / "evaluation.json").read_text())
    assert content["target_labels_read"] == ["evaluation"]
    assert 0 <= content["adapted"]["miou"] <= 1
    assert np.array(content["adapted"]["confusion"]).sum() == content["adapted"]["pixels"]


def test_a_run_that_never_trained_may_be_corrected(tmp_path, capsys):
    assert train("--method", "minent", *FOLDER, "/nowhere") == 3
    assert train("--method", "minent", *FOLDER, str(make_folder(tmp_path / "data"))) == 0
    assert train("--method", "minent", *FOLDER, "/nowhere") == 2
    assert "data.source.root: " in (told := capsys.readouterr().err) and "which is finished" in told


def test_what_keras_adds_to_a_message_is_left_out(capsys):
    assert train("--method", "advent", "--data.size", "10x10") == 2
    message = capsys.readouterr().err
    assert "The discriminator got a map of 10x10" in message and "Exception encountered" not in message
    assert "Arguments received" not in message


@pytest.mark.slow
@pytest.mark.ci
def test_several_workers_of_which_there_is_one(tmp_path):
    arguments = [sys.executable, str(ROOT / "train.py"), *SMALL, "--strategy", "multiworker", "--method", "minent"]
    done = subprocess.run([*arguments, "--output", str(tmp_path / "run")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (["help"], 0, "usage: python -m keras_uda VERB"),
        (["--version"], 0, f"keras_uda {__version__}"),
        (["exprt"], 2, "error: exprt: not a verb. Did you mean `export`?"),
        (["weak-labels"], 2, "error: weak-labels: an action is missing. Use make, check, annotate, budget."),
    ],
)
def test_help_version_and_near_misses_of_verbs_are_answered(capsys, words, code, line):
    assert main(words) == code
    out, err = capsys.readouterr()
    assert (err if code else out).startswith(line)
