"""`train`: which folder is made or continued, and what is done with it."""

import pytest

from keras_uda.api.adapt import choose_folder
from keras_uda.commands import train as command
from keras_uda.config.stored import to_dict
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import UsageError
from keras_uda.core.strict_yaml import dump_yaml
from keras_uda.runs.folder import RunFolder
from tests.training.test_run import parsed


@pytest.fixture(autouse=True)
def own_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def calls(monkeypatch):
    """What would be trained: (folder, options)."""
    found = []

    def train(run, folder, **options):
        found.append((folder.path, run, options))
        return {"state_hash": "abc"}

    monkeypatch.setattr("keras_uda.training.run.train", train)
    return found


def chosen(output=None, resume=False) -> RunFolder:
    return choose_folder(parsed("--method", "minent"), {"output": output, "resume": resume})


def test_without_a_name_a_new_folder_is_made(tmp_path):
    assert chosen().path.name.startswith("minent-") and chosen().path.name.endswith("-1")
    chosen().path.mkdir(parents=True)
    assert chosen().path.name.endswith("-2")


def test_resume_takes_the_newest_unfinished_run(tmp_path):
    for name, status in (("old", "running"), ("new", "interrupted"), ("done", "finished")):
        (tmp_path / "runs" / name).mkdir(parents=True)
        RunFolder(tmp_path / "runs" / name).update_record(status=status, started={"old": 1, "new": 2, "done": 3}[name])
    assert chosen(resume=True).path.name == "new"


def test_an_output_is_a_run_or_new(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "holiday").mkdir()
    assert chosen("holiday").path == RunFolder("holiday").path
    (tmp_path / "holiday" / "beach.png").touch()
    with pytest.raises(UsageError, match="is a file"):
        chosen("file")
    with pytest.raises(UsageError, match="not empty and not a run"):
        chosen("holiday")
    (tmp_path / "holiday" / "config.yaml").touch()
    assert chosen("holiday").path.name == "holiday"


def test_flags_that_are_no_configuration_reach_the_training(calls, capsys):
    command.main(["--method", "minent", "--output", "run", "--regenerate", "--select", "density", "--print-state-hash"])
    ((path, run, options),) = calls
    assert path.name == "run" and run.method == "minent"
    assert options == {"regenerate": True, "score": "density", "keep": "adapted"}
    text = capsys.readouterr().out
    assert "state hash abc" in text and "next: python -m keras_uda export --run run" in text


def finished(path, select=None) -> None:
    folder = RunFolder(path)
    (path / "stages").mkdir(parents=True)
    (path / "config.yaml").write_text(dump_yaml(to_dict(parsed("--method", "minent"))))
    folder.update_record(status="finished", state_hash="abc", select=select)


def test_a_finished_run_is_left_alone(tmp_path, calls, capsys):
    finished(tmp_path / "run")
    command.main(["--method", "minent", "--output", "run", "--print-state-hash"])
    assert "already complete" in (text := capsys.readouterr().out) and "state hash abc" in text and not calls


@pytest.mark.parametrize(
    ("flags", "message"), [(["--seed", "4"], "seed: 4 now, 0 when"), (["--select", "density"], "--select: density now")]
)
def test_a_finished_run_of_something_else_is_refused(tmp_path, calls, flags, message):
    finished(tmp_path / "run")
    with pytest.raises(UsageError, match=message):
        command.main(["--method", "minent", "--output", "run", *flags])
    assert not calls


def test_more_steps_in_a_finished_folder_are_refused_with_the_command_that_trains_them(tmp_path, calls):
    finished(tmp_path / "run")
    before = parsed("--method", "minent").stages["adapt"].steps
    flags = ["--method", "minent", "--output", "run", "--steps", str(before + 50)]
    for more in ([], ["--allow-config-change", "stages.adapt.steps"]):
        with pytest.raises(UsageError, match="python -m keras_uda train --continue-from run --steps 50") as told:
            command.main([*flags, *more])
        assert told.value.exit_code == 2
    assert not calls


def test_a_finished_run_goes_on_as_a_new_one(tmp_path, calls, monkeypatch):
    monkeypatch.setattr("keras_uda.api.adapt.require_weights", lambda run: None)  # the finished run holds none
    finished(tmp_path / "run")
    before = (tmp_path / "run" / "config.yaml").read_text()
    command.main(["--continue-from", "run", "--steps", "50", "--output", "longer", "--data.batch", "2"])
    ((path, run, options),) = calls
    assert path.name == "longer" and run.segmenter.weights == "run" and run.data.batch == 2
    assert run.method == "minent" and [stage.steps for stage in run.stages.values()] == [50]
    assert options["continues"]["run"] == "run" and options["continues"]["weights"] == "imagenet"
    assert (tmp_path / "run" / "config.yaml").read_text() == before


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--continue-from", "nowhere"], "nowhere is not a finished run"),
        (["--continue-from", "run", "--method", "dacs"], "--method: --continue-from takes the configuration"),
        (["--continue-from", "run", "--output", "run"], "segmenter.weights"),
    ],
)
def test_what_cannot_go_on_is_told(tmp_path, calls, flags, told):
    finished(tmp_path / "run")
    with pytest.raises(UsageError, match=told):
        command.main(flags)
    assert not calls


def test_the_doctor_comes_first(tmp_path, calls, monkeypatch):
    seen = []
    monkeypatch.setattr("keras_uda.commands.doctor.run", lambda run: seen.append(run.method))
    command.main(["--method", "minent", "--output", "run", "--check"])
    assert seen == ["minent"] and len(calls) == 1


def test_a_dry_run_makes_no_folder(tmp_path, calls, monkeypatch):
    tried = []
    monkeypatch.setattr("keras_uda.training.dry_run.dry_run", lambda run: tried.append(run.method))
    command.main(["--method", "minent", "--output", "run", "--dry-run"])
    assert tried == ["minent"] and not calls and not list(tmp_path.iterdir())


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
@pytest.mark.parametrize("flag", ["--segmenter.weights", "--stages.adapt.weights"])
def test_weights_that_are_not_there_are_told_before_a_folder_is_made(tmp_path, calls, flag, more):
    start = ["--stages.adapt.start", "initial", flag, str(tmp_path / "absent")]
    with pytest.raises(ArtefactError, match="absent: holds no segmenter.json"):
        command.main(["--method", "minent", *start, "--output", str(tmp_path / "run"), *more])
    assert not calls and not (tmp_path / "run").exists()


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_a_teacher_that_is_not_there_is_told_before_a_folder_is_made(tmp_path, calls, more):
    teacher = ["--stages.adapt.add_ons.distil.teacher", str(tmp_path / "absent")]
    with pytest.raises(UsageError, match="distil.teacher: .*absent: holds no segmenter.json") as caught:
        command.main(["--method", "minent", *teacher, "--output", str(tmp_path / "run"), *more])
    assert caught.value.exit_code == 2 and not (tmp_path / "run").exists()
