"""A fault point kills at the passage that is named, and no other."""

import os
import signal
import subprocess
import sys

import pytest

from tests.conftest import ROOT

PROGRAM = """
from keras_uda.core.fault_points import fault_point
for _ in range(3):
    fault_point("other")
    fault_point("here")
    print("passed", flush=True)
"""


@pytest.mark.parametrize(("fault", "passed"), [("here:1", 0), ("here:3", 2), ("here:4", 3), ("", 3), ("her:1", 3)])
def test_the_named_passage_kills(fault, passed):
    environment = {**os.environ, "KERAS_UDA_FAULT": fault, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True)
    assert done.stdout.count("passed") == passed
    assert done.returncode == (-signal.SIGKILL if passed < 3 else 0)
