"""A worker is killed while it writes a checkpoint: the other says so, and both continue as if nothing had happened."""

import json
import re
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.training.test_kills import command
from tests.training.test_kills import environment

pytestmark = [pytest.mark.slow]
FLAGS = ["--strategy", "multiworker", "--method", "minent", "--steps", "8", "--checkpoint_every", "2"]


def together(folder: Path, cache: Path, **of_second: str) -> list[tuple[int, str, str]]:
    """Runs two workers to their end: exit code, output and errors of each."""
    ports = []
    for _ in range(2):
        with socket.socket() as free:
            free.bind(("localhost", 0))
            ports.append(free.getsockname()[1])
    cluster = {"worker": [f"localhost:{port}" for port in ports]}
    processes = []
    for index, more in enumerate(({}, of_second)):
        config = json.dumps({"cluster": cluster, "task": {"type": "worker", "index": index}})
        given = environment(cache, TF_CONFIG=config, **more)
        words = command(folder / f"worker{index}", *FLAGS)
        kind = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": cache}
        processes.append(subprocess.Popen(words, env=given, **kind))
    outputs = [process.communicate(timeout=500) for process in processes]
    return [(process.returncode, *output) for process, output in zip(processes, outputs, strict=True)]


def hashes(results: list[tuple[int, str, str]]) -> list[str]:
    for code, _, errors in results:
        assert code == 0, errors[-2000:]
    return [re.search(r"state hash (\w{64})", output)[1] for _, output, _ in results]


def test_both_go_back_to_what_both_have(tmp_path):
    first, second = hashes(together(tmp_path / "whole", tmp_path))
    assert first == second
    survivor, killed = together(tmp_path / "killed", tmp_path, KERAS_UDA_FAULT="manifest-written:3")
    assert killed[0] == -signal.SIGKILL
    assert survivor[0] == 7 and "another worker was lost" in survivor[2] and "Traceback" not in survivor[2]
    newest = [max(path.name for path in (tmp_path / "killed").glob(f"worker{i}/stages/*/state/step-*")) for i in (0, 1)]
    assert newest == ["step-00000006", "step-00000004"]
    assert hashes(together(tmp_path / "killed", tmp_path)) == [first, first]
