"""Two replicas, in one process or in two, take the step of one replica with the whole batch."""

import json
import os
import socket
import subprocess
import sys

import numpy as np
import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow
METHODS = ["source_only", "advent"]


def start(kind, policy, name, output, *options, **environment) -> subprocess.Popen:
    command = [sys.executable, "-m", "tests.methods.replicas", kind, policy, name, str(output), *options]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stderr=subprocess.PIPE, text=True)


def result(process, output) -> dict:
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors[-3000:]
    return dict(np.load(output))


def run(folder, kind, policy, name, *options) -> dict:
    output = folder / f"{kind}.npz"
    return result(start(kind, policy, name, output, *options), output)


def assert_same(one: dict, other: dict, tolerance: float) -> None:
    assert one.keys() == other.keys()
    for key in one:
        if not key.startswith("log_"):
            np.testing.assert_allclose(one[key], other[key], atol=tolerance, err_msg=key)


@pytest.mark.parametrize("policy,tolerance", [("float32", 2e-5), ("mixed_float16", 2e-3)])
@pytest.mark.parametrize("name", METHODS)
def test_mirrored_equals_one_replica(tmp_path, name, policy, tolerance):
    one, two = (run(tmp_path, kind, policy, name) for kind in ("one", "mirrored"))
    assert one["finite"] and two["finite"]
    assert_same(one, two, tolerance)


def test_the_own_teacher_of_an_add_on_follows_on_replicas_as_on_one(tmp_path):
    one, two = (run(tmp_path, kind, "float32", "minent", "masked") for kind in ("one", "mirrored"))
    assert any(key.startswith("add_on_") for key in one)
    assert_same(one, two, 2e-5)


@pytest.mark.parametrize("kind", ["one", "mirrored"])
def test_a_bad_image_of_one_replica_stops_the_update_of_all(tmp_path, kind):
    bad = run(tmp_path, kind, "float32", "advent", "bad")
    assert not bad.pop("finite")
    assert all(np.isfinite(value).all() for key, value in bad.items() if not key.startswith("log_"))


def test_two_workers_equal_two_mirrored_replicas(tmp_path):
    mirrored = run(tmp_path, "mirrored", "float32", "advent")
    ports = []
    for _ in range(2):
        with socket.socket() as free:
            free.bind(("localhost", 0))
            ports.append(free.getsockname()[1])
    workers = {"worker": [f"localhost:{port}" for port in ports]}
    outputs = [tmp_path / f"worker{index}.npz" for index in range(2)]
    processes = [
        start("multiworker", "float32", "advent", outputs[index],
              TF_CONFIG=json.dumps({"cluster": workers, "task": {"type": "worker", "index": index}}))
        for index in range(2)
    ]  # fmt: skip
    first, second = (result(process, output) for process, output in zip(processes, outputs, strict=True))
    assert_same(first, second, 0)
    assert_same(first, mirrored, 1e-6)
