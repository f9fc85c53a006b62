"""`evaluate` scores a finished run again, into a folder of its own."""

import json
import shutil

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_uda.__main__ import main
from keras_uda.artefacts.open_model import open_model
from keras_uda.core.strict_yaml import dump_yaml
from keras_uda.core.strict_yaml import load_yaml_lines
from keras_uda.evaluation.metrics import confusion
from keras_uda.ops.resize import upsample
from keras_uda.predict.integer_resize import resize_frame
from keras_uda.predict.integer_resize import resize_map
from keras_uda.runs.folder import RunFolder
from keras_uda.segmenters.build import load_segmenter
from keras_uda.segmenters.inference import label_map_of
from keras_uda.segmenters.inference import probabilities_of
from keras_uda.world.render import indices
from keras_uda.world.render import render
from tests.commands.test_earlier_versions import KEPT
from tests.commands.test_earlier_versions import scored_by_hand
from tests.toy_export import toy_forms


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A finished run that is as small as can be."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    shutil.copytree(KEPT / "run", tmp_path / "runs" / "first")
    return tmp_path / "runs" / "first"


def test_the_scores_are_those_of_the_run(run, tmp_path, capsys):
    before = {path: path.stat().st_mtime_ns for path in run.rglob("*")}
    assert main(["evaluate", "--output", "again"]) == 0
    assert "scores: again/evaluation.json" in capsys.readouterr().out
    old, new = (json.loads((place / "evaluation.json").read_text()) for place in (run, tmp_path / "again"))
    assert new["adapted"]["confusion"] == scored_by_hand(run).tolist() and new["target_labels_read"] == ["evaluation"]
    assert old["adapted"].keys() <= new["adapted"].keys() and new["adapted"]["pixels"] == np.sum(scored_by_hand(run))
    assert before == {path: path.stat().st_mtime_ns for path in run.rglob("*")}


def test_another_split_may_be_scored(run, tmp_path):
    assert main(["evaluate", "--run", str(run), "--split", "train", "--output", "again"]) == 0
    content = json.loads((tmp_path / "again" / "evaluation.json").read_text())
    assert content["adapted"]["split"] == "train"


def test_nothing_is_overwritten(run, tmp_path, capsys):
    (tmp_path / "again").mkdir()
    assert main(["evaluate", "--run", str(run), "--output", "again"]) == 2
    assert "--output: again exists" in capsys.readouterr().err and not list((tmp_path / "again").iterdir())
    assert main(["evaluate", "--run", "nowhere", "--output", "new"]) == 2


@pytest.fixture
def own(tmp_path, run):
    """A plain folder of labelled frames, four times as large as the network, without any list of names."""
    for kind in ("images", "labels"):
        (tmp_path / "own" / kind).mkdir(parents=True)
    for number, index in enumerate(indices("val", 3)):
        image, label = render("street", index, (256, 192), 0)
        Image.fromarray(image).save(tmp_path / "own" / "images" / f"{number}.png")
        Image.fromarray(label).save(tmp_path / "own" / "labels" / f"{number}.png")
    return ["--data.target.name", "folder", "--data.target.root", "own"]


def scores_in(folder) -> dict:
    return json.loads((folder / "evaluation.json").read_text())["adapted"]


def by_hand(maps, own_place) -> np.ndarray:
    """The confusion of a function of frames (h, w, 3) at any size -> label map."""
    matrix = np.zeros((19, 19), "int64")
    for file in sorted((own_place / "images").iterdir()):
        label = np.asarray(Image.open(own_place / "labels" / file.name))
        matrix += confusion(label, maps(np.asarray(Image.open(file))), 19)
    return matrix


def test_a_run_and_its_file_are_scored_on_a_plain_labelled_folder_alike(run, own, tmp_path, capsys):
    shutil.copytree(KEPT / "export", tmp_path / "exports" / "first-1")
    assert main(["evaluate", *own, "--output", "of_run"]) == 0
    out, err = capsys.readouterr()
    assert "scoring on `train` of own" in out and "--source-only" in err
    of_run = scores_in(tmp_path / "of_run")
    segmenter = load_segmenter(run)[0]
    small = lambda frame: resize_frame(frame, (64, 48))[None]  # noqa: E731
    expected = by_hand(lambda frame: label_map_of(segmenter, small(frame), frame.shape[:2])[0], tmp_path / "own")
    assert of_run["confusion"] == expected.tolist() and of_run["split"] == "train"
    text = (tmp_path / "of_run" / "report.html").read_text()
    assert "first on own" in text and "Scored afterwards" in text

    assert main(["evaluate", "--model", "exports/first-1", *own, "--output", "of_file"]) == 0
    of_file, model = scores_in(tmp_path / "of_file"), open_model(tmp_path / "exports" / "first-1")
    deployed = lambda frame: resize_map(model.run(small(frame))[0][0], frame.shape[1::-1])  # noqa: E731
    assert of_file["confusion"] == by_hand(deployed, tmp_path / "own").tolist()
    assert of_file["miou"] == pytest.approx(of_run["miou"], abs=0.003)


