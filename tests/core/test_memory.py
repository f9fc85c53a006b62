"""The memory that a process has used."""

import math

import numpy as np

from keras_uda.core import memory


def test_what_is_held_counts_in_bytes():
    before = memory.peak_memory()
    held = np.ones(2 * int(before) // 8)
    assert held.nbytes <= memory.peak_memory() < 20 * before


def test_a_system_that_does_not_say(monkeypatch):
    monkeypatch.setattr(memory, "resource", None)
    assert math.isnan(memory.peak_memory())
