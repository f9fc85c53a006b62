"""Points of the curve: what each is trained with, and that a second call trains none again."""

import json

import pytest

from keras_uda.commands.budget import budget
from keras_uda.config.method_spec import weak_kind
from keras_uda.training.budget import run_of_budget
from tests.training.test_run import parsed


def test_a_point_of_the_curve_has_so_many_labelled_images():
    run = parsed("--method", "weaklabel", "--weak", "oracle", "--data.weak_labels", "tags.csv")
    some, none = run_of_budget(run, 25, 3), run_of_budget(run, 0, 3)
    assert (some.data.weak_images, some.data.weak_labels, weak_kind(some), some.seed) == (25, "tags.csv", "oracle", 3)
    assert (none.data.weak_images, none.data.weak_labels, weak_kind(none), none.seed) == (None, None, "pseudo", 3)
    assert some.baselines == none.baselines == "all"


def test_without_labelled_images_an_add_on_that_reads_points_is_left_out():
    run = parsed("--method", "dacs", "--add-ons", "masked_consistency", "points")
    some, none = run_of_budget(run, 25, 0), run_of_budget(run, 0, 0)
    assert list(some.stages["adapt"].add_ons) == ["masked_consistency", "points"] and weak_kind(some) == "point"
    assert list(none.stages["adapt"].add_ons) == ["masked_consistency"] and weak_kind(none) is None


@pytest.mark.slow
def test_a_curve_of_two_points_is_trained_and_continued(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small = ["--data.size", "64x48", "--data.source.frames", "12", "--data.target.frames", "12", "--steps", "2"]
    small += ["--data.target.eval_frames", "4", "--segmenter.name", "tiny", "--segmenter.weights", "none"]
    small += ["--data.cache", str(tmp_path / "cache")]
    budget(["--budgets", "0,6", "--output", "curve", *small])
    with monkeypatch.context() as patch:  # the second time nothing is left to train
        patch.setattr("keras_uda.training.budget.train", None)
        budget(["--budgets", "0,6", "--output", "curve", *small])
    rows = json.loads((tmp_path / "curve/budget.json").read_text())["rows"]
    assert [row["images"] for row in rows] == [0, 6] and rows[0]["seconds"] == 0
    assert rows[1]["seconds"] == 6 * 19
    assert (tmp_path / "curve/budget.png").stat().st_size > 1000
