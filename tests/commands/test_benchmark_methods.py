"""The rows of `benchmark methods`, and a table from whatever is finished."""

import json

import pytest

from keras_uda.commands.benchmark_methods import chosen_rows
from keras_uda.commands.benchmark_methods import folder_of
from keras_uda.commands.benchmark_methods import write_table
from keras_uda.config import METHODS
from keras_uda.errors import UsageError


def test_weak_labels_have_a_row_of_each_kind():
    names = [row.name for row in chosen_rows(None, None)]
    assert {"weaklabel_pseudo", "weaklabel_oracle", "weaklabel_point"} | set(METHODS) - {"weaklabel"} == set(names)
    (row,) = chosen_rows(["weaklabel:point"], None)
    assert row.name == "weaklabel_point" and row.flags == ("--weak", "point")


@pytest.mark.parametrize(
    ("methods", "configs", "message"),
    [
        (["advnt"], None, "advent"),
        (["advent:point"], None, "Only weaklabel"),
        (["weaklabel:points"], None, "point"),
        (None, ["no/such.yaml"], "no such configuration"),
        (["advent", "advent"], None, "two rows"),
    ],
)
def test_what_cannot_be_meant_is_refused(methods, configs, message):
    with pytest.raises(UsageError, match=message):
        chosen_rows(methods, configs)


def finished(output, name: str, seed: int, miou: float) -> None:
    folder = folder_of(name, seed, output).path
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps({"status": "finished"}))
    who = name if name in ("source_only", "oracle") else "adapted"
    (folder / "evaluation.json").write_text(json.dumps({who: {"miou": miou}}))
    lines = [{"stage": "adapt", "step": step, "time": time} for step, time in ((10, 9.0), (20, 11.0), (30, 13.0))]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def test_a_table_of_what_is_finished(tmp_path):
    for seed, (source, adapted, oracle) in enumerate([(0.10, 0.16, 0.30), (0.20, 0.24, 0.30)]):
        finished(tmp_path, "source_only", seed, source)
        finished(tmp_path, "minent", seed, adapted)
        finished(tmp_path, "oracle", seed, oracle)
    finished(tmp_path, "advent", 1, 0.25)
    write_table(["source_only", "minent", "advent", "oracle"], [0, 1], tmp_path)
    table = (tmp_path / "table.md").read_text()
    # (6 + 4) of (20 + 10) points; the first line, with the tracing step before it, does not count.
    assert "| minent | 0 1 | 20.0 (16.0 to 24.0) | 33% | 0.20 |" in table
    assert "| advent | 1 | 25.0 | 50% | 0.20 |" in table
    assert "Not finished: advent seed 0." in table
