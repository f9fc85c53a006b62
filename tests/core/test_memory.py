"""The memory that a process has used."""

import math
import subprocess
import sys

import numpy as np
import pytest

from keras_uda.core import memory
from keras_uda.core.errors import ResourceError


def test_what_is_held_counts_in_bytes():
    """In a small process: where much was used before, more would have to be held."""
    code = "import numpy; from keras_uda.core.memory import peak_memory; before = peak_memory(); "
    code += "held = numpy.ones(2 * int(before) // 8); print(before, held.nbytes, peak_memory())"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, held, after = map(float, answer.stdout.split())
    assert held <= after < 20 * before


@pytest.mark.skipif(not memory.STATUS.exists(), reason="the system does not tell the two apart")
def test_what_started_the_process_does_not_count():
    held = np.ones(2**27 // 8)
    code = "from keras_uda.core.memory import peak_memory; print(peak_memory())"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 0 < float(answer.stdout) < held.nbytes


def test_a_system_that_does_not_say(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "STATUS", tmp_path / "absent")
    if memory.resource is not None:
        assert memory.peak_memory() > 0
    monkeypatch.setattr(memory, "resource", None)
    assert math.isnan(memory.peak_memory())


@pytest.mark.skipif(memory.resource is None, reason="the system has no such limit")
def test_a_limit_below_what_is_needed_is_told_before_the_work(monkeypatch):
    """R6: TensorFlow would end without a word."""
    for limit, refused in ((2_000_000_000, True), (3_000_000_000, False), (memory.resource.RLIM_INFINITY, False)):
        monkeypatch.setattr(memory.resource, "getrlimit", lambda _, limit=limit: (limit, limit))
        if not refused:
            memory.require_address_space(3_000_000_000, "training")
            continue
        with pytest.raises(ResourceError, match="is 2.0 GB, and training needs 3.0 GB at least.*ulimit -v") as error:
            memory.require_address_space(3_000_000_000, "training")
        assert error.value.exit_code == 6


@pytest.mark.skipif(memory.address_space() is None, reason="the system does not say")
def test_further_memory_has_a_limit():
    code = "from keras_uda.core.memory import limit_further_memory; limit_further_memory(2 ** 26)\n"
    code += "small = bytearray(2 ** 24)\ntry:\n    bytearray(2 ** 27)\nexcept MemoryError:\n    print('refused')"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout == "refused\n"


@pytest.mark.parametrize(
    ("groups", "files", "limit"),
    [
        ("0::/a/b", {"a/b/memory.max": "max", "a/memory.max": "300000000"}, 300_000_000),
        (
            "4:memory:/a\n1:cpu:/a",
            {"memory/a/memory.limit_in_bytes": "400000000", "cpu/a/memory.max": "1"},
            400_000_000,
        ),
        ("0::/", {"memory.max": "max"}, None),
        ("0::/a", {}, None),
        ("nonsense", {}, None),
    ],
)
def test_the_limit_of_a_container_is_that_of_the_strictest_group(groups, files, limit, tmp_path, monkeypatch):
    """R6: a container that is too small is told before it kills the process."""
    (tmp_path / "groups").write_text(groups)
    for name, text in files.items():
        (tmp_path / "root" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "root" / name).write_text(f"{text}\n")
    monkeypatch.setattr(memory, "GROUPS", tmp_path / "groups")
    monkeypatch.setattr(memory, "GROUP_ROOT", tmp_path / "root")
    assert memory.container_limit() == limit
    if limit is None:
        return memory.require_memory(10**9, "TensorFlow")
    memory.require_memory(limit, "TensorFlow")
    with pytest.raises(ResourceError, match="may use 0.. GB, and TensorFlow needs 1.0 GB at least"):
        memory.require_memory(10**9, "TensorFlow")
