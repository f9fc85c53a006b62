"""`evaluate`, `export` and `predict` in Python do what their verbs do."""

import json

import numpy as np
import pytest
from PIL import Image

import keras_uda
from keras_uda.__main__ import main
from keras_uda.core.errors import UsageError
from keras_uda.export import parity
from tests.data.making import ids
from tests.data.making import picture
from tests.data.making import save
from tests.toy_export import run_here
from tests.toy_export import toy_exports
from tests.toy_export import toy_run


@pytest.fixture
def frames(tmp_path, monkeypatch):
    """Three labelled frames."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for number in range(3):
        save(tmp_path / "mine" / "images" / f"{number}.png", picture(number, (64, 48)))
        save(tmp_path / "mine" / "labels" / f"{number}.png", ids(number, [0, 2, 8, 10, 13, 255], (64, 48)))
    return tmp_path / "mine"


@pytest.mark.slow
@pytest.mark.ci
def test_scores_are_those_of_the_verb(frames, tmp_path):
    target = {"data.target.name": "folder", "data.target.root": frames}
    scores = keras_uda.evaluate(toy_exports() / "model.tflite", output="scores", options=target)
    flags = ["--data.target.name", "folder", "--data.target.root", str(frames)]
    command = ["evaluate", "--model", str(toy_exports() / "model.tflite"), *flags, "--output", "again"]
    assert main(command) == 0
    again = json.loads((tmp_path / "again" / "evaluation.json").read_text())
    assert scores["adapted"]["confusion"] == again["adapted"]["confusion"] and scores["adapted"]["pixels"] > 0
    with pytest.raises(UsageError, match="data.source.root: was decided when the run was trained"):
        keras_uda.evaluate(toy_run(), output="other", options={"data.source.root": "."})
    with pytest.raises(UsageError, match="--output: scores exists"):
        keras_uda.evaluate(toy_run(), output="scores")
    with pytest.raises(UsageError, match="--window: 1.5 is not"):
        keras_uda.evaluate(toy_run(), output="other", window=1.5)


def test_an_export_is_checked_and_its_folder_given(tmp_path, monkeypatch):
    monkeypatch.setattr(parity, "run_apart", run_here)
    folder = keras_uda.export(toy_run(), tmp_path / "out", formats=["tflite"], licence="mine")
    content = json.loads((folder / "export.json").read_text())
    assert folder == tmp_path / "out" and list(content["artefacts"]) == ["tflite"] and content["licence"] == "mine"
    with pytest.raises(UsageError, match="only .tflite files can be quantised"):
        keras_uda.export(toy_run(), tmp_path / "other", formats=["saved_model"], quantize=["int8"])


def test_predictions_are_those_of_the_verb(frames):
    model = toy_exports() / "model.tflite"
    out = keras_uda.predict(model, frames / "images", "out", labels=True)
    assert str(out) == "out" and keras_uda.predict(model, frames / "images" / "0.png").exists()
    assert main(["predict", "--model", str(model), "--input", str(frames / "images"), "--output", "b", "--labels"]) == 0
    for number in range(3):
        one, other = (np.array(Image.open(f"{place}/labels/{number}.png")) for place in ("out", "b"))
        np.testing.assert_array_equal(one, other)
    with pytest.raises(UsageError, match="--opacity"):
        keras_uda.predict(model, frames / "images", "c", opacity=2)
