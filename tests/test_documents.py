"""Documents: every link leads somewhere, and every method has its row among the results."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from keras_uda.commands.benchmark import SUBCOMMANDS
from keras_uda.config.names import BASELINES
from keras_uda.config.names import METHODS
from keras_uda.config.names import RECIPES
from keras_uda.config.names import RUN_METHODS
from tests.conftest import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def anchors(path: Path) -> set[str]:
    """The names of the headings of a page, as they stand behind a `#` in a link."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def broken_links(path: Path) -> list[str]:
    """The relative links of a page that lead to no file, or to no heading of a page."""
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        name, _, anchor = link.partition("#")
        there = path.parent / name if name else path
        if not re.match(r"\w+:", link):
            missing = not there.exists() or (there.suffix == ".md" and anchor and anchor not in anchors(there))
            broken += [link] if missing else []
    return broken


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path):
    assert broken_links(path) == []


def test_broken_links_are_found(tmp_path):
    page = tmp_path / "page.md"
    links = "[a](#a-title) [b](page.md#no-title) [c](gone.md) [d](https://gone.org) [e](.)"
    page.write_text(f"# A title!\n\n{links}\n")
    assert broken_links(page) == ["page.md#no-title", "gone.md"]


def test_the_readme_leads_to_every_guide():
    guides = {"frames_to_phone", "labels_from_tools", "gta5_to_cityscapes", "questions", "index"}
    assert guides <= set(re.findall(r"\(docs/(\w+)\.md\)", (ROOT / "README.md").read_text()))


def test_the_readme_names_every_method():
    paragraph = re.search(
        r"- \*\*Methods\*\*(.*?)Without `--method`", (ROOT / "README.md").read_text(), flags=re.DOTALL
    )
    assert set(re.findall(r"`(\w+)`", paragraph[1])) == {*METHODS, *RECIPES} - set(BASELINES)


def test_every_page_is_in_the_navigation_once():
    listed = re.findall(r": ([\w/]+\.md)$", (ROOT / "mkdocs.yml").read_text(), flags=re.MULTILINE)
    assert sorted(listed) == sorted(
        path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")
    )


def test_the_first_page_leads_to_every_page():
    """Pages of methods may be reached through the table of results, which links each of them."""
    linked = set()
    for page in (ROOT / "docs" / "index.md", ROOT / "docs" / "results" / "methods.md"):
        linked |= {(page.parent / link).resolve() for link in re.findall(r"\]\(([^)#\s]+)", page.read_text())}
    missing = {path.resolve() for path in (ROOT / "docs").rglob("*.md")} - linked - {ROOT / "docs" / "index.md"}
    assert not missing, f"docs/index.md leads to no {', '.join(sorted(path.name for path in missing))}"


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_benchmark_is_on_a_page(name):
    spelt = f"benchmark {name}" if name != "compare" else "benchmark --compare"
    assert any(spelt in path.read_text() for path in (ROOT / "docs").rglob("*.md")), f"no page has `{spelt}`"


@pytest.mark.slow
@pytest.mark.ci
def test_the_documentation_builds(tmp_path):
    """Every page is in the navigation, and every link between pages and headings holds, as mkdocs sees them."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for page in (ROOT / "docs").rglob("*.md"):
        place = page.relative_to(ROOT / "docs").with_suffix("")
        place = place.parent if place.name == "index" else place
        assert (tmp_path / "site" / place / "index.html").is_file(), page


@pytest.mark.parametrize("name", RUN_METHODS)
def test_every_method_has_a_row_among_the_results(name):
    rows = re.findall(r"^\| `(\w+)", (ROOT / "docs" / "results" / "methods.md").read_text(), flags=re.MULTILINE)
    assert name in rows, f"Add a row for {name}"
