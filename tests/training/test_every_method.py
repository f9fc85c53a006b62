"""From training to a picture, for every method: killed and resumed, exported without its helpers, predicted from."""

import json
import signal
import subprocess
import sys

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

from keras_uda.commands.benchmark_rows import chosen_rows
from tests.conftest import ROOT
from tests.data.making import picture
from tests.data.making import save
from tests.training.test_kills import command
from tests.training.test_kills import environment
from tests.training.test_kills import finish

ROWS = chosen_rows(None, None)
FEW = ["--steps", "4", "--checkpoint_every", "2"]
HELPERS = ("discriminator", "classifier_d", "generator", "memory", "teacher", "frozen", "mask")  # of no export
MORE = {"cda": ["--stages.adapt.pseudo_labels.superpixels", "12"]}


def verb(cache, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, *arguments], env=environment(cache), capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.slow
@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS])
def test_from_training_to_a_picture(tmp_path, cache, row):
    more = ["--config", str(row.config), *row.flags, *FEW, *MORE.get(row.name, [])]
    whole = finish(tmp_path / "whole", cache, *more)

    folder = tmp_path / "run"
    fault = environment(cache, KERAS_UDA_FAULT="state-written:2")
    killed = subprocess.run(command(folder, *more), env=fault, capture_output=True, cwd=cache)
    assert killed.returncode == -signal.SIGKILL
    assert finish(folder, cache, *more) == whole

    evaluation = json.loads((folder / "evaluation.json").read_text())
    assert evaluation["target_labels_read"] == {
        "oracle": ["evaluation", "oracle"],
        "weaklabel_oracle": ["evaluation", "weak labels"],
        "weaklabel_point": ["evaluation", "weak labels"],
    }.get(row.name, ["evaluation"])

    export = tmp_path / "export"
    verb(cache, str(ROOT / "export.py"), "--run", str(folder), "--output", str(export))
    names = {detail["name"] for detail in Interpreter(str(export / "model.tflite")).get_tensor_details()}
    assert not any(word in name for name in names for word in HELPERS)

    frames = (
        tmp_path / "frames"
    )  # so many that one undecided pixel of the network, four of a frame, is within the bound
    frames.mkdir()
    for number in range(16):
        save(frames / f"{number}.png", picture(number, (100, 80)))
    maps = []
    for form in (folder, export):
        out = tmp_path / f"out-{form.name}"
        flags = ["--input", str(frames), "--model", str(form), "--output", str(out), "--labels"]
        verb(cache, "-m", "keras_uda", "predict", *flags)
        maps.append(np.stack([np.array(Image.open(path)) for path in sorted((out / "labels").rglob("*.png"))]))
    assert maps[0].shape == (16, 80, 100) and np.mean(maps[0] == maps[1]) >= 0.9999
