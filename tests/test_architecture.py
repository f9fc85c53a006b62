"""Data flows one way: a module imports only from its left."""

import ast

import pytest

from keras_uda import config
from tests.conftest import ROOT

PACKAGE = ROOT / "keras_uda"
LAYERS = [
    ["errors", "files", "console"],
    ["config"],
    ["strict_yaml", "signatures", "ranges", "unread"],
    ["presets"],
    ["config_file", "consistency"],
    ["parsing"],
    ["data"],
    ["losses", "label_free"],
    ["layers", "optimizers"],
    ["segmenters"],
    ["methods"],
    ["runtime"],
    ["pseudo_labels", "state", "run_folder"],
    ["preparation", "looks"],
    ["evaluation"],
    ["figures"],
    ["callbacks"],
    ["coach"],
    ["collapse", "candidates"],
    ["identity", "building"],
    ["stages", "baselines"],
    ["evaluate"],
    ["stage_scores", "pseudo_label_section", "selection"],
    ["weak_section"],
    ["report"],
    ["training"],
    ["export"],
    ["serving"],
    ["annotator"],
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
                allowed = ("keras_uda.errors", "keras_uda.files", "keras_uda.console", "keras_uda.data.labels")
                assert node.module in allowed or node.module.startswith("keras_uda.serving"), f"{path}: {node.module}"


@pytest.mark.parametrize(
    ("table", "package"),
    [(config.EVERY_METHOD, "methods"), (config.SEGMENTERS, "segmenters"), (config.READERS, "data")],
    ids=["methods", "segmenters", "readers"],
)
def test_every_name_of_a_table_resolves(table, package):
    for name in table:
        assert callable(config.resolve(table, name, package)), name
