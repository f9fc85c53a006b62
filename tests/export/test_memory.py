"""An export needs little memory beside its interpreters, however large the network."""

import resource
import subprocess
import sys

import pytest

from keras_uda.artefacts.manifest import read_manifest
from keras_uda.config.names import QUANTIZATIONS
from tests.conftest import ROOT
from tests.export.models import random_run

ARTEFACTS = {"saved_model", "tflite", *(f"tflite_{kind}" for kind in QUANTIZATIONS[1:])}
LIMIT = 4 * 2**30  # bytes of addresses of every process; TensorFlow alone takes 1.7 GB of them


@pytest.mark.slow
def test_a_deeplab_is_exported_within_four_gigabytes(tmp_path):
    run = random_run(tmp_path / "run", "deeplab_v2_resnet101")
    command = [
        sys.executable,
        ROOT / "export.py",
        "--run",
        run,
        "--output",
        tmp_path / "out",
        "--quantize",
        *QUANTIZATIONS,
    ]
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))  # noqa: E731
    told = subprocess.run(command, capture_output=True, text=True, preexec_fn=limit)
    assert told.returncode in (0, 8), told.stderr
    content = read_manifest(tmp_path / "out")
    assert {"saved_model", "tflite", "tflite_float16"} <= set(content["artefacts"])
    failed = content.get("failed", {})  # in 8 bits, random weights need not agree
    assert set(content["artefacts"]) | set(failed) == ARTEFACTS
    assert all("agrees with Keras" in one["why"] for one in failed.values()), failed
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    print(f"largest process: {peak:.2f} GiB; not in agreement: {sorted(failed)}")
