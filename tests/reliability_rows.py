"""The table of `docs/reliability.md`: rows of what was done to the program, each with its tests."""

import re

from tests.conftest import ROOT

PAGE = ROOT / "docs" / "reliability.md"
ROW = re.compile(r"^\| ([A-Z]\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
LENGTHS = {"K": 12, "R": 8, "I": 17, "N": 7, "P": 6, "C": 7, "W": 7, "E": 5, "S": 9, "V": 7}
NAMES = [f"{letter}{number}" for letter, length in LENGTHS.items() for number in range(1, length + 1)]


def table() -> dict[str, list[str]]:
    """Row -> its tests, `training/test_kills.py::test_a_signal` or a whole file, below `tests/`."""
    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))
    assert [name for name, *_ in rows] == NAMES, "every row once, in its order"
    return {name: re.findall(r"`([\w/]+\.py(?:::\w+)?)`", tests) for name, _, tests, _ in rows}


def belongs(node: str, tests: list[str]) -> bool:
    """Whether a test of pytest, `tests/a/test_b.py::test_c[d]`, is one of these."""
    place = node.removeprefix("tests/").partition("[")[0]
    return any(place == test or ("::" not in test and place.startswith(f"{test}::")) for test in tests)
