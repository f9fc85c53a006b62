"""Files and folders are whole or absent, and what a killed process left is told from everything else."""

import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from keras_uda.core import atomic
from keras_uda.core import locks
from keras_uda.core.atomic import aside_of
from keras_uda.core.atomic import atomic_folder
from keras_uda.core.atomic import atomic_write
from keras_uda.core.atomic import remove_dead_leftovers
from keras_uda.core.atomic import require_writable
from keras_uda.core.errors import DataError
from keras_uda.core.errors import ResourceError
from tests.conftest import ROOT
from tests.leftovers import leave_behind

WRITER = """
from pathlib import Path
from keras_uda.core.atomic import atomic_folder, atomic_write
atomic_write("one.txt", "new")
with atomic_folder("folder") as aside:
    (aside / "a").write_text("a")
"""
HOLDER = """
import sys, time
from pathlib import Path
from keras_uda.core.atomic import aside_of
with aside_of(Path("file")) as aside:
    aside.write_text("half")
    print(aside.name, flush=True)
    sys.stdin.read()
"""


def start(script, folder, **environment):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    options = {"cwd": folder, "env": environment, "stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-c", script], **options)


def names(folder):
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("fault", "file", "folder"),
    [
        ("file-before-rename:1", "old", False),
        ("folder-made:1", "new", False),
        ("folder-before-rename:1", "new", False),
        ("folder-after-rename:1", "new", True),
    ],
)
def test_a_kill_leaves_the_old_or_the_new(tmp_path, fault, file, folder):
    (tmp_path / "one.txt").write_text("old")
    process = start(WRITER, tmp_path, KERAS_UDA_FAULT=fault)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert (tmp_path / "one.txt").read_text() == file
    assert (tmp_path / "folder").is_dir() == folder
    assert any(name.startswith(".tmp-") for name in names(tmp_path))
    remove_dead_leftovers(tmp_path)
    assert not any(name.startswith(".tmp-") for name in names(tmp_path))


def test_leftovers_go_when_their_owner_is_killed_and_not_before(tmp_path):
    process = start(HOLDER, tmp_path)
    aside = tmp_path / process.stdout.readline().strip()
    remove_dead_leftovers(tmp_path)
    assert aside.read_text() == "half"
    process.kill()
    process.wait()
    remove_dead_leftovers(tmp_path)
    assert names(tmp_path) == set()


@pytest.mark.slow
def test_many_write_while_others_clean(tmp_path):
    program = """
import sys, time
from pathlib import Path
from keras_uda.core.atomic import atomic_folder, atomic_write, remove_dead_leftovers
number, end, done = sys.argv[1], time.monotonic() + 8, 0
while time.monotonic() < end:
    done += 1
    if number in "01":
        remove_dead_leftovers(Path("."))
        continue
    atomic_write(f"{number}.txt", str(done))
    with atomic_folder(f"{number}_{done}") as aside:
        (aside / "file").write_text("")
print(done)
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    commands = [[sys.executable, "-c", program, str(number)] for number in range(6)]
    options = {"cwd": tmp_path, "env": environment, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, **options) for command in commands]
    done = [int(process.communicate(timeout=60)[0]) for process in processes]
    assert all(process.returncode == 0 for process in processes)
    assert sum(1 for path in tmp_path.iterdir() if path.is_dir()) == sum(done[2:])
    assert not list(tmp_path.glob(".tmp-*"))


def test_a_leftover_without_its_lock_is_one_of_the_dead(tmp_path):
    leave_behind(tmp_path / "file", ".weights.h5")
    leave_behind(tmp_path / "folder", folder=True)
    remove_dead_leftovers(tmp_path)
    assert names(tmp_path) == set()


def test_what_this_very_process_writes_stays(tmp_path):
    with aside_of(tmp_path / "file") as aside:
        aside.write_text("half")
        with ThreadPoolExecutor() as pool:
            list(pool.map(remove_dead_leftovers, [tmp_path] * 20))
        assert aside.read_text() == "half"
        os.replace(aside, tmp_path / "file")
    assert names(tmp_path) == {"file"}


def test_nothing_of_anybody_else_is_removed(tmp_path, monkeypatch):
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(atomic.platform, "node", lambda: "another machine")
        foreign = leave_behind(tmp_path / "file")
    ours = leave_behind(tmp_path / "file")
    precious = tmp_path / "precious"
    precious.write_text("")
    ours.rename(tmp_path / "moved")
    ours.symlink_to(precious)
    old = {".tmp-folder-999999999", ".tmp-999999999-a.png", f".tmp-keras_uda-{'0' * 8}-999999999-{'0' * 16}.part"}
    mine = {".tmp-", ".tmp-mine", f"{ours.stem}.part.b/c".replace("/", "-"), f"x{ours.name}"}
    for name in old | mine:
        (tmp_path / name).touch()
    before = names(tmp_path)
    remove_dead_leftovers(tmp_path)
    assert names(tmp_path) == before and foreign.exists() and ours.is_symlink()


def test_a_folder_that_is_not_there_has_no_leftovers(tmp_path):
    remove_dead_leftovers(tmp_path / "missing")
    assert names(tmp_path) == set()


def test_without_locks_files_are_written_and_leftovers_stay(tmp_path, monkeypatch):
    left = leave_behind(tmp_path / "file")

    def refuse(*_, **__):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr("filelock.lock_descriptor", refuse)
    atomic_write(tmp_path / "one.txt", "new")
    remove_dead_leftovers(tmp_path)
    assert (tmp_path / "one.txt").read_text() == "new" and left.exists()


def test_a_name_whose_lock_somebody_cleans_is_not_taken(tmp_path, monkeypatch):
    taken = []

    def held_once(lock):
        taken.append(lock)
        return None if len(taken) == 1 else open_locked(lock)

    open_locked = locks._open_locked
    monkeypatch.setattr(locks, "_open_locked", held_once)
    atomic_write(tmp_path / "one.txt", "new")
    assert len(set(taken)) == 2 and names(tmp_path) == {"one.txt"}


def test_every_name_is_new_and_of_one_form(tmp_path):
    with aside_of(tmp_path / "a.mp4", ".mp4") as one, aside_of(tmp_path / "a.mp4", ".mp4") as other:
        assert one != other and one.parent == tmp_path
        assert re.fullmatch(r"\.tmp-keras_uda-[0-9a-f]{8}-[0-9a-f]{16}\.part\.mp4", one.name)


def test_a_failing_block_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError), atomic_folder(tmp_path / "folder") as aside:
        (aside / "a").write_text("a")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_an_existing_folder_is_never_replaced(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "kept").write_text("kept")
    with pytest.raises(ResourceError), atomic_folder(tmp_path / "folder") as aside:
        (aside / "a").write_text("a")
    assert (tmp_path / "folder" / "kept").read_text() == "kept" and names(tmp_path) == {"folder"}


def test_atomic_write_names_the_place(tmp_path):
    with pytest.raises((ResourceError, DataError), match="missing"):
        atomic_write(tmp_path / "missing" / "file", "x")


def test_the_longest_names_can_be_written(tmp_path):
    name = "街" * 82 + ".csv"  # 250 bytes
    atomic_write(tmp_path / name, "x")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_folder_that_can_be_made_is_not_made(tmp_path):
    require_writable(tmp_path / "a" / "b")
    assert names(tmp_path) == set()
    with pytest.raises((ResourceError, DataError), match="/proc/x"):
        require_writable(Path("/proc/x"))
