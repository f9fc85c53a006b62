"""The memory that a process has used."""

import math
import subprocess
import sys

import numpy as np
import pytest

from keras_uda.core import memory


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
