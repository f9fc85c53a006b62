"""A lock keeps every other process out until its owner ends or dies."""

import os
import socket
import subprocess
import sys
import threading
import time

import pytest

from keras_uda.core.errors import InUse
from keras_uda.core.errors import ResourceError
from keras_uda.core.locks import exclusive
from tests.conftest import ROOT

HOLDER = """
import sys
from pathlib import Path
from keras_uda.core.locks import exclusive
with exclusive(Path("lock"), Path("run"), "Wait"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def test_another_process_is_kept_out_and_the_owner_is_named(tmp_path, holder):
    with pytest.raises(InUse) as refusal, exclusive(tmp_path / "lock", tmp_path / "run", "Wait for it"):
        raise AssertionError("entered")
    owner = f"process {holder.pid} on {socket.gethostname()}"
    assert str(refusal.value) == f"{tmp_path / 'run'}: in use by {owner}. Wait for it."


def test_a_killed_owner_holds_nothing(tmp_path, holder):
    holder.kill()
    holder.wait()
    assert (tmp_path / "lock").exists()
    with exclusive(tmp_path / "lock", tmp_path / "run", "Wait"):
        assert f"process {os.getpid()} on" in (tmp_path / "lock").read_text()


def test_the_file_goes_with_the_lock(tmp_path):
    with pytest.raises(RuntimeError), exclusive(tmp_path / "lock", tmp_path, "Wait"):
        assert (tmp_path / "lock").exists()
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_gone_before_the_lock_is_free(tmp_path, monkeypatch):
    """Else somebody takes the lock in between, and its file vanishes."""
    there, close = [], os.close

    def closing(descriptor):
        there.append((tmp_path / "lock").exists())
        close(descriptor)

    with exclusive(tmp_path / "lock", tmp_path, "Wait"):
        monkeypatch.setattr("keras_uda.core.locks.os.close", closing)
    monkeypatch.undo()
    assert there == [False]


def test_a_second_call_in_this_process_is_kept_out(tmp_path):
    with (
        exclusive(tmp_path / "lock", tmp_path, "Wait"),
        pytest.raises(InUse, match=f"open in process {os.getpid()} on"),
    ):
        with exclusive(tmp_path / "lock", tmp_path, "Wait", "open in"):
            raise AssertionError("entered")


def test_only_one_of_many_is_inside_though_the_file_comes_and_goes(tmp_path):
    inside, most, entered = [], [], []

    def work():
        end = time.monotonic() + 1
        while time.monotonic() < end:
            try:
                with exclusive(tmp_path / "lock", tmp_path, "Wait"):
                    inside.append(None)
                    most.append(len(inside))
                    entered.append(threading.get_ident())
                    inside.pop()
            except InUse:
                pass

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(most) == {1} and len(set(entered)) > 1


def test_a_lock_that_leads_to_a_file_of_ours_destroys_nothing(tmp_path):
    mine = tmp_path / "mine"
    mine.write_text("precious")
    (tmp_path / "lock").symlink_to(mine)
    with pytest.raises(ResourceError, match="a link"), exclusive(tmp_path / "lock", tmp_path, "Wait"):
        pass
    assert mine.read_text() == "precious" and (tmp_path / "lock").is_symlink()
