"""What does not fit is left out with as little as possible around it, and named."""

import copy

import pytest

from keras_uda.evaluation.scores_file import Evaluation
from keras_uda.report import records

SCORES = {"miou": 0.5, "miou_19": 0.5, "miou_16": None, "miou_13": 0.25, "per_class_iou": {"road": 0.5, "sky": None}}
EVALUATION = {
    "source_only": SCORES,
    "adapted": SCORES | {"confusion": [[1, 2], [3, 4]], "subsets": {"night": {"miou": 0.1, "class_sets": {}}}},
    "oracle": None,
    "classes": ["road", "sky"],
    "gap_closed": -0.5,
    "target_labels_read": [],
    "written by a later version": [{}],
}
SETTINGS = {
    "method": "advent",
    "seed": 0,
    "data": {"source": {"name": "sim", "root": None}, "batch": 2},
    "stages": {"first": {"method": "advent", "steps": 5}, "second": {"steps": 7}},
    "evaluation": {"merge": {"sky": "road"}},
}


def changed(content: dict, path: str, value: object) -> dict:
    """A copy with another value at a dotted path."""
    content = copy.deepcopy(content)
    *parents, last = path.split(".")
    place = content
    for key in parents:
        place = place[key]
    place[last] = value
    return content


def without(content: dict, path: str) -> dict:
    content = copy.deepcopy(content)
    *parents, last = path.split(".")
    place = content
    for key in parents:
        place = place[key]
    del place[last]
    return content


@pytest.mark.parametrize(("content", "kind"), [(EVALUATION, Evaluation), (SETTINGS, records.Settings)])
def test_what_is_whole_stays(content, kind):
    assert records.whole_parts(content, kind) == (content, [])


@pytest.mark.parametrize(
    ("path", "value", "gone"),
    [
        ("adapted", 5, "adapted"),
        ("adapted.miou", "0.5", "adapted"),
        ("adapted.miou", float("nan"), "adapted"),
        ("adapted.miou", 1.5, "adapted"),
        ("adapted.miou_13", [], "adapted"),
        ("adapted.confusion", [[1, 2.5], [3, 4]], "adapted"),
        ("adapted.confusion", [[1, -2], [3, 4]], "adapted"),
        ("adapted.confusion", [[1, 2**60], [3, 4]], "adapted"),
        ("adapted.confusion", [1], "adapted"),
        ("adapted.per_class_iou", None, "adapted"),
        ("adapted.subsets.night", [], "adapted"),
        ("adapted.subsets.night.class_sets", {"a": "b"}, "adapted"),
        ("adapted.train_steps", True, "adapted"),
        ("classes", 5, "classes"),
        ("classes", "road", "classes"),
        ("classes", ["road", 7], "classes"),
        ("classes", ["x" * 1001], "classes"),
        ("classes", [], "classes"),
        ("classes", [str(n) for n in range(256)], "classes"),
        ("target_labels_read", None, "target_labels_read"),
        ("gap_closed", "much", "gap_closed"),
        ("gap_closed", float("inf"), "gap_closed"),
        ("gap_closed", 10**400, "gap_closed"),
    ],
)
def test_scores_of_a_model_are_one(path, value, gone):
    kept, problems = records.whole_parts(changed(EVALUATION, path, value), Evaluation, ("adapted",))
    assert kept == without(EVALUATION, gone)
    assert problems and all(line.startswith(path.split(".")[0]) for line in problems)


@pytest.mark.parametrize(
    ("path", "value", "gone"),
    [
        ("method", ["advent"], "method"),
        ("seed", 10**30, "seed"),
        ("data", "here", "data"),
        ("data.source", [], "data.source"),
        ("data.source.name", {}, "data.source.name"),
        ("data.batch", -1, "data.batch"),
        ("stages", [], "stages"),
        ("stages.first", None, "stages.first"),
        ("stages.first.steps", "5", "stages.first.steps"),
        ("evaluation.merge", ["sky"], "evaluation.merge"),
        ("evaluation.merge.sky", 3, "evaluation.merge"),
    ],
)
def test_of_settings_the_one_value_is_left_out(path, value, gone):
    kept, problems = records.whole_parts(changed(SETTINGS, path, value), records.Settings, ("merge",))
    assert kept == without(SETTINGS, gone) and len(problems) == 1 and problems[0].startswith(path)


@pytest.mark.parametrize("content", [[], None, "text", 7, True])
def test_what_is_no_mapping_is_nothing(content):
    assert records.whole_parts(content, records.Section) == ({}, ["it must be a mapping"])


def test_what_a_record_cannot_do_without_empties_it():
    assert records.whole_parts({"text": "x"}, records.Section) == ({}, ["title is missing"])
    assert records.whole_parts({"title": 3}, records.Section)[0] == {}


def test_further_kinds_are_mappings_too():
    kept, problems = records.whole_parts({"a": 0.5, "b": "x", "c": None}, records.STAGE_SCORES)
    assert kept == {"a": 0.5, "c": None} and problems == ["b must be a number"]


def test_the_content_that_was_given_is_not_changed():
    content = changed(SETTINGS, "stages.first.steps", "5")
    before = copy.deepcopy(content)
    records.whole_parts(content, records.Settings)
    assert content == before
