"""Nothing that only POSIX has is needed to import the package, and no verb needs it to show its help."""

import os
import pkgutil
import subprocess
import sys

import pytest

import keras_uda
from keras_uda.__main__ import VERBS
from tests.conftest import ROOT

WITHOUT = """
import sys
sys.modules |= dict.fromkeys(["fcntl", "resource", "pwd", "grp", "termios"])  # as on Windows
"""
IMPORT_ALL = """
import importlib
import sys
failed = []
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except ImportError as error:
        if error.name in ("fcntl", "resource", "pwd", "grp", "termios"):
            failed.append(f"{name}: {error}")
print("\\n".join(failed))
"""


def run_without(program: str, *arguments: str) -> str:
    command = [sys.executable, "-c", WITHOUT + program, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "2"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.slow
@pytest.mark.ci
def test_every_module_can_be_imported():
    modules = [module.name for module in pkgutil.walk_packages(keras_uda.__path__, "keras_uda.")]
    assert len(modules) > 200
    modules.remove("keras_uda.__main__")
    assert run_without(IMPORT_ALL, *modules).strip() == ""


SHOW_HELP = """
from keras_uda.__main__ import main
for verb in sys.argv[1:]:
    print(f"help of {verb}")
    try:
        code = main([verb, "--help"])
    except SystemExit as stop:
        code = stop.code
    assert not code, verb
assert "tensorflow" not in sys.modules
"""


def test_every_verb_shows_its_help():
    for part in run_without(SHOW_HELP, *VERBS).split("help of ")[1:]:
        assert "usage" in part.lower(), part
