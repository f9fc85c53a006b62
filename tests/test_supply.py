"""What others supply: versions without known faults, and nothing that is fetched unasked."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib

import pytest

from tests.conftest import ROOT

TRIED = ROOT / ".ci" / "tried.txt"


def versions() -> dict[str, tuple[int, ...]]:
    lines = [line for line in TRIED.read_text().splitlines() if not line.startswith("#")]
    return {name: numbers(version) for name, version in (line.split("==") for line in lines)}


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def test_the_tried_versions_are_those_that_the_project_allows():
    project, tried = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"], versions()
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    for line in (*project["dependencies"], *extras):
        name, sign, bound = re.fullmatch(r"([\w.-]+)([>=]=)([\d.]+)", line).groups()
        version = tried[re.sub(r"[-_.]+", "-", name).lower()]
        assert version >= numbers(bound) if sign == ">=" else version == numbers(bound), line


@pytest.mark.slow
def test_no_tried_version_has_a_known_fault():
    if shutil.which("pip-audit") is None:
        pytest.skip("pip-audit is not installed (requirements-dev.txt)")
    command = ["pip-audit", "--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off", "-r", TRIED]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if not done.stdout.strip():
        pytest.skip(f"pip-audit cannot ask anybody: {done.stderr[-300:]}")
    answers = json.loads(done.stdout)["dependencies"]
    if all("skip_reason" in answer for answer in answers):
        pytest.skip("the package index of this machine gives no advisories")
    faulty = {answer["name"]: [one["id"] for one in answer["vulns"]] for answer in answers if answer.get("vulns")}
    assert not faulty


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1"])
def test_no_test_reaches_the_network(address):
    with pytest.raises(AssertionError, match="a test must not reach"):
        socket.create_connection((address, 443), timeout=1)


def test_onnx_runtime_reports_to_nobody(tmp_path):
    """Its wheels send events of use from C++, where no test sees a connection, unless a variable forbids it first."""
    pytest.importorskip("onnxruntime", reason="the extra `onnx` is not installed")
    lines = (
        "from keras_uda.artefacts.runners import Onnx",
        "try: Onnx('none.onnx')",
        "except Exception as e: print(e)",
    )
    places = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "TMPDIR"), str(tmp_path))
    kept = {key: value for key, value in os.environ.items() if not key.startswith("ORT_")}
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], env=kept | places, cwd=ROOT, capture_output=True, text=True
    )
    assert "none.onnx" in done.stdout
    assert list(tmp_path.rglob("*")) == []
