"""The notebook of the Python page: the same lines, and they run; its cells are executed without Jupyter."""

import json
import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT

NOTEBOOK = ROOT / "docs" / "python.ipynb"


def cells(kind: str) -> list[str]:
    """The sources of the cells of a kind, in order."""
    content = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in content["cells"] if cell["cell_type"] == kind]


def test_it_has_the_lines_of_the_page_and_no_outputs():
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "python.md").read_text(), re.DOTALL)
    assert "\n\n".join(cells("code")) + "\n" == next(block for block in blocks if "small" in block)
    content = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert (content["nbformat"], content["nbformat_minor"]) == (4, 5) and cells("markdown")[0].startswith("# ")
    assert len({cell["id"] for cell in content["cells"]}) == len(content["cells"])
    assert all(cell.get("outputs", []) == [] and cell.get("execution_count") is None for cell in content["cells"])


@pytest.mark.slow
def test_every_cell_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    code = "import sys, json\nsys.path.insert(0, sys.argv[1])\nnames = {'__name__': '__main__'}\n"
    code += "for cell in json.loads(sys.argv[2]):\n    exec(compile(cell, 'cell', 'exec'), names)\n"
    command = [sys.executable, "-c", code, str(ROOT), json.dumps(cells("code"))]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert all((tmp_path / made).is_file() for made in ("runs/python/report.html", "overlay.mp4", "segmenter.keras"))
