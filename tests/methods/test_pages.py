"""Pages of methods and add-ons say what the classes say: every deviation word for word, arguments, logged values."""

import re
from pathlib import Path

import pytest

from keras_uda.config.method_spec import add_on_facts
from keras_uda.config.method_spec import method_facts
from keras_uda.config.names import ADD_ONS
from keras_uda.config.names import DEFAULT
from keras_uda.config.names import EVERY_METHOD
from keras_uda.config.names import RECIPES
from keras_uda.config.names import resolve
from tests.conftest import ROOT

PAGES = ROOT / "docs" / "methods"
# What a stage is given where the configuration leaves it open, from the run and its data.
FROM_THE_RUN = {"policy", "total_steps", "image_sizes", "batch", "labelled_images", "unlabelled_images"}


def page_of(name: str) -> Path:
    """`<name>.md`, or for what only stages name the page that has its deviations."""
    own = PAGES / f"{name}.md"
    if own.exists():
        return own
    others = [path for path in sorted(PAGES.glob("*.md")) if f"## Deviations of `{name}`\n" in path.read_text()]
    assert others, f"Write docs/methods/{name}.md"
    return others[0]


def on_page(path: Path) -> list[str]:
    """The methods that a page describes."""
    return [name for name in EVERY_METHOD if page_of(name) == path]


def numbered(text: str) -> list[str]:
    """The entries of a numbered list, each on one line."""
    entries = re.split(r"^\s*\d+\. ", text, flags=re.MULTILINE)[1:]
    return [" ".join(entry.split()) for entry in entries]


def deviations_of(kind: type) -> list[str]:
    """The deviations that a docstring ends with."""
    _, found, text = kind.__doc__.partition("Deviations:")
    assert found, f"The docstring of {kind.__name__} has no `Deviations:`; write `Deviations: none.` if there are none"
    return numbered(text)


def section(text: str, title: str) -> str:
    """The text below a heading, to the next one or to the first paragraph that is no entry of a list."""
    found = re.search(rf"^#+ {re.escape(title)}\n\n((?:None\.\n)|(?:\d+\. .*\n(?: .*\n)*)*)", text, flags=re.MULTILINE)
    assert found, f"there is no heading `{title}`"
    return found[1]


def first_cells(text: str, header: str) -> set[str]:
    """Names in backticks in the first column of the tables whose header begins with a word."""
    names = set()
    for table in re.findall(rf"^\| {header}\b.*\n\|[-| ]+\|\n((?:\|.*\n)+)", text, flags=re.MULTILINE):
        for row in table.splitlines():
            names |= set(re.findall(r"`(\w+)(?:\[_aux\])?`", row.split("|")[1]))
    return names


@pytest.mark.parametrize("name", EVERY_METHOD)
def test_deviations_stand_once(name):
    path = page_of(name)
    title = "Deviations" if on_page(path) == [name] else f"Deviations of `{name}`"
    wanted = deviations_of(resolve(EVERY_METHOD, name, "methods"))
    assert numbered(section(path.read_text(), title)) == wanted, f"{path} is not what the class says"


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.md")), ids=lambda path: path.stem)
def test_every_argument_and_every_logged_value_is_on_the_page(path):
    facts, text = [method_facts(name) for name in on_page(path)], path.read_text()
    assert facts or path.stem in (*RECIPES, DEFAULT), f"{path} is of no method"
    arguments = {name for one in facts for name in one.arguments}
    logged = {name for one in facts for name in (*one.reports, *one.level_reports)}
    written = first_cells(text, "argument")
    assert arguments - FROM_THE_RUN <= written <= arguments
    assert first_cells(text, "logged") == logged


@pytest.mark.parametrize("name", ADD_ONS)
def test_add_ons_have_a_paragraph(name):
    whole = (ROOT / "docs" / "add_ons.md").read_text()
    found = re.search(rf"^## .*\(`{name}`\)\n((?:(?!## ).*\n)*)", whole, flags=re.MULTILINE)
    assert found, f"docs/add_ons.md has no section that ends with (`{name}`)"
    facts = add_on_facts(name)
    assert first_cells(found[1], "option") == set(facts.arguments)
    assert set(facts.reports) <= first_cells(found[1], "logged")
    assert numbered(section(found[1], "Deviations")) == deviations_of(resolve(ADD_ONS, name, "methods.add_ons"))
    assert all(f"`{need}`" in found[1] for need in facts.needs)
