"""A run folder has one owner at a time, keeps its record whole, and is found by it."""

import json
import os
import socket

import pytest

from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import InUse
from keras_uda.core.errors import ResourceError
from keras_uda.core.errors import UsageError
from keras_uda.runs import folder as module
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.folder import new_run
from keras_uda.runs.folder import newest_run
from keras_uda.runs.folder import read_json
from keras_uda.runs.folder import require_space
from tests.leftovers import leave_behind


def test_a_second_owner_is_refused_and_the_first_is_named(tmp_path):
    run = RunFolder(tmp_path / "run")
    with run.claimed():
        with pytest.raises(InUse) as refusal, RunFolder(run.path).claimed():
            raise AssertionError("entered")
    owner = f"process {os.getpid()} on {socket.gethostname()}"
    assert str(refusal.value) == f"{run.path}: in use by {owner}. Wait for it or choose another --output."
    with run.claimed():
        pass
    assert {path.name for path in run.path.iterdir()} == {"logs"}


def test_a_claim_removes_what_a_killed_owner_left_and_nothing_else(tmp_path):
    run = RunFolder(tmp_path / "run")
    stage = run.path / "stages" / "0_adapt"
    stage.mkdir(parents=True)
    mine = [run / ".tmp-mine", stage / ".tmp-12-old"]
    for path in mine:
        path.touch()
    leave_behind(run / "run.json")
    leave_behind(stage / "segmenter.weights.h5", ".weights.h5")
    with run.claimed():
        assert sorted(path for path in run.path.rglob(".tmp-*")) == sorted(mine)


def test_a_failure_is_noted_and_goes_on(tmp_path):
    run = RunFolder(tmp_path / "run")
    with pytest.raises(ZeroDivisionError), run.claimed():
        run.update_record(status="running", seed=3)
        raise ZeroDivisionError
    assert run.record == {"status": "interrupted", "seed": 3} and not run.finished
    assert "ZeroDivisionError" in (run / "logs" / "errors.log").read_text()


def test_a_log_commands_no_terminal(tmp_path):
    run = RunFolder(tmp_path / "run")
    with pytest.raises(ValueError, match="red"), run.claimed():
        raise ValueError("\x1b[31mred \udc80")
    text = (run / "logs" / "errors.log").read_text(encoding="utf-8")
    assert "\\x1b[31mred \\udc80" in text and "\x1b" not in text


def test_a_place_where_no_folder_can_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ResourceError, match=str(tmp_path / "file")), RunFolder(tmp_path / "file").claimed():
        raise AssertionError("entered")


def test_the_record_is_empty_where_there_is_none(tmp_path):
    run = RunFolder(tmp_path)
    assert run.record == {} == read_json(tmp_path / "missing.json") and not run.finished
    run.update_record(status="finished")
    assert run.finished and json.loads((tmp_path / "run.json").read_text()) == {"status": "finished"}


DAMAGED = [
    '{"status": "fini',
    "[]",
    "null",
    "[" * 100_000,
    '{"status": 7}',
    '{"started": {}}',
    '{"started": "yesterday"}',
    '{"started": NaN}',
    '{"seconds": -1}',
    '{"labels": {"evaluation": "many"}}',
    '{"labels": []}',
    '{"versions": []}',
    '{"baselines": {"oracle": 7}}',
    '{"continues": {"run": "a"}}',
    '{"continues": {"run": "a", "weights": "none", "steps": "5", "source_steps": 5}}',
    '{"continues": {"steps": 5}}',
    '{"continues": {"steps": 5, "source_steps": 10000000000}}',
    '{"members": [1]}',
    '{"select": ["density"]}',
]


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_record_is_named_and_stays_as_it_is(tmp_path, text):
    run = RunFolder(tmp_path)
    (tmp_path / "run.json").write_text(text)
    for use in (lambda: run.record, lambda: run.finished, lambda: run.update_record(status="finished")):
        with pytest.raises(ArtefactError, match=f"{tmp_path}/run.json: .*Restore the file"):
            use()
    with pytest.raises(ZeroDivisionError), run.claimed():
        raise ZeroDivisionError
    assert (tmp_path / "run.json").read_text() == text


def test_a_record_that_is_a_pipe_ends_at_once(tmp_path):
    os.mkfifo(tmp_path / "run.json")
    with pytest.raises(ArtefactError, match="run.json: a pipe"):
        RunFolder(tmp_path).record  # noqa: B018
    assert read_json(tmp_path / "run.json") == {}


def test_what_is_no_mapping_is_read_as_nothing(tmp_path):
    for text in ("[]", "7", "null", '"text"', "[" * 100_000, ""):
        (tmp_path / "a.json").write_text(text)
        assert read_json(tmp_path / "a.json") == {}


def test_names_that_are_no_utf8_are_written_with_marks(tmp_path):
    RunFolder(tmp_path).update_record(directory="a\udcffb", command="grün")
    assert RunFolder(tmp_path).record == {"directory": "a?b", "command": "grün"}


