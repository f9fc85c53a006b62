"""The table of teacher and student."""

import json
import shutil
from types import SimpleNamespace

import pytest

from keras_uda.report.sections import teachers
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.stage import stages_of
from tests.runs.test_teachers import run_with
from tests.teachers import saved_teacher


@pytest.fixture
def stages(tmp_path):
    run = run_with(tmp_path, saved_teacher(tmp_path / "teacher"))
    return stages_of(run, RunFolder(tmp_path / "run"))


def written(stages, monkeypatch, held_out=True):
    monkeypatch.setattr(teachers, "folder_miou", lambda folder, run, domains, called: 0.61)
    (stages[0].run_folder.path).mkdir(exist_ok=True)
    content = {"adapted": {"miou": 0.5}, "source_only": {"miou": 0.3}, "oracle": None}
    teachers.write_teacher_section(stages, SimpleNamespace(held_out=held_out), content)
    return json.loads((stages[0].run_folder / "sections" / "teachers.json").read_text())


def test_teacher_student_and_the_student_without_it(stages, monkeypatch):
    rows = [["teacher", "tiny", "61.0"], ["student", "tiny", "50.0"], ["student, source-only", "tiny", "30.0"]]
    assert written(stages, monkeypatch)["rows"] == rows


def test_a_teacher_without_a_score_is_no_failure(stages, monkeypatch, tmp_path):
    assert written(stages, monkeypatch, held_out=None)["rows"][0] == ["teacher", "tiny", "n/a"]
    shutil.rmtree(tmp_path / "teacher")
    assert written(stages, monkeypatch)["rows"][0] == ["teacher", "n/a", "n/a"]
