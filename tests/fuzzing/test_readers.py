"""Fuzzing of every reader of files from outside: what was kept, a few new files every time, many in the slow tests."""

import hashlib
import importlib.util
import os
import subprocess
import sys
import time

import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings

from tests.conftest import ROOT
from tests.fuzzing.mutations import files_of
from tests.fuzzing.readers import CORPUS
from tests.fuzzing.readers import READERS
from tests.fuzzing.readers import attempt
from tests.fuzzing.readers import corpus
from tests.fuzzing.readers import place_for

SECONDS = float(os.environ.get("KERAS_UDA_FUZZING", "300"))  # of the slow tests, over all readers
COMMON = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}


@pytest.mark.parametrize("name", READERS)
def test_what_was_kept(name, tmp_path):
    assert corpus(name), "no file to begin with"
    for path in corpus(name):
        attempt(name, path.read_bytes(), tmp_path)


@pytest.mark.parametrize("name", READERS)
def test_honest_files_are_read(name, tmp_path):
    path = place_for(name, tmp_path)
    for honest in CORPUS.glob(f"{name}/honest*"):
        path.write_bytes(honest.read_bytes())
        READERS[name].read(path)


@pytest.mark.parametrize("name", READERS)
def test_files_that_are_nearly_right(name, tmp_path):
    @settings(max_examples=10, derandomize=True, **COMMON)
    @given(files_of(name))
    def run(content):
        attempt(name, content, tmp_path)

    run()


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_many_files_that_are_nearly_right(name, tmp_path):
    """What breaks a reader is kept: the test of the kept files fails until it is mended."""
    end = time.monotonic() + SECONDS / len(READERS)

    @settings(max_examples=200, **COMMON)
    @given(files_of(name))
    def run(content):
        try:
            attempt(name, content, tmp_path)
        except BaseException:
            (CORPUS / name / f"found-{hashlib.sha256(content).hexdigest()[:8]}").write_bytes(content)
            raise

    while time.monotonic() < end:
        run()


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_bytes_that_lead_into_new_branches(name, tmp_path):
    """Atheris follows the branches of the code; it is no dependency, because it is built for few systems."""
    if importlib.util.find_spec("atheris") is None:
        pytest.skip("atheris is not installed here: pip install atheris")
    seconds = max(1, round(SECONDS / len(READERS)))
    command = [sys.executable, "-m", "tests.fuzzing.with_atheris", name, str(seconds), str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=seconds + 300)
    assert done.returncode == 0, done.stderr[-3000:]
