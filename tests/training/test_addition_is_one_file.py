"""Every kind of addition is one file and its line in a table: in a copy of the repository that has nothing else new.

What is added: a method, an add-on, a network, a reader, a transform, a sampler and an optimiser (`tests/additions/`).
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from ai_edge_litert.interpreter import Interpreter

from keras_uda.config.command_line import configs_folder
from tests.conftest import ROOT
from tests.data.making import ids
from tests.data.making import picture
from tests.data.making import save

SIZE = (64, 48)


class Addition(NamedTuple):
    """A file of `tests/additions`, its table, what stands behind its name, and its package."""

    name: str
    table: str
    attribute: str
    package: str


ADDITIONS = (
    Addition("nudge", "METHODS", "Nudge", "methods"),
    Addition("calm", "ADD_ONS", "Calm", "methods/add_ons"),
    Addition("plain", "SEGMENTERS", "plain", "segmenters"),
    Addition("side_by_side", "READERS", "SideBySide", "data/readers"),
    Addition("darken", "TRANSFORMS", "darken", "augment"),
    Addition("first_images", "SAMPLERS", "FirstImages", "data/samplers"),
    Addition("signs", "OPTIMIZERS", "Signs", "optimizers"),
)


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> Path:
    """A copy of the repository with all additions."""
    copy, ignored = tmp_path_factory.mktemp("house"), shutil.ignore_patterns("__pycache__", ".*")
    for name in ("keras_uda", "configs", "tests", "docs"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", copy)
    table = copy / "keras_uda" / "config" / "names.py"
    for one in ADDITIONS:
        shutil.copy(ROOT / "tests" / "additions" / f"{one.name}.py", copy / "keras_uda" / one.package)
        line = f'{one.table}\\1 = {{\n    "{one.name}": "{one.name}.{one.attribute}",'
        text, count = re.subn(rf"^{one.table}(: [^=\n]*)? = \{{", line, table.read_text(), flags=re.MULTILINE)
        assert count == 1, one
        table.write_text(text)
    configs = copy / configs_folder().relative_to(ROOT) / "sim_to_street"
    shutil.copy(ROOT / "tests" / "additions" / "nudge.yaml", configs)
    return copy


@pytest.fixture(scope="module")
def images(tmp_path_factory) -> Path:
    """Pairs of images and labels as the reader of the additions finds them."""
    root = tmp_path_factory.mktemp("images")
    for number in range(6):
        split = "train" if number < 4 else "val"
        save(root / split / f"{number}_image.png", picture(number, SIZE))
        save(root / split / f"{number}_label.png", ids(number, [0, 2, 8, 10, 13, 255], SIZE))
    return root


def call(house: Path, *command: str, code: int = 0, **variables: str) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONPATH": str(house), "XDG_CACHE_HOME": str(house / "cache"), **variables}
    done = subprocess.run([sys.executable, *command], env=environment, capture_output=True, text=True, cwd=house)
    assert done.returncode == code, done.stderr[-2000:]
    return done


def verb(house: Path, *arguments: str, **options) -> subprocess.CompletedProcess:
    return call(house, "-m", "keras_uda", *arguments, **options)


def flags(images: Path) -> list[str]:
    """One stage of the new method with everything else that is new."""
    data = [f"--data.{side}.{key}" for side in ("source", "target") for key in ("name", "root")]
    values = ["side_by_side", str(images)] * 2
    more = ["--data.source.arguments.label_end", "_label", "--data.transforms", "{darken: {chance: 0.5}}"]
    more += ["--data.source.sampler", "{first_images: {images: 3}}", "--data.size", "64x48", "--data.batch", "2"]
    more += ["--segmenter.name", "plain", "--segmenter.weights", "none", "--segmenter.arguments.width", "5"]
    more += ["--optimizers.judge.name", "signs", "--optimizers.judge.arguments.weight_decay", "1e-3"]
    more += ["--stages.adapt.add_ons", "{calm: {weight: 0.2}}", "--steps", "6", "--baselines", "none"]
    pairs = [part for pair in zip(data, values, strict=True) for part in pair]
    return ["--method", "nudge", *pairs, *more, "--checkpoint_every", "2"]


MISTAKES = {  # what is to be said -> flags
    "Did you mean `nudge`": ["--method", "nudg"],
    "stages.adapt.arguments.decay": ["--method", "nudge", "--stages.adapt.arguments.decay", "2"],
    "add_ons.calm.decay": ["--method", "advent", "--stages.adapt.add_ons", "{calm: {decay: -1}}"],
    "needs": ["--method", "source_only", "--add-ons", "calm"],
    "levels": ["--segmenter.name", "plain", "--segmenter.weights", "none", "--segmenter.levels", "2"],
    "Did you mean `width`": ["--segmenter.name", "plain", "--segmenter.arguments.widht", "2"],
    "image_end": ["--data.target.name", "side_by_side", "--data.target.arguments.image_ent", "_i"],
    "darken.chance": ["--data.transforms", "{darken: {chance: 2}}"],
    "first_images.images": ["--data.source.sampler", "{first_images: {images: 0}}"],
    "momentum": ["--optimizers.segmenter.name", "signs", "--optimizers.segmenter.arguments.momentum", "0.9"],
}
TRY = """
import contextlib, io, json, sys
from keras_uda.__main__ import main
found = []
for words in json.loads(sys.argv[1]):
    with contextlib.redirect_stderr(io.StringIO()) as error:
        found.append((main(["train", *words]), error.getvalue()))
