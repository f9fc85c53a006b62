"""Scoring a run beside its baselines: matrices, frames for the report, what target labels were read for."""

import dataclasses
import json
from types import SimpleNamespace
from unittest.mock import MagicMock

import numpy as np
import pytest

from keras_uda.data.ledger import LabelLedger
from keras_uda.evaluation import evaluate
from keras_uda.evaluation.evaluate import evaluate_run
from keras_uda.evaluation.evaluate import write_frames
from keras_uda.runs.folder import RunFolder
from keras_uda.segmenters.inference import Prediction
from tests.stages import make_stage


def frames(labelled: bool = True) -> list[Prediction]:
    """Three frames of two classes; a model that is right on the upper half."""
    truth = np.zeros((4, 6), "uint8")
    truth[2:] = 1
    image = np.full((4, 6, 3), 9, "uint8")
    label, sure = truth if labelled else None, 0 * truth + 204
    return [Prediction(f"{n}.png", image, label, 0 * truth, 0 * truth, sure) for n in range(3)]


@pytest.fixture
def domains():
    some = MagicMock(**{"__len__.return_value": 3, "spread.return_value": {0, 1, 2}})
    return SimpleNamespace(held_out=True, ledger=LabelLedger(), evaluation=lambda: some, open_labels=None)


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setattr(evaluate, "predictions", lambda segmenter, given: frames(segmenter != "unlabelled"))
    monkeypatch.setattr(evaluate, "load_segmenter", lambda path: ("baseline", {}))
    return dataclasses.replace(make_stage(tmp_path, "advent", steps=40).run, method="advent")


def test_a_run_is_scored_beside_its_baselines(tmp_path, domains, run):
    oracle = tmp_path / "oracle"
    oracle.mkdir()
    (oracle / "run.json").write_text('{"labels": {"oracle": 5}}')
    folder = RunFolder(tmp_path)
    content = evaluate_run(run, folder, domains, "adapted", {"oracle": oracle})
    assert content == json.loads((folder / "evaluation.json").read_text())
    assert content["adapted"]["miou"] == pytest.approx(0.25) and content["adapted"]["train_steps"] == 40
    assert content["adapted"]["calibration_error"] == pytest.approx(0.3)  # sure to 0.8, right in half of the pixels
    assert content["source_only"] is None and content["oracle"]["pixels"] == 72
    assert content["target_labels_read"] == ["oracle"] and domains.ledger.counts() == {"oracle": 5}
    assert json.loads((folder / "frames" / "scores.json").read_text())["adapted"]["0.png"] == pytest.approx(0.25)


def test_a_baseline_has_an_entry_of_its_own(tmp_path, domains, run):
    content = evaluate_run(dataclasses.replace(run, method="oracle"), RunFolder(tmp_path), domains, "model", {})
    assert content["adapted"] is None and content["oracle"]["miou"] == pytest.approx(0.25)


def test_without_labels_all_scores_are_null_and_frames_are_kept(tmp_path, domains, run):
    domains.held_out, folder = None, RunFolder(tmp_path)
    content = evaluate_run(run, folder, domains, "unlabelled", {})
    assert content["adapted"] is None and content["gap_closed"] is None and content["target_labels_read"] == []
    with np.load(folder / "frames" / "adapted.npz") as kept:
        assert set(kept.files) == {"names", "images", "predictions", "entropy"} and len(kept["images"]) == 3


@pytest.mark.parametrize("odd", [0, 1])
def test_images_and_labels_are_kept_once_and_in_the_size_that_most_have(tmp_path, odd):
    """Frames of a second target are shown with what they are: they were all class 0 where their labels are smaller."""
    some, small = frames(), np.array([[1, 1, 0], [0, 0, 2]], "uint8")
    some[odd] = some[odd]._replace(image=np.ones((2, 3, 3), "uint8"), label=small, label_map=small + 1)
    write_frames(tmp_path, "adapted", some)
    write_frames(tmp_path, "oracle", frames())
    with np.load(tmp_path / "adapted.npz") as kept, np.load(tmp_path / "oracle.npz") as other:
        assert kept["images"].shape == (3, 4, 6, 3) and (kept["images"][odd] == 1).all()
        enlarged = np.kron(small, np.ones((2, 2), "uint8"))
        assert (kept["labels"][odd] == enlarged).all() and (kept["predictions"][odd] == enlarged + 1).all()
        assert (kept["labels"][2] == frames()[2].label).all()
        assert set(other.files) == {"names", "predictions"}