def test_new_runs_take_the_next_free_number(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module.time, "strftime", lambda _: "20240229")
    assert new_run("advent").path.as_posix() == "runs/advent-20240229-1"
    for name in ("advent-20240229-1", "advent-20240229-10", "advent-20240229-x", "minent-20240229-12"):
        (tmp_path / "runs" / name).mkdir(parents=True)
    assert new_run("advent").path.name == "advent-20240229-11"


def test_the_newest_run_is_the_one_that_started_last(tmp_path, capsys):
    for name, started, status in (("a", 3.0, "finished"), ("b", 9.0, "running"), ("c", 1.0, "finished")):
        (tmp_path / name).mkdir()
        RunFolder(tmp_path / name).update_record(started=started, status=status)
    (tmp_path / "d").mkdir()
    (tmp_path / "e").mkdir()
    (tmp_path / "e" / "run.json").write_text("[]")
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "run.json").write_text('{"started": {}, "status": "finished"}')
    assert newest_run(finished=True, runs=tmp_path).path.name == "a"
    assert newest_run(finished=False, runs=tmp_path).path.name == "b"
    assert "e/run.json: the whole must be a mapping; this run is passed by" in capsys.readouterr().err
    with pytest.raises(UsageError, match="no finished run here"):
        newest_run(finished=True, runs=tmp_path / "d")


def test_a_disk_that_is_too_small_is_named_before_the_first_step(tmp_path):
    require_space(tmp_path, 1000)
    with pytest.raises(ResourceError, match="no space left .needs about 3000001 MiB"):
        require_space(tmp_path, 10**6 * 2**20)


def refused(folder):
    with pytest.raises(UsageError), folder.claimed():
        raise UsageError("stages.adapt", "it cannot be meant", "Mean something else")


def test_a_refused_configuration_leaves_no_new_folder(tmp_path):
    folder = RunFolder(tmp_path / "run")
    refused(folder)
    assert not folder.path.exists()


@pytest.mark.parametrize("kept", ["notes.txt", "stages/0_adapt/state/step-00000005", "stages/0_adapt/segmenter.json"])
def test_a_folder_that_was_there_stays(tmp_path, kept):
    folder = RunFolder(tmp_path / "run")
    (folder / kept).mkdir(parents=True)
    refused(folder)
    assert (folder / kept).exists() and "it cannot be meant" in (folder / "logs" / "errors.log").read_text()


def test_what_was_trained_stays_though_the_folder_is_new(tmp_path):
    folder = RunFolder(tmp_path / "run")
    with pytest.raises(UsageError), folder.claimed():
        (folder / "stages" / "0_adapt" / "state" / "step-00000005").mkdir(parents=True)
        raise UsageError("stages.second", "it cannot be meant", "Mean something else")
    assert folder.trained


def test_a_state_before_the_first_step_is_nothing_trained(tmp_path):
    folder = RunFolder(tmp_path / "run")
    with pytest.raises(UsageError), folder.claimed():
        (folder / "stages" / "0_adapt" / "state" / "step-00000000").mkdir(parents=True)
        raise UsageError("data.size", "images of two sizes", "Set it")
    assert not folder.path.exists()


@pytest.mark.parametrize("name", ["lock", "logs/errors.log", "logs"])
@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_a_folder_of_others_writes_nowhere_else(tmp_path, name, kind):
    mine, place = tmp_path / "mine", tmp_path / "run" / name
    mine.write_text("precious")
    place.parent.mkdir(parents=True)
    place.symlink_to(mine) if kind == "link" else os.mkfifo(place)
    with pytest.raises((ResourceError, ZeroDivisionError)), RunFolder(tmp_path / "run").claimed():
        raise ZeroDivisionError
    assert mine.read_text() == "precious"


@pytest.mark.parametrize("name", ["logs", "frames", "stages", "stages/0_adapt/state", "tensorboard"])
def test_a_folder_of_others_that_leads_to_folders_of_ours_is_refused(tmp_path, name):
    ours = tmp_path / "ours"
    ours.mkdir()
    (ours / "adapted.npz").write_text("ours")
    run = RunFolder(tmp_path / "run")
    (run / name).parent.mkdir(parents=True)
    (run / name).symlink_to(ours)
    refused = pytest.raises(ResourceError, match=f"{name}: a link to .*ours, which is not in the run folder")
    with refused, run.claimed():
        raise AssertionError("entered")
    assert [path.name for path in ours.iterdir()] == ["adapted.npz"]


def test_a_run_folder_may_be_a_link_and_hold_links_to_its_own_folders(tmp_path):
    (tmp_path / "disk" / "large").mkdir(parents=True)
    (tmp_path / "disk" / "stages").symlink_to("large")
    (tmp_path / "run").symlink_to("disk")
    with RunFolder(tmp_path / "run").claimed():
        pass
    assert (tmp_path / "disk" / "logs").is_dir()


def test_leftovers_of_others_with_a_lock_that_is_a_link(tmp_path):
    (tmp_path / "run").mkdir()
    aside, mine = leave_behind(tmp_path / "run" / "file"), tmp_path / "mine"
    mine.write_text("precious")
    aside.with_name(aside.name.replace(".part", ".lock")).symlink_to(mine)
    with RunFolder(tmp_path / "run").claimed():
        pass
    assert mine.read_text() == "precious"
