"""Data flows one way: a package imports only from its left. All forms of import are read, inside functions as well."""

import ast
import functools
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from keras_uda.config import names as tables
from tests.conftest import ROOT

PACKAGE = ROOT / "keras_uda"
LOOSE = {"__init__", "__main__"}  # modules beside the packages
MOST_EDGES = 120


def ranks(document: str = "CONTRIBUTING.md") -> dict[str, int]:
    """Package -> its place in the order that a document gives."""
    order = next(text for text in re.findall("`([^`]*)`", (ROOT / document).read_text()) if " -> " in text)
    return {name: rank for rank, names in enumerate(order.split("->")) for name in re.findall(r"\w+", names)}


def modules(package: Path) -> dict[str, Path]:
    """Dotted name -> file."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(text: str, here: str, known: dict[str, Path]) -> Iterator[str]:
    """The modules of `known` that a module imports.

    Args:
        text: of the module.
        here: its dotted name, which relative imports begin at.
        known: dotted names.
    """
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            parents = here.split(".")[: -node.level] if node.level else []
            module = ".".join([*parents, *([node.module] if node.module else [])])
            for alias in node.names:
                whole = f"{module}.{alias.name}"
                if whole in known or module in known:
                    yield whole if whole in known else module


def edges(package: Path = PACKAGE) -> set[tuple[str, str]]:
    """(module, module that it imports)."""
    known = modules(package)
    return {(here, there) for here, path in known.items() for there in imports(path.read_text(), here, known)}


def package_of(module: str) -> str:
    return (module.split(".") + [""])[1]


def mistakes(package: Path = PACKAGE) -> list[str]:
    """Imports that do not point left."""
    order, found = ranks(), []
    for here, there in sorted(edges(package)):
        one, other = package_of(here), package_of(there)
        if one == other or one in LOOSE or not other:
            continue
        if not one and other == "api":  # `keras_uda` itself offers the Python face, and has no other code
            continue
        if one not in order or other not in order or order[other] >= order[one]:
            found.append(f"{here} may not import {there}")
        elif one == "predict" and other != "core" or (one, other) == ("export", "methods"):
            found.append(f"{here} may not import {there}: there is a wall")
    return found


def test_imports_point_left():
    assert mistakes() == []


def test_the_order_names_every_package():
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert set(ranks()) == packages
    assert {path.stem for path in PACKAGE.glob("*.py")} <= LOOSE


def test_all_documents_give_the_same_order():
    assert ranks() == ranks("docs/architecture.md")


def test_few_packages_know_each_other():
    pairs = Counter((package_of(here), package_of(there)) for here, there in edges())
    assert len([pair for pair in pairs if pair[0] != pair[1] and "" not in pair]) <= MOST_EDGES


def test_modules_import_in_no_circle():
    following: dict[str, set[str]] = {}
    for here, there in edges():
        if not at_call_time_only(here, there):
            following.setdefault(here, set()).add(there)
    done: set[str] = set()

    def walk(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " -> ".join([*way[way.index(module) :], module])
        if module not in done:
            for there in sorted(following.get(module, ())):
                walk(there, (*way, module))
            done.add(module)

    for module in sorted(following):
        walk(module, ())


def at_call_time_only(here: str, there: str) -> bool:
    """Whether a module imports another inside functions alone."""
    return there not in imports_at_once(here)


our_modules = functools.cache(lambda: modules(PACKAGE))


@functools.cache
def imports_at_once(here: str) -> set[str]:
    known = our_modules()
    top = ast.parse(known[here].read_text())
    top.body = [node for node in top.body if not isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    return set(imports(ast.unparse(top), here, known))


@pytest.mark.parametrize(
    "text",
    [
        "import keras_uda.export.graph",
        "import keras_uda.export.graph as graph",
        "from keras_uda import export",
        "from keras_uda.export import graph",
        "from keras_uda.export.graph import trace",
        "from ..export import graph",
        "from .. import export",
        "def f():\n    from keras_uda.export.graph import trace",
        "class A:\n    import keras_uda.export",
        "if True:\n    import keras_uda.export",
    ],
)
def test_every_form_of_import_is_seen(tmp_path, text):
    package = tmp_path / "keras_uda"
    for name in ("core", "export"):
        (package / name).mkdir(parents=True)
        (package / name / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "export" / "graph.py").touch()
    (package / "core" / "files.py").write_text("import json\nfrom keras_uda.core import files\n")
    assert mistakes(package) == []
    (package / "core" / "files.py").write_text(text)
    assert mistakes(package)[0].startswith("keras_uda.core.files may not import keras_uda.export")


@pytest.mark.parametrize(
    ("package", "text", "allowed"),
    [
        ("predict", "from keras_uda.core import files", True),
        ("predict", "from keras_uda.world import render", False),
        ("export", "from keras_uda.methods import base", False),
        ("export", "from keras_uda.report import write", False),  # of one rank
        ("export", "from keras_uda.artefacts import runners", True),
        ("elsewhere", "from keras_uda.core import files", False),
    ],
)
def test_walls_and_ranks_are_kept(tmp_path, package, text, allowed):
    for name in ("core", "world", "methods", "report", "artefacts", package):
        (tmp_path / "keras_uda" / name).mkdir(parents=True, exist_ok=True)
        (tmp_path / "keras_uda" / name / "__init__.py").touch()
    (tmp_path / "keras_uda" / package / "here.py").write_text(text)
    assert (mistakes(tmp_path / "keras_uda") == []) == allowed


@pytest.mark.parametrize(
    ("table", "package"),
    [
        (tables.EVERY_METHOD, "methods"),
        (tables.ADD_ONS, "methods.add_ons"),
        (tables.SEGMENTERS, "segmenters"),
        (tables.READERS, "data.readers"),
        (tables.OPTIMIZERS, "optimizers"),
        (tables.SCHEDULES, "optimizers"),
    ],
    ids=["methods", "add-ons", "segmenters", "readers", "optimizers", "schedules"],
)
def test_every_name_of_a_table_resolves(table, package):
    for name in table:
        assert callable(tables.resolve(table, name, package)), name
