"""`benchmark --compare`: what changed between two tables, and what is only noise."""

import json

import pytest

from keras_uda.__main__ import main
from keras_uda.commands.benchmark_compare import compared
from keras_uda.commands.benchmark_compare import verdict
from keras_uda.training.step_table import FILE
from keras_uda.training.step_table import GIB
from tests.training.test_step_table import ROW


def row(seconds: list[float], gib: float | None = 1.5, **more: object):
    """A row whose steps last so many times one of source-only."""
    memory = None if gib is None else gib * GIB
    same = {"seconds": seconds, "reference_seconds": [1.0] * len(seconds), "peak_memory": memory}
    return ROW.model_copy(update=same | more)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (row([2.0, 2.2]), row([2.3, 2.9]), "slower"),
        (row([2.0, 2.2]), row([1.2, 1.9]), "faster"),
        (row([2.0, 2.2]), row([2.1, 2.9]), ""),
        (row([2.0, 2.2]), row([2.0, 2.2], 1.6), "more memory"),
        (row([2.0, 2.2]), row([2.3, 2.9], 1.2), "slower, less memory"),
        (row([2.0, 2.2]), row([2.0, 2.2], 1.55), ""),
        (row([2.0, 2.2]), row([2.0, 2.2], None), ""),
    ],
)
def test_only_what_is_clear_is_named(before, after, words):
    assert verdict(before, after) == words


def test_rows_of_both_and_names_of_the_others():
    rates = {"pipeline": 2.0, "inference": 0.2, "reference_inference": 0.1}
    before = {"advent": row([2.0], **rates), "gone": row([1.0]), "moved": row([1.0])}
    after = {"advent": row([3.0], None), "new": row([1.0]), "moved": row([1.0], setting="tiny, 96x64, batch 2")}
    text = compared(before, after)
    assert "| advent | 2.00 | 3.00 | +50 % | slower | 1.50 | n/a | 4.0 | n/a | 2.00 | n/a |" in text
    assert "Only in A: gone." in text and "Only in B: new." in text and "not to be compared: moved." in text
    assert len({line.count("|") for line in text.splitlines() if line.startswith("|")}) == 1


@pytest.mark.parametrize("verb", [[], ["steps"], ["all"]])
def test_two_files_are_named(tmp_path, capsys, verb):
    for name in "AB":
        (tmp_path / f"{name}.json").write_text(json.dumps({"steps": {"advent": ROW.model_dump()}}))
    paths = [str(tmp_path / f"{name}.json") for name in "AB"]
    assert main(["benchmark", *verb, "--compare", *paths]) == 0
    assert "| advent | 2.00 | 2.00 | +0 % |" in capsys.readouterr().out
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize("content", ["{", '{"steps": {"a": 1}}'])
def test_a_file_that_is_no_table_is_refused(tmp_path, capsys, content):
    (tmp_path / "A.json").write_text(content)
    assert main(["benchmark", "--compare", str(tmp_path / "A.json"), str(tmp_path / "A.json")]) == 2
    assert "no table of steps" in capsys.readouterr().err
    assert main(["benchmark", "--compare", str(tmp_path / "A.json"), str(tmp_path / "no.json")]) == 2
    assert "is not a file" in capsys.readouterr().err