def test_windows_and_mirror_images(run, own, tmp_path):
    assert main(["evaluate", *own, "--window", "0", "--flip", "--output", "both"]) == 0
    segmenter = load_segmenter(run)[0]

    def averaged(window):
        direct, turned = (probabilities_of(segmenter, one[None])[0] for one in (window, window[:, ::-1]))
        return upsample(tf.math.log((direct + turned[:, ::-1]) / 2)[None], (48, 64))[0].numpy().argmax(-1)

    def tiled(frame):
        rows = [[averaged(frame[y : y + 48, x : x + 64]) for x in range(0, 256, 64)] for y in range(0, 192, 48)]
        return np.block(rows)

    expected = by_hand(tiled, tmp_path / "own")
    found = np.array(scores_in(tmp_path / "both")["confusion"])
    assert np.abs(found - expected).sum() <= 1e-3 * expected.sum()  # ties


def test_source_only_stands_beside_it(run, own, tmp_path):
    other = shutil.copytree(KEPT / "run", tmp_path / "plain")
    RunFolder(run).update_record(baselines={"source_only": "../../plain"})
    assert RunFolder(other).finished
    assert main(["evaluate", *own, "--output", "e"]) == 0
    content = json.loads((tmp_path / "e" / "evaluation.json").read_text())
    assert content["source_only"]["confusion"] == content["adapted"]["confusion"]


def test_relative_places_of_a_run_are_found_from_elsewhere(run, own, tmp_path, monkeypatch):
    config = (run / "config.yaml").read_text()
    content = load_yaml_lines(run / "config.yaml")[0]
    content["data"]["target"] |= {"name": "folder", "root": "own", "split": "train", "eval_split": "train"}
    (run / "config.yaml").write_text(dump_yaml(content))
    assert config != (run / "config.yaml").read_text()
    (tmp_path / "far").mkdir()
    monkeypatch.chdir(tmp_path / "far")
    assert main(["evaluate", "--run", str(run), "--output", "e"]) == 0
    assert scores_in(tmp_path / "far" / "e")["pixels"] > 0


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--data.source.root", "x"], "--data.source.root: was decided when the run was trained"),
        (["--data.target.root", "own"], "Add --data.target.name folder"),
        (["--data.target.nam", "folder"], "Did you mean `data.target.name`?"),
        (["--data.target.name", "folder", "--data.target.root", "own", "--split", "dusk"], "no `dusk` split"),
        (["--window", "2"], "--window: 2.0 is not a part between 0 and 0.9"),
    ],
)
def test_what_cannot_be_scored_is_told(run, own, capsys, flags, told):
    assert main(["evaluate", *flags, "--output", "e"]) in (2, 3)
    assert told in capsys.readouterr().err


def test_a_model_without_its_run_needs_a_target(run, own, tmp_path, capsys):
    shutil.copytree(KEPT / "export", tmp_path / "away" / "first-1")
    shutil.rmtree(run)
    assert main(["evaluate", "--model", "away/first-1", "--output", "e"]) == 2
    assert "--data.target: is missing" in capsys.readouterr().err
    assert main(["evaluate", "--model", "away/first-1/model.tflite", *own, "--output", "e"]) == 0
    assert scores_in(tmp_path / "e")["pixels"] > 0 and scores_in(tmp_path / "e")["train_steps"] is None


def test_images_without_labels_cannot_be_scored(run, own, tmp_path, capsys):
    shutil.rmtree(tmp_path / "own" / "labels")
    assert main(["evaluate", *own, "--output", "e"]) == 3
    assert "no labelled images to score on" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.ci
def test_a_label_map_alone_is_scored_without_calibration_or_mirror_image(own, tmp_path, capsys):
    model = str(toy_forms() / "model_label_map.tflite")
    arguments = ["evaluate", "--model", model, *own]
    assert main([*arguments, "--output", "scores"]) == 0
    scores = scores_in(tmp_path / "scores")
    whole = str(toy_forms() / "model.tflite")
    assert main(["evaluate", "--model", whole, *own, "--output", "whole"]) == 0
    expected = scores_in(tmp_path / "whole")
    assert scores["miou"] == expected["miou"] and scores["calibration_error"] is None
    assert expected["calibration_error"] is not None
    assert main([*arguments, "--flip", "--output", "mirrored"]) == 2
    assert "--flip: takes the surer of two answers" in capsys.readouterr().err