print(json.dumps(found))
"""


def test_options_of_an_addition_are_checked_before_anything_runs(house):
    found = json.loads(call(house, "-c", TRY, json.dumps([*MISTAKES.values()])).stdout)
    for remedy, (code, error) in zip(MISTAKES, found, strict=True):
        assert code == 2 and error.count("\n") == 1 and error.startswith("error: ") and remedy in error, error


@pytest.mark.slow
@pytest.mark.ci
def test_all_of_them_are_known_and_take_a_step(house, images):
    assert "nudge" in verb(house, "train", "--help").stdout
    text = verb(house, "train", *flags(images), "--preset", "official", "--dry-run").stdout
    assert "stage adapt: nudge, 6 steps" in text and "decay: 0.5" in text
    assert not (house / "runs").exists()


@pytest.fixture(scope="module")
def run(house, images) -> Path:
    """Trained without an interruption."""
    verb(house, "train", *flags(images), "--output", "whole")
    return house / "whole"


def record(folder: Path) -> dict:
    return json.loads((folder / "run.json").read_text())


@pytest.mark.slow
@pytest.mark.ci
@pytest.mark.parametrize("checkpoint", [1, 2])
def test_a_killed_run_continues_exactly(house, images, run, checkpoint):
    folder = house / f"killed-{checkpoint}"
    fault = {"KERAS_UDA_FAULT": f"state-written:{checkpoint}"}
    verb(house, "train", *flags(images), "--output", str(folder), code=-signal.SIGKILL, **fault)
    verb(house, "train", *flags(images), "--output", str(folder))
    assert record(folder)["state_hash"] == record(run)["state_hash"]


@pytest.mark.slow
@pytest.mark.ci
def test_what_it_logs_and_scores_is_in_the_run(run):
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert {"segmentation", "pull", "judging", "calm"} <= set(lines[-1])
    scores = json.loads((run / "evaluation.json").read_text())
    assert 0 <= scores["adapted"]["miou"] <= 1 and scores["target_labels_read"] == ["evaluation"]
    assert "Nudge" in (run / "report.html").read_text()


@pytest.mark.slow
@pytest.mark.ci
def test_the_export_holds_nothing_but_the_segmenter(house, run):
    verb(house, "export", "--run", str(run), "--output", "export", "--formats", "saved_model", "tflite")
    interpreter = Interpreter(str(house / "export" / "model.tflite"))
    names = {detail["name"] for detail in interpreter.get_tensor_details()}
    assert not any(word in name for name in names for word in ("judge", "slow_mean", "certainty"))
    record = json.loads((house / "export" / "export.json").read_text())
    assert all(entry["agreement"] > 0.99 for entry in record["artefacts"].values())


@pytest.mark.slow
@pytest.mark.ci
def test_it_is_timed_and_stands_in_the_table_of_methods(house, images):
    assert "nudge, plain, batch 2+2, 64x48" in verb(house, "benchmark", *flags(images)).stdout
    data = ["--data.size", "64x48", "--data.batch", "2", "--segmenter.name", "tiny", "--segmenter.weights", "none"]
    frames = ["--data.source.frames", "4", "--data.target.frames", "4", "--data.target.eval_frames", "2"]
    row = ["--methods", "nudge", "--seeds", "0", "--output", "table", "--steps", "2", *data, *frames]
    verb(house, "benchmark", "methods", *row)
    assert "| nudge | 0 |" in next((house / "table").glob("sim_to_street-world*.md")).read_text()


@pytest.mark.slow
@pytest.mark.ci
def test_it_gets_the_shared_tests(house):
    """Its properties are those of every method; a transform, a reader and the others are found by their tables."""
    chosen = ["tests/methods/test_properties.py", "tests/test_architecture.py", "-k", "nudge or resolves"]
    done = call(house, "-m", "pytest", "-q", "-p", "no:xdist", "-o", "addopts=", *chosen)
    passed = int(re.search(r"(\d+) passed", done.stdout)[1])
    assert passed >= 12 and "failed" not in done.stdout and "skipped" not in done.stdout
