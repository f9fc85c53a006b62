"""`export.py` as people call it: what cannot be meant is refused before any work."""

import json

import pytest

from keras_uda.api import export as api
from keras_uda.commands import export as command
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import ResourceError
from keras_uda.core.errors import UsageError
from keras_uda.export import source
from tests.export.models import call
from tests.toy_export import make_run
from tests.toy_export import toy_run


def test_an_existing_output_is_refused(tmp_path):
    with pytest.raises(UsageError, match="exists already"):
        command.main(["--run", str(toy_run()), "--output", str(tmp_path)])
    assert not any(tmp_path.iterdir())


def test_quantising_nothing_is_refused():
    with pytest.raises(UsageError, match="tflite"):
        command.main(["--run", str(toy_run()), "--formats", "saved_model", "--quantize", "int8"])


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--formats", "tflite", "--input-size", "free"], "only a SavedModel takes frames of any size"),
        (["--float-layers", "last_conv"], "those that int8 keeps in float"),
        (["--branch", "context"], "a segmenter of one scale"),
        (["--outputs", "logits", "--argmax", "small"], "logits have no argmax"),
    ],
)
def test_flags_that_nothing_would_read_are_refused(flags, told):
    with pytest.raises(UsageError, match=told):
        command.main(["--run", str(toy_run()), *flags])


@pytest.mark.parametrize("options", [{"outputs": ["probabilities"]}, {"argmax": []}, {"outputs": "logits"}])
def test_forms_that_are_none_are_refused_in_python(options):
    with pytest.raises(UsageError, match=f"--{next(iter(options))}: .* Give some of "):
        api.export(toy_run(), **options)


def test_rarer_options_are_known_by_name():
    with pytest.raises(UsageError, match="options: there is no `colour`. Known are calibration, input_size"):
        api.export(toy_run(), options={"colour": 1})
    with pytest.raises(UsageError, match="only a SavedModel takes frames of any size"):
        api.export(toy_run(), formats=["tflite"], options={"input_size": "free"})


@pytest.mark.parametrize("flag", ["--serving", "--output"])
def test_a_place_that_cannot_be_written_is_told_before_any_work(tmp_path, flag, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(source, "load_segmenter", None)
    with pytest.raises(ResourceError, match="file"):
        command.main(["--run", str(toy_run()), flag, str(tmp_path / "file" / "below")])
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("flag", ["--serving", "--output"])
def test_a_place_that_no_folder_can_be_made_in_is_named(flag, monkeypatch):
    monkeypatch.setattr(api, "write", None)  # TensorFlow is loaded there
    with pytest.raises(ResourceError, match="/proc/x: nothing can be written here") as refusal:
        command.main(["--run", str(toy_run()), flag, "/proc/x"])
    assert refusal.value.exit_code == 6


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(ArtefactError, match="segmenter.json"):
        command.main(["--run", str(tmp_path), "--output", str(tmp_path / "out")])


@pytest.mark.slow
@pytest.mark.ci
def test_without_arguments_the_newest_finished_run_is_exported(tmp_path):
    make_run(tmp_path / "runs" / "old", seed=1)
    make_run(tmp_path / "runs" / "new", seed=2)
    running = make_run(tmp_path / "runs" / "running", seed=3)
    (running / "run.json").write_text(json.dumps({"status": "running", "started": 900.0}))
    done = call(tmp_path)
    assert done.returncode == 0 and done.stderr == ""
    assert [path.name for path in (tmp_path / "exports").iterdir()] == ["new-1"]
    assert "next: python -m keras_uda predict" in done.stdout
