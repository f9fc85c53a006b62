"""Data flows one way: a module imports only from its left."""

import ast

import pytest

from keras_uda.config import names as tables
from tests.conftest import ROOT

PACKAGE = ROOT / "keras_uda"
LAYERS = [
    ["core", "world", "ops"],
    ["config", "augment", "losses", "predict"],
    ["data", "segmenters", "layers", "optimizers"],
    ["methods", "weak_labels", "artefacts", "runs"],
    ["pseudo_labels", "evaluation"],
    ["report", "export"],
    ["training"],
    ["commands"],
    ["__main__"],
]
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
SAME_LEVEL = {"errors", "files"}


def imports():
    for path in sorted(PACKAGE.rglob("*.py")):
        here = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("keras_uda."):
                yield path, here, node.module.split(".")[1]


def test_imports_point_left():
    for path, here, there in imports():
        if here == there or here == "__init__":
            continue
        assert here in RANK and there in RANK, f"{path.name}: {here} or {there} is in no layer"
        assert RANK[there] <= RANK[here], f"{path.relative_to(PACKAGE)} may not import {there}"


def test_export_knows_no_method_and_serving_only_labels():
    for path, here, there in imports():
        if here == "export":
            assert there != "methods", path
    for path in sorted((PACKAGE / "serving").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("keras_uda."):
                allowed = (
                    "keras_uda.core.errors",
                    "keras_uda.core.files",
                    "keras_uda.core.console",
                    "keras_uda.core.classes",
                )
                assert node.module in allowed or node.module.startswith("keras_uda.predict"), f"{path}: {node.module}"


@pytest.mark.parametrize(
    ("table", "package"),
    [
        (tables.EVERY_METHOD, "methods"),
        (tables.SEGMENTERS, "segmenters"),
        (tables.READERS, "data.readers"),
        (tables.OPTIMIZERS, "optimizers"),
        (tables.SCHEDULES, "optimizers"),
    ],
    ids=["methods", "segmenters", "readers", "optimizers", "schedules"],
)
def test_every_name_of_a_table_resolves(table, package):
    for name in table:
        assert callable(tables.resolve(table, name, package)), name
