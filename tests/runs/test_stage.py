"""What a stage knows of itself, from the configuration of its run alone."""

import json

import pytest

from keras_uda.commands.train import parser
from keras_uda.config.command_line import configs_folder
from keras_uda.config.command_line import run_config
from keras_uda.config.stage_schema import PseudoLabelConfig
from keras_uda.config.stage_schema import StageConfig
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.stage import stages_of
from keras_uda.runs.stage import trained_steps
from tests.stages import make_stages


def test_stages_are_numbered_and_know_those_before(tmp_path):
    first, second, third = make_stages(
        tmp_path, warm=StageConfig("source_only", 5), one=StageConfig("cbst", 7), two=StageConfig("cbst", 9)
    )
    assert [stage.number for stage in (first, second, third)] == [0, 1, 2]
    assert [stage.steps_before for stage in (first, second, third)] == [0, 5, 12]
    assert [stage.is_last for stage in (first, second, third)] == [False, False, True]
    assert third.earlier == (first, second) and third.folder == tmp_path / "stages" / "2_two"


@pytest.mark.parametrize(
    ("weights", "stage", "number", "expected"),
    [
        ("none", StageConfig(), 0, False),
        ("imagenet", StageConfig(), 1, True),
        ("imagenet", StageConfig(start="initial"), 1, False),
        ("runs/first", StageConfig(), 0, True),
        ("runs/first", StageConfig(start="initial"), 1, True),
        ("runs/first", StageConfig(start="initial", weights="simclr"), 1, False),
    ],
)
def test_a_stage_starts_trained(tmp_path, weights, stage, number, expected):
    assert make_stages(tmp_path, weights, a=stage, b=stage)[number].starts_trained == expected


@pytest.mark.parametrize("folder", ["gta5_to_cityscapes", "synthia_to_cityscapes"])
def test_labels_and_teacher_of_a_stage_may_be_of_two_stages(folder, tmp_path):
    run, _ = run_config(parser(), ["--config", str(configs_folder() / folder / "proda.yaml")])
    *_, last = stages_of(run, RunFolder(tmp_path))
    assert (last.teacher.name, last.labeller.name) == ("denoise", "distil_1")


def test_without_a_name_the_stage_before_teaches_and_labels(tmp_path):
    labels = PseudoLabelConfig()
    first, second = make_stages(tmp_path, one="source_only", two=StageConfig("cbst", pseudo_labels=labels))
    assert first.teacher is first.labeller is None
    assert second.teacher == second.labeller == first


def test_the_teacher_labels_unless_another_is_named(tmp_path):
    configs = {"one": "source_only", "two": "source_only"}
    *_, last = make_stages(tmp_path, **configs, three=StageConfig("cbst", teacher="one"))
    assert last.labeller.name == "one"


def test_what_the_configuration_gives_is_not_measured_over(tmp_path):
    (stage,) = make_stages(tmp_path, adapt=StageConfig("fcns_wild", arguments={"ramp": 0.5}))
    changed = stage.with_arguments(ramp=0.1, total_steps=7)
    assert changed.config.arguments == {"ramp": 0.5, "total_steps": 7} and stage.config.arguments == {"ramp": 0.5}
    assert changed.folder == stage.folder


@pytest.mark.parametrize(
    ("method", "arguments", "more"),
    [
        ("weaklabel", {}, ()),
        ("weaklabel", {"weak": "oracle"}, ("weak",)),
        ("weaklabel", {"weak": "point"}, ("weak", "points")),
        ("advent", {}, ()),
        ("selftraining", {}, ("pseudo_label",)),
    ],
)
def test_what_a_stage_reads_depends_on_its_arguments(tmp_path, method, arguments, more):
    (stage,) = make_stages(tmp_path, adapt=StageConfig(method, arguments=arguments))
    assert stage.reads == ("source", "target", *more)


def test_steps_of_a_collapsed_stage_count_as_far_as_they_are_kept(tmp_path):
    stages = make_stages(tmp_path, one=StageConfig("source_only", 5), two=StageConfig("cbst", 7))
    assert stages[0].provenance() is None and trained_steps(stages) == 12
    stages[1].folder.mkdir(parents=True)
    (stages[1].folder / "segmenter.json").write_text(json.dumps({"provenance": {"steps": 3}}))
    assert stages[1].provenance() == {"steps": 3} and trained_steps(stages) == 8
