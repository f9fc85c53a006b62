"""Statements of a report: every number with what makes it an honest one."""

import json
from types import SimpleNamespace

import pytest

from keras_uda.report import facts
from keras_uda.report.inputs import Inputs
from keras_uda.report.write import render
from tests.fake_run import make_run


def test_reading_target_labels_is_stated():
    class Run:
        main, record = "adapted", {"labels": {"weak labels": 200}}
        evaluation = {"target_labels_read": ["evaluation", "weak labels"]}

    text = facts.target_labels(Run)
    assert "as weak labels (tags or points) for training (200 files)" in text and "read none" not in text


def test_an_oracle_states_that_it_trains_on_target_labels():
    class Run:
        main, record = "oracle", {"labels": {"oracle": 367, "evaluation": 233}}
        evaluation = {"target_labels_read": ["evaluation", "oracle"]}

    assert facts.target_labels(Run) == "Read to score the held-out split (233 files) and to train on (367 files)."


def test_scoring_on_the_training_split_is_stated(tmp_path):
    folder = make_run(tmp_path / "run", frames=2)
    path = folder / "config.yaml"
    path.write_text(path.read_text().replace("eval_split: val", "eval_split: train"))
    assert "the score is not held out" in facts.scored_on(Inputs(folder))


def test_merged_classes_are_stated(tmp_path):
    folder = make_run(tmp_path / "run", frames=2)
    path = folder / "config.yaml"
    path.write_text(path.read_text().replace("merge: {}", "merge: {sidewalk: road}"))
    assert "sidewalk as road" in facts.merging(Inputs(folder))


def test_the_headline_has_the_models_their_gain_and_the_gap(tmp_path):
    inputs = Inputs(make_run(tmp_path / "run"))
    headline, scores = facts.headline(inputs), inputs.evaluation
    assert headline["title"] == "AdvEnt: sim → street" and headline["missing"] == []
    assert headline["gain"] == pytest.approx(scores["adapted"]["miou"] - scores["source_only"]["miou"])
    places = headline["places"]
    assert 0 < places["source_only"] < places["adapted"] < places["oracle"] < 100


@pytest.mark.parametrize(
    ("models", "words"),
    [
        (("source_only", "adapted"), "mIoU rises from"),
        (("adapted",), "Without a source-only network to compare with"),
        (("oracle",), "the oracle network reaches"),
        ((), "nothing on this page is a score"),
    ],
)
def test_the_sentence_is_as_good_as_what_was_scored(tmp_path, models, words):
    assert words in facts.headline(Inputs(make_run(tmp_path / "run", models=models, frames=3)))["sentence"]


def test_a_network_that_got_worse_is_stated(tmp_path):
    folder = make_run(tmp_path / "run", frames=3)
    content = json.loads((folder / "evaluation.json").read_text())
    content["source_only"]["miou"], content["gap_closed"] = 0.99, None
    (folder / "evaluation.json").write_text(json.dumps(content))
    sentence = facts.headline(Inputs(folder))["sentence"]
    assert "mIoU falls from 99.0" in sentence and "leaves no gap to close" in sentence


def test_training_that_went_back_is_stated(tmp_path):
    folder = make_run(tmp_path / "run", frames=3)
    content = json.loads((folder / "evaluation.json").read_text())
    content["adapted"]["train_steps"] = 300
    (folder / "evaluation.json").write_text(json.dumps(content))
    text = facts.training(Inputs(folder))
    assert "420 steps in 2 stages (120 + 300), of which 300 are in the network" in text
    assert "12 min 34 s in total" in text


def test_the_batch_of_a_stage_of_its_own_is_stated():
    stages = {"source": {"steps": 3, "batch": None}, "translate": {"steps": 20, "batch": 1}}
    values = {("stages",): stages, ("data", "batch"): 4}
    inputs = SimpleNamespace(setting=lambda *key, default=None: values.get(key, default), record={}, scored={}, main="")
    assert facts.training(inputs) == "23 steps in 2 stages (3 + 20), 4 images per domain and step (translate: 1)."
    del stages["translate"]
    assert facts.training(inputs) == "3 steps, 4 images per domain and step."


@pytest.mark.parametrize(("seconds", "text"), [(9.6, "10 s"), (75, "1 min 15 s"), (3700, "1 h 1 min")])
def test_durations_are_in_words(seconds, text):
    assert facts.duration_in_words(seconds) == text


@pytest.mark.parametrize(
    ("change", "text"), [(0.0123, "+1.2"), (-0.2, "−20.0"), (-0.0001, "0.0"), (0.0, "0.0"), (None, "")]
)
def test_points_have_a_sign(change, text):
    assert facts.points(change) == text


def noted(folder, **entries):
    """The inputs of a run whose record has further entries."""
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(record | entries))
    return Inputs(folder)


def test_why_a_model_is_missing_is_the_true_reason(tmp_path):
    folder = make_run(tmp_path / "run", models=("source_only", "adapted"), frames=2)
    inputs = noted(folder, not_beside={"oracle": "the target `train` split has no labels"})
    assert facts.headline(inputs)["missing"] == [("oracle", "the target `train` split has no labels")]
    assert "Without oracle: the target `train` split has no labels." in render(inputs)


def test_what_was_scored_afterwards_says_so(tmp_path):
    folder = make_run(tmp_path / "run", models=("adapted",), frames=2)
    about = {"of": "model.tflite (tflite)", "elsewhere": True, "window": 0.25, "flip": True}
    inputs = noted(folder, evaluated=about)
    headline, said = facts.headline(inputs), dict(facts.statements(inputs))
    assert headline["title"] == "model.tflite (tflite) on street" and "--source-only RUN" in headline["sentence"]
    assert said["Scored on"].endswith("whether training used these frames was not checked.")
    assert "share 0.25 of their width; the mirror image counts as well." in said["Scored how"]
    assert "Scored how" not in dict(facts.statements(Inputs(make_run(tmp_path / "other", frames=2))))


def test_steps_of_the_runs_before_are_told(tmp_path):
    folder = make_run(tmp_path / "run", frames=2)
    inputs = noted(folder, continues={"run": "runs/first", "steps": 300, "source_steps": 300, "weights": "imagenet"})
    assert "continuing from runs/first (300 steps before), of which 120 are in the network" in facts.training(inputs)


def test_a_run_without_a_source_says_what_source_only_is(tmp_path):
    folder = make_run(tmp_path / "run", frames=2)
    path = folder / "config.yaml"
    text = path.read_text()
    assert "name: sim" in text
    path.write_text(text.replace("name: sim", "name: none", 1))
    inputs = Inputs(folder)
    assert facts.baseline(inputs).startswith("The model that the run was given (")
    assert "the model " in facts.headline(inputs)["title"]


def test_several_domains_are_all_named(tmp_path):
    folder = make_run(tmp_path / "run", frames=2)
    inputs = Inputs(folder)
    sources = [{"name": "sim"}, {"name": "folder", "root": "/data/mine"}, "odd"]
    inputs.config["data"]["sources"] = sources
    assert inputs.domain("source") == "sim + mine"


def test_open_classes_are_stated(tmp_path):
    folder = make_run(tmp_path / "run", frames=2)
    inputs = Inputs(folder)
    assert facts.opened(inputs) == ""
    inputs.evaluation["open_classes"] = {"van": {"share": 0.02, "predicted": {"adapted": {"car": 0.9}}}}
    assert "van (2.0 % of the labelled pixels; called car 90 %)" in facts.opened(inputs)
