"""What `pip install .` installs works from any folder: configurations, maps and templates are inside."""

import os
import re
import subprocess
import sys
import tomllib
import zipfile

import pytest

from tests.conftest import ROOT

SMALL = ["--segmenter.name", "tiny", "--segmenter.weights", "none", "--data.size", "64x48", "--data.batch", "2"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with the content of a wheel that was built from this checkout."""
    place = tmp_path_factory.mktemp("wheel ä")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(place), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    (wheel,) = place.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place / "site")
    return place / "site"


def run(installed, folder, *arguments: str) -> subprocess.CompletedProcess:
    environment = os.environ | {"PYTHONPATH": str(installed), "XDG_CACHE_HOME": str(folder / "cache")}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )


@pytest.mark.slow
@pytest.mark.ci
def test_everything_is_inside(installed):
    for folder in ("keras_uda", "configs"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc":
                inside = path.relative_to(ROOT) if folder == "keras_uda" else f"keras_uda/{path.relative_to(ROOT)}"
                assert (installed / inside).is_file(), path


@pytest.mark.slow
@pytest.mark.ci
def test_the_console_command_is_the_module(installed):
    (names,) = installed.glob("*.dist-info/entry_points.txt")
    assert "keras-uda = keras_uda.__main__:main" in names.read_text()


@pytest.mark.slow
@pytest.mark.ci
@pytest.mark.parametrize("method", ["minent", "weaklabel"])
def test_shipped_configurations_are_found_from_an_empty_folder(installed, tmp_path, method):
    done = run(installed, tmp_path, "-m", "keras_uda", "train", "--method", method, *SMALL, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "expected duration" in done.stdout and str(ROOT) not in done.stdout


def test_the_package_is_light():
    code = "import sys, keras_uda; assert not {'tensorflow', 'numpy', 'pydantic'} & set(sys.modules), 'heavy'"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_both_lists_of_dependencies_are_the_same():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["dependencies"] == (ROOT / "requirements.txt").read_text().splitlines()
    assert all(re.fullmatch(r"[\w.-]+[>=]=[\d.]+", line) for line in project["dependencies"])


@pytest.mark.parametrize("name", ["Dockerfile", "Dockerfile.gpu"])
def test_every_step_of_an_image_is_one_of_the_continuous_check(name):
    lines = [line for line in (ROOT / name).read_text().splitlines() if line.startswith(("RUN", "ENTRYPOINT", "CMD"))]
    steps = re.findall(r"/keras_uda/(\.ci/\w+)", "\n".join(lines))
    assert len(steps) == len(lines) == 2
    assert all(step in (ROOT / ".ci" / "run").read_text() and os.access(ROOT / step, os.X_OK) for step in steps)
