"""A run and an export of 3d7e0e5, whose files have the keys of then: scored, reported, exported and run again."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from keras_uda.__main__ import main
from keras_uda.artefacts.open_model import open_model
from keras_uda.config.stored import read_run_config
from keras_uda.data.domains import Domains
from keras_uda.data.ledger import LabelLedger
from keras_uda.export import parity
from keras_uda.predict.pictures import read_label
from keras_uda.segmenters.build import load_segmenter
from keras_uda.segmenters.inference import label_map_of
from tests.conftest import ROOT
from tests.toy_export import run_here

KEPT = ROOT / "tests" / "data_3d7e0e5"


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Copies of both, in a folder of their own with a cache of its own."""
    shutil.copytree(KEPT, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def frames():
    """The frames that the run was scored on, and the label maps that 3d7e0e5 gave for them."""
    with np.load(KEPT / "run" / "frames" / "adapted.npz", allow_pickle=False) as arrays:
        return arrays["images"], arrays["predictions"]


def scored_by_hand(run) -> np.ndarray:
    """The matrix of its segmenter on the frames as they are drawn now: another version of the world has others."""
    config, segmenter = read_run_config(run), load_segmenter(run)[0]
    matrix = np.zeros((len(config.data.classes),) * 2, "int64")
    for _, image, label in Domains(config.data, LabelLedger(["evaluation"])).evaluation():
        found = label_map_of(segmenter, image[None], label.shape)[0]
        for truth, guess in zip(label.ravel(), found.ravel(), strict=True):
            if truth < len(matrix):
                matrix[truth, guess] += 1
    return matrix


@pytest.mark.parametrize("name", ["run", "export", "export/model.tflite", "export/saved_model/1"])
def test_they_are_opened_and_give_the_label_maps_of_then(place, name):
    images, predictions = frames()
    model = open_model(place / name)
    label_maps, _ = model.run(images)
    assert (model.size, len(model.classes)) == ((64, 48), 19)
    assert (label_maps == predictions).mean() >= (1 if name == "run" else 0.9999)


@pytest.mark.parametrize("name", ["run", "export"])
def test_they_predict(place, name):
    images, predictions = frames()
    (place / "in").mkdir()
    for index, image in enumerate(images):
        Image.fromarray(image).save(place / "in" / f"{index}.png")
    assert main(["predict", "--model", name, "--input", "in", "--output", "out", "--labels"]) == 0
    found = np.stack([read_label(place / "out" / "labels" / f"{index}.png") for index in range(len(images))])
    assert (found == predictions).mean() > 0.9999


def test_the_run_is_scored(place):
    """On frames of another version of the world than then; the label maps of then are those of the test above."""
    assert main(["evaluate", "--run", "run", "--output", "again"]) == 0
    before, after = (json.loads((place / folder / "evaluation.json").read_text()) for folder in ("run", "again"))
    assert after["adapted"]["confusion"] == scored_by_hand(place / "run").tolist()
    assert before["adapted"].keys() <= after["adapted"].keys() and after["adapted"]["pixels"] > 0
    assert after["classes"] == before["classes"]


def test_the_run_is_reported(place):
    assert main(["report", "--run", "run"]) == 0
    text = (place / "run" / "report.html").read_text()
    score = json.loads((place / "run" / "evaluation.json").read_text())["adapted"]["miou"]
    assert f"{100 * score:.1f}" in text and "adapt" in text


@pytest.mark.slow
@pytest.mark.ci
def test_the_run_is_exported_and_the_export_is_the_same_model(place, monkeypatch):
    monkeypatch.setattr(parity, "run_apart", run_here)
    assert main(["export", "--run", "run", "--output", "new"]) == 0
    images, predictions = frames()
    label_maps, _ = open_model(place / "new").run(images)
    assert (label_maps == predictions).mean() > 0.9999
    before, after = (json.loads((place / folder / "export.json").read_text()) for folder in ("export", "new"))
    for key in ("classes", "palette", "size", "input", "outputs", "preprocessing"):
        assert after[key] == before[key], key
    assert after["segmenter"]["sha256"] == before["segmenter"]["sha256"]


@pytest.mark.parametrize(("name", "method"), [("run", "advent"), ("cbst", "cbst")])
def test_their_configurations_are_read(place, name, method):
    (place / "cbst").mkdir()
    (place / "config_cbst.yaml").rename(place / "cbst" / "config.yaml")
    run = read_run_config(place / name)
    assert (run.method, run.data.size, run.segmenter.name) == (method, "64x48", "tiny")
    assert [stage.steps for stage in run.stages.values()] == [4] * len(run.stages)
