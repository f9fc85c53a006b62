"""Which frames a report shows side by side, and what of each."""

import json

import numpy as np
import pytest

from keras_uda.report import strips
from keras_uda.report.inputs import Inputs
from tests.fake_run import make_run


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("runs") / "advent-1")


def test_most_improved_and_worst_frames_are_chosen_by_their_own_miou(whole_run):
    inputs = Inputs(whole_run)
    scores = json.loads((whole_run / "frames" / "scores.json").read_text())
    change = {name: scores["adapted"][name] - scores["source_only"][name] for name in scores["adapted"]}
    order = sorted(change, key=change.get)
    best, worst = ([frame["name"] for frame in group["frames"]] for group in strips.groups(inputs))
    assert best == order[::-1][:3] and worst == order[:3]


def test_no_frame_is_shown_twice_and_frames_without_a_score_are_left_out():
    assert strips.ends([0.1, None, 0.3]) == ([2], [0])
    assert strips.ends([0.5]) == ([0], [])
    assert strips.ends([None]) == ([], [])


def test_a_target_without_labels_is_sorted_by_what_changed(tmp_path):
    inputs = Inputs(make_run(tmp_path / "run", labelled=False, models=("source_only", "adapted")))
    first, last = strips.groups(inputs)
    assert first["title"] == "Changed most by adaptation"
    moved = [frame["moved"] for frame in first["frames"] + last["frames"][::-1]]
    assert moved == sorted(moved, reverse=True)
    assert [title for title, _ in first["frames"][0]["panels"]] == ["image", "source-only", "adapted", "uncertainty"]


def test_one_model_without_labels_is_an_even_sample(tmp_path):
    (group,) = strips.groups(Inputs(make_run(tmp_path / "run", labelled=False, models=("adapted",))))
    assert group["title"] == "An even sample" and len(group["frames"]) == 2 * strips.PER_GROUP


def test_a_frame_is_shown_with_its_truth_its_predictions_and_the_change(whole_run):
    shown = strips.strip(Inputs(whole_run), 0)
    assert [title for title, _ in shown["panels"]] == ["image", "truth", "source-only", "adapted", "oracle", "change"]
    assert all(address.startswith("data:image/") for _, address in shown["panels"])
    miou = shown["miou"]
    assert shown["aspect"] == 1.5 and np.isclose(shown["change"], miou["adapted"] - miou["source_only"])
