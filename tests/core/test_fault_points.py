"""A fault point kills at the passage that is named, and no other."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


def fault_points() -> set[str]:
    """The names in the code; of those of two kinds of files, what they have in common."""
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "keras_uda").rglob("*.py"))
    return set(re.findall(r'fault_point\(f?"(?:\{[\w.]+\})?([\w-]+)"\)', code))


def test_every_fault_point_is_tried():
    """By a test that names it with its passage, or watches it."""
    tests = [path for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__)]
    text = "".join(path.read_text(encoding="utf-8") for path in tests)
    assert len(fault_points()) > 15
    assert [name for name in sorted(fault_points()) if not re.search(rf'"[\w-]*{name}[:"]', text)] == []


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
