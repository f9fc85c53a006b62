"""Teachers of other folders: what does not fit is told by its key before anything starts, and so is another one."""

import dataclasses
import json
import shutil

import pytest

from keras_uda.config.data_schema import DataConfig
from keras_uda.config.data_schema import DomainConfig
from keras_uda.config.stage_schema import StageConfig
from keras_uda.core.errors import UsageError
from keras_uda.runs.folder import NOWHERE
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.stage import stages_of
from keras_uda.runs.teachers import input_multiple
from keras_uda.runs.teachers import require_teachers
from keras_uda.runs.teachers import teachers_of
from keras_uda.segmenters.weights.record import read_record
from tests.stages import make_stage
from tests.teachers import CLASS_NAMES
from tests.teachers import saved_teacher

KEY = "stages.adapt.add_ons.distil.teacher"


def run_with(tmp_path, teacher, classes=CLASS_NAMES, size="40x32"):
    stage = StageConfig(method="minent", add_ons={"entropy": {}, "distil": {"teacher": str(teacher)}})
    target = DomainConfig(name="street", size=size)
    run = make_stage(tmp_path).run
    return dataclasses.replace(run, data=DataConfig(classes=classes, target=target), stages={"adapt": stage})


@pytest.fixture
def teacher(tmp_path):
    return saved_teacher(tmp_path / "teacher")


def test_the_hash_of_every_teacher_is_known(tmp_path, teacher):
    run = run_with(tmp_path, teacher)
    sha256 = json.loads((teacher / "segmenter.json").read_text())["sha256"]
    assert require_teachers(NOWHERE, run) == {KEY: sha256}
    assert require_teachers(NOWHERE, run_with(tmp_path, teacher / "segmenter.weights.h5")) == {KEY: sha256}
    assert teachers_of(stages_of(run, NOWHERE)[0]) == {KEY: str(teacher)}
    assert require_teachers(NOWHERE, make_stage(tmp_path).run) == {}


def test_what_cannot_be_a_teacher_is_told_by_its_key(tmp_path, teacher):
    cases = [(run_with(tmp_path, tmp_path / "absent"), "absent: holds no segmenter.json")]
    cases += [(run_with(tmp_path, teacher, ("road", "car")), "has 4 classes, which are not those of the run")]
    cases += [
        (run_with(tmp_path, teacher, CLASS_NAMES[::-1]), "which are not those of the run.*--data.classes to class 0")
    ]
    cut = shutil.copytree(teacher, tmp_path / "cut")
    (cut / "segmenter.weights.h5").write_bytes((teacher / "segmenter.weights.h5").read_bytes()[:-9])
    bare = shutil.copytree(teacher, tmp_path / "bare")
    (bare / "segmenter.weights.h5").unlink()
    odd = shutil.copytree(teacher, tmp_path / "odd")
    (odd / "segmenter.json").write_text("{")
    cases += [(run_with(tmp_path, cut), "truncated or changed"), (run_with(tmp_path, bare), "no such file")]
    cases += [(run_with(tmp_path, odd), "not a valid record")]
    for run, words in cases:
        with pytest.raises(UsageError, match=f"{KEY}: .*{words}") as caught:
            require_teachers(NOWHERE, run)
        assert caught.value.exit_code == 2


def test_a_run_goes_on_with_the_teacher_that_it_began_with(tmp_path, teacher):
    folder, run = RunFolder(tmp_path / "run"), run_with(tmp_path, teacher)
    (folder / "stages").mkdir(parents=True)
    folder.update_record(teachers=require_teachers(folder, run))
    moved = shutil.move(teacher, tmp_path / "moved")
    with pytest.raises(UsageError, match="holds no segmenter.json"):
        require_teachers(folder, run)
    assert require_teachers(folder, run_with(tmp_path, moved))  # the same weights in another place
    saved_teacher(teacher, seed=4)
    with pytest.raises(UsageError, match="holds other weights than when .*run was started. Put the first ones back"):
        require_teachers(folder, run)
    shutil.rmtree(folder / "stages")
    require_teachers(folder, run)  # nothing has been trained yet


def test_a_finished_stage_needs_no_teacher_any_more(tmp_path, teacher):
    folder, run = RunFolder(tmp_path / "run"), run_with(tmp_path, teacher)
    stage = stages_of(run, folder)[0]
    shutil.copytree(teacher, stage.folder)
    shutil.rmtree(teacher)
    assert require_teachers(folder, run) == {}


def test_images_that_a_teacher_cannot_take_are_named(tmp_path, teacher, monkeypatch):
    monkeypatch.setattr("keras_uda.runs.teachers.input_multiple", lambda config: 16)
    with pytest.raises(UsageError, match="is a tiny, which takes multiples of 16, not 40x32"):
        require_teachers(NOWHERE, run_with(tmp_path, teacher))


def test_multiples_of_two_scales_and_of_ensembles(teacher):
    config = read_record(teacher)[1]
    assert input_multiple(config) == 1
    assert input_multiple(dataclasses.replace(config, scales=2)) == 8
    members = ({"name": "tiny", "scales": 2}, {"name": "efficientnet_lite0"})
    assert input_multiple(dataclasses.replace(config, name="ensemble", members=members, shares=(0.5, 0.5))) == 8


def alone(tmp_path, given, classes=CLASS_NAMES):
    """A run without a source that begins with a given model."""
    run = run_with(tmp_path, given, classes)
    data = dataclasses.replace(run.data, source=DomainConfig(name="none"))
    segmenter = dataclasses.replace(run.segmenter, weights=str(given))
    stages = {"a": StageConfig(method="minent_source_free"), "b": StageConfig(method="minent_source_free")}
    return dataclasses.replace(run, data=data, segmenter=segmenter, stages=stages)


def test_the_model_that_a_run_without_a_source_begins_with_is_checked_once(tmp_path, teacher):
    sha256 = json.loads((teacher / "segmenter.json").read_text())["sha256"]
    assert require_teachers(NOWHERE, alone(tmp_path, teacher)) == {"segmenter.weights": sha256}
    with pytest.raises(UsageError, match="segmenter.weights: .*absent: holds no segmenter.json"):
        require_teachers(NOWHERE, alone(tmp_path, tmp_path / "absent"))
    with pytest.raises(UsageError, match="segmenter.weights: .* which are not those of the run"):
        require_teachers(NOWHERE, alone(tmp_path, teacher, ("road", "car")))


def test_a_model_whose_heads_are_random_is_no_start_without_a_source(tmp_path, teacher):
    record = json.loads((teacher / "segmenter.json").read_text())
    record["provenance"] = {"at_random": ["logits"]}
    (teacher / "segmenter.json").write_text(json.dumps(record))
    with pytest.raises(UsageError, match="is not trained for this task: logits are random numbers"):
        require_teachers(NOWHERE, alone(tmp_path, teacher))
