"""Files are whole or absent, whatever happens while they are written."""

import os
import subprocess
import sys

import pytest

from keras_uda.core.errors import DataError
from keras_uda.core.errors import ResourceError
from keras_uda.core.errors import UdaError
from keras_uda.core.errors import guard
from keras_uda.core.errors import one_line
from keras_uda.core.files import atomic_folder
from keras_uda.core.files import atomic_write
from keras_uda.core.files import list_files
from keras_uda.core.files import remove_leftovers
from keras_uda.runs.metrics_log import read_metrics
from tests.conftest import ROOT

WRITER = """
from pathlib import Path
from keras_uda.core.files import atomic_folder, atomic_write
atomic_write("one.txt", "new")
with atomic_folder("folder") as aside:
    (aside / "a").write_text("a")
"""


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
    environment = {**os.environ, "KERAS_UDA_FAULT": fault, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", WRITER], cwd=tmp_path, env=environment)
    assert done.returncode == -9
    assert (tmp_path / "one.txt").read_text() == file
    assert (tmp_path / "folder").is_dir() == folder
    remove_leftovers(tmp_path)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".tmp-")]


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
    assert (tmp_path / "folder" / "kept").read_text() == "kept"


def test_scans_take_names_literally_and_end_on_loops(tmp_path):
    names = ["a [1]*?.png", "ümlaut straße.PNG", "new\nline.png"]
    (tmp_path / "sub").mkdir()
    for name in names:
        (tmp_path / "sub" / name).write_bytes(b"")
    (tmp_path / "sub" / "loop").symlink_to(tmp_path)
    assert sorted(path.name for path in list_files(tmp_path, [".png"])) == sorted(names)


def test_a_pipe_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(DataError, match="regular"):
        list_files(tmp_path, [".png"])
    assert list_files(tmp_path, [".png"], irregular=True) == [tmp_path / "pipe.png"]


def test_errors_are_one_short_line():
    line = one_line(UdaError("a\nb", "x" * 500, "Do this"))
    assert "\n" not in line and len(line) <= 300 and line.startswith("error: a b: ") and line.endswith("Do this.")


@pytest.mark.parametrize(
    ("raised", "code"), [(DataError("a", "b", "c"), 3), (KeyboardInterrupt(), 130), (ValueError("x"), 1)]
)
def test_guard_returns_the_exit_code(raised, code, capsys):
    def fail():
        raise raised

    assert guard(fail, debug=False) == code
    captured = capsys.readouterr().err
    assert captured.count("\n") == 1 and "Traceback" not in captured


def test_atomic_write_names_the_place(tmp_path):
    with pytest.raises((ResourceError, DataError), match="missing"):
        atomic_write(tmp_path / "missing" / "file", "x")


def test_the_longest_names_can_be_written(tmp_path):
    name = "街" * 82 + ".csv"  # 250 bytes
    atomic_write(tmp_path / name, "x")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_damaged_lines_of_a_log_are_dropped(tmp_path, capsys):
    log = tmp_path / "metrics.jsonl"
    log.write_bytes(b'{"stage": "adapt", "step": 10}\n\xff\x00\n[1]\n3\n{"step": 20}\n{"stage": "adapt", "st')
    assert read_metrics(log) == [{"stage": "adapt", "step": 10}]
    assert capsys.readouterr().err.count("damaged line") == 5
