"""How TensorFlow is set up: where it can be done once only, in a process of its own."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.core import runtime
from tests.conftest import ROOT


@pytest.mark.slow
@pytest.mark.ci
def test_a_cpu_gets_one_inter_op_thread_and_tensorflow_does_not_greet():
    program = """
import keras_uda.training.run
from keras_uda.core import runtime
import tensorflow as tf
runtime.set_up(0)
print(len(tf.config.list_physical_devices("GPU")), tf.config.threading.get_inter_op_parallelism_threads())
"""
    environment = {key: value for key, value in os.environ.items() if key != "TF_CPP_MIN_LOG_LEVEL"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() in ("0 1", "1 0") and done.stderr == ""


def test_seeds_decide_and_a_running_tensorflow_is_no_error():
    tf.zeros(1)
    drawn = []
    for seed in (3, 3, 4):
        runtime.set_up(seed)
        drawn.append((np.random.random(), float(keras.random.uniform(())), float(tf.random.uniform(()))))
    assert drawn[0] == drawn[1] and all(one != other for one, other in zip(drawn[1], drawn[2], strict=True))


@pytest.mark.parametrize(
    ("flags", "found"), [("flags : avx2 amx_bf16 amx_tile", True), ("flags : avx512f avx2", False)]
)
def test_bfloat16_is_native_where_the_processor_says_so(monkeypatch, tmp_path, flags, found):
    information = tmp_path / "cpuinfo"
    information.write_text(flags)
    monkeypatch.setattr(runtime, "Path", lambda _: information)
    monkeypatch.setattr(runtime.tf.config, "list_physical_devices", lambda *_: [])
    assert runtime.multiplies_bfloat16() == found
    information.unlink()
    assert not runtime.multiplies_bfloat16()


@pytest.mark.parametrize(("capability", "found"), [((7, 5), False), ((8, 0), True), ((9, 0), True)])
def test_bfloat16_is_native_from_ampere_on(monkeypatch, capability, found):
    monkeypatch.setattr(runtime.tf.config, "list_physical_devices", lambda *_: ["GPU:0"])
    details = {"compute_capability": capability}
    monkeypatch.setattr(runtime.tf.config.experimental, "get_device_details", lambda _: details)
    assert runtime.multiplies_bfloat16() == found


def test_strategies():
    assert runtime.strategy("none") is tf.distribute.get_strategy()
    assert isinstance(runtime.strategy("mirrored"), tf.distribute.MirroredStrategy)
