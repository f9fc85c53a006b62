"""A finished run as cells: scores by class, what it cost, and how to get it again."""

import json

import numpy as np
import pytest

from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import UsageError
from keras_uda.evaluation.cells import Cell
from keras_uda.evaluation.cells import cells_of
from keras_uda.runs.folder import RunFolder
from tests.evaluation.finished import finished
from tests.evaluation.finished import write_scores


def test_a_run_is_a_cell_with_scores_by_class_and_where_they_come_from(tmp_path):
    (cell,) = cells_of(finished(tmp_path, "minent-seed3", 0.5))
    assert (cell.row, cell.pair, cell.world, cell.seed) == ("minent", "sim_to_street", 2, 3)
    assert (cell.steps, cell.source_steps, cell.commit, cell.threads) == (300, 300, "abc123", 1)
    assert (cell.seconds, cell.seconds_per_step, cell.processor) == (13.0, 0.2, "A chip")
    assert cell.command == "python train.py --method minent --steps 300"
    whole = cell.scores["whole"]
    # Half of the pixels of two classes are called road: 100 of 200 are right where road is predicted.
    assert whole.iou == {"road": 0.5, "building": 0.5, "person": 0.5} and whole.miou == 0.5
    assert whole.precision == {"road": 0.5, "building": 1.0, "person": 1.0}
    assert whole.recall == {"road": 1.0, "building": 0.5, "person": 0.5}
    assert cell.scores["clean"].recall["person"] == 0.55
    assert Cell(**json.loads(cell.model_dump_json())) == cell


def test_classes_that_the_target_does_not_have_are_left_out(tmp_path):
    folder = finished(tmp_path, "minent-seed0", 0.5)
    content = json.loads((folder / "evaluation.json").read_text())
    content["adapted"]["confusion"] = [[10, 0, 0], [5, 5, 0], [0, 0, 0]]
    (folder / "evaluation.json").write_text(json.dumps(content))
    assert list(cells_of(folder)[0].scores["whole"].iou) == ["road", "building"]


def test_sets_of_classes_are_those_of_the_configuration_and_the_usual_ones(tmp_path):
    folder = finished(tmp_path, "minent-seed0", 0.5)
    text = (folder / "config.yaml").read_text()
    (folder / "config.yaml").write_text(text + "evaluation: {class_sets: {eight: [road, building]}}\n")
    content = json.loads((folder / "evaluation.json").read_text())
    names = ["road", "building", "vegetation", "sky", "car"]
    (folder / "config.yaml").write_text(
        (folder / "config.yaml").read_text().replace("[road, building, person]", f"[{', '.join(names)}]")
    )
    matrix = np.diag([10, 10, 10, 10, 10])
    matrix[0, 1] = 10
    content["adapted"] = {"miou": 0.1, "train_steps": 1, "confusion": matrix.tolist(), "subsets": {}}
    (folder / "evaluation.json").write_text(json.dumps(content))
    whole = cells_of(folder)[0].scores["whole"]
    assert whole.sets == {"five": 0.8, "thin": None, "eight": 0.5}
    assert whole.compared == 0.5 and whole.miou == 0.1  # a source of fewer classes is compared by those


def test_baselines_that_were_scored_beside_a_run_are_cells_too(tmp_path):
    folder = finished(tmp_path, "recipe-20260101-1", 0.5, method="minent")
    write_scores(folder, "minent", 0.5, 300, source_only=0.3, oracle=0.8)
    own, source, oracle = cells_of(folder)
    assert [cell.row for cell in (own, source, oracle)] == ["minent", "source_only", "oracle"]
    assert source.scores["whole"].recall["person"] == 0.3 and source.command is None and source.seconds is None
    assert (own.source_steps, own.setting) == (source.source_steps, source.setting)


def test_what_an_older_record_does_not_say_can_be_said(tmp_path):
    old = finished(tmp_path, "minent-seed0", 0.5)
    record = {key: value for key, value in old.record.items() if key in ("status", "git_commit", "started", "versions")}
    (old / "run.json").write_text(json.dumps(record))
    (cell,) = cells_of(old, world=1, processor="Another", threads=2, pair="sim_to_town")
    assert (cell.world, cell.processor, cell.threads, cell.pair) == (1, "Another", 2, "sim_to_town")
    new = finished(tmp_path, "minent-seed1", 0.5)
    assert cells_of(new, "renamed", world=1)[0].world == 2 and cells_of(new, "renamed")[0].row == "renamed"


@pytest.mark.parametrize(
    ("name", "words", "row"),
    [
        ("source_only@600-seed1", "method: source_only", "source_only"),
        ("run", "method: recipe", "recipe"),
        ("run", "method: weaklabel", "weaklabel_pseudo"),
    ],
)
def test_names_of_rows(tmp_path, name, words, row):
    method = words.partition(": ")[2]
    folder = finished(tmp_path, name, 0.5, method="minent" if method == "recipe" else method)
    (folder / "config.yaml").write_text((folder / "config.yaml").read_text().replace("method: minent\n", f"{words}\n"))
    assert cells_of(folder)[0].row == row


@pytest.mark.parametrize("classes", [["road"], ["road", "building", "car"]])
def test_scores_of_other_classes_are_refused(tmp_path, classes):
    folder = finished(tmp_path, "minent-seed0", 0.5)
    content = json.loads((folder / "evaluation.json").read_text())
    (folder / "evaluation.json").write_text(json.dumps(content | {"classes": classes}))
    with pytest.raises(ArtefactError, match="evaluation.json"):
        cells_of(folder)
    (folder / "evaluation.json").write_text(json.dumps({"adapted": {"miou": 0.5, "confusion": [[1]]}}))
    with pytest.raises(ArtefactError, match="other classes than config.yaml"):
        cells_of(folder)


def test_what_is_not_finished_or_has_no_labels_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="not a finished run"):
        cells_of(RunFolder(tmp_path / "empty"))
    folder = finished(tmp_path, "minent-seed0", 0.5)
    (folder / "evaluation.json").write_text(json.dumps({"adapted": None}))
    with pytest.raises(UsageError, match="no labels"):
        cells_of(folder)
