"""The table of the page on reliability is true: every row has tests, and they exist."""

import ast

import pytest

from tests.conftest import ROOT
from tests.reliability_rows import NAMES
from tests.reliability_rows import belongs
from tests.reliability_rows import table


@pytest.mark.parametrize("row", NAMES)
def test_the_tests_of_a_row_exist(row):
    tests = table()[row]
    assert tests, "no test"
    for test in tests:
        file, _, name = test.partition("::")
        tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
        names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        assert name in names if name else any(one.startswith("test_") for one in names), test


def test_a_row_selects_its_tests():
    node = "tests/core/test_signals.py::test_every_verb_is_under_it[export]"
    assert belongs(node, table()["K9"]) and not belongs(node, table()["K1"])
    assert belongs("tests/losses/test_entropy.py::test_any", table()["N5"])
    assert not belongs("tests/losses/test_entropy_more.py::test_any", table()["N5"])
