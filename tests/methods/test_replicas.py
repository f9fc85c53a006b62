"""Two replicas, in one process or in two, take the step of one replica with the whole batch."""

import json
import os
import socket
import subprocess
import sys

import numpy as np
import pytest

from keras_uda.config.names import EVERY_METHOD
from tests.conftest import ROOT

pytestmark = pytest.mark.slow
PATIENCE = 1800  # seconds; a graph of four networks takes minutes to build where others work on the same cores


def start(kind, policy, name, output, *options, **environment) -> subprocess.Popen:
    command = [sys.executable, "-m", "tests.methods.replicas", kind, policy, name, str(output), *options]
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stderr=subprocess.PIPE, text=True)


def result(process, output) -> dict:
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, errors[-3000:]
    return dict(np.load(output))


def run(folder, kind, policy, name, *options) -> dict:
    output = folder / f"{kind}.npz"
    return result(start(kind, policy, name, output, *options), output)


def assert_same(one: dict, other: dict, tolerance: float) -> None:
    """Images that are kept in bytes differ by one where a value lies between two of them, which hardly one does."""
    assert one.keys() == other.keys()
    for key in one:
        if one[key].dtype == np.uint8:
            changed = np.abs(one[key].astype("int16") - other[key])
            assert changed.max(initial=0) <= 1 and changed.sum() < 1e-4 * changed.size, key
        elif not key.startswith("log_"):
            np.testing.assert_allclose(one[key], other[key], atol=tolerance, err_msg=key)


@pytest.mark.parametrize("name", sorted(set(EVERY_METHOD) - {"adabn"}))
def test_two_replicas_take_the_step_of_one(tmp_path, name):
    """Teachers, memories, prototypes, what is drawn, and means over different numbers of labels in both halves."""
    one, two = (run(tmp_path, kind, "float32", name) for kind in ("one", "mirrored"))
    assert one["finite_at_end"] and two["finite_at_end"]
    assert_same(one, two, 2e-5)


@pytest.mark.parametrize("name", ["source_only", "advent"])
def test_two_replicas_in_half_precision(tmp_path, name):
    one, two = (run(tmp_path, kind, "mixed_float16", name) for kind in ("one", "mirrored"))
    assert one["finite_at_end"] and two["finite_at_end"]
    assert_same(one, two, 2e-3)


@pytest.mark.parametrize("name", ["minent", "adabn", "dacs"])
def test_live_batch_norm_is_that_of_the_whole_batch(tmp_path, name):
    one, two = (run(tmp_path, kind, "float32", name, "norm") for kind in ("one", "mirrored"))
    assert any("moving_variance" in key for key in one)
    assert_same(one, two, 1e-4)


def test_the_own_teacher_of_an_add_on_follows_on_replicas_as_on_one(tmp_path):
    one, two = (run(tmp_path, kind, "float32", "minent", "masked") for kind in ("one", "mirrored"))
    assert len(one) > len(run(tmp_path, "one", "float32", "minent"))
    assert_same(one, two, 2e-5)


@pytest.mark.parametrize("kind", ["one", "mirrored"])
def test_a_bad_image_of_one_replica_stops_the_update_of_all(tmp_path, kind):
    bad = run(tmp_path, kind, "float32", "advent", "bad")
    assert not bad.pop("finite_at_end")
    assert all(np.isfinite(value).all() for key, value in bad.items() if not key.startswith("log_"))


@pytest.mark.parametrize("name", ["advent", "contrastive_memory", "proda"])
def test_two_workers_equal_two_mirrored_replicas(tmp_path, name):
    mirrored = run(tmp_path, "mirrored", "float32", name)
    ports = []
    for _ in range(2):
        with socket.socket() as free:
            free.bind(("localhost", 0))
            ports.append(free.getsockname()[1])
    workers = {"worker": [f"localhost:{port}" for port in ports]}
    outputs = [tmp_path / f"worker{index}.npz" for index in range(2)]
    processes = [
        start("multiworker", "float32", name, outputs[index],
              TF_CONFIG=json.dumps({"cluster": workers, "task": {"type": "worker", "index": index}}))
        for index in range(2)
    ]  # fmt: skip
    first, second = (result(process, output) for process, output in zip(processes, outputs, strict=True))
    assert_same(first, second, 0)
    assert_same(first, mirrored, 1e-6)
