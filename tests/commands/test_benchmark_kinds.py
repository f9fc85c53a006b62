"""The rows of `benchmark all`: one for every name of every table."""

import pytest

from keras_uda.commands.benchmark_kinds import KINDS
from keras_uda.commands.benchmark_kinds import Asked
from keras_uda.commands.benchmark_kinds import rows_of_kinds
from keras_uda.commands.benchmark_rows import Row
from keras_uda.commands.benchmark_rows import resolved
from keras_uda.config.names import ADD_ONS
from keras_uda.config.names import SAMPLERS
from keras_uda.config.names import SEGMENTERS
from keras_uda.config.names import TRANSFORMS

SMALL = ["--segmenter.name", "tiny", "--data.size", "64x48", "--data.batch", "2"]


def rows(*kinds: str, teacher: str | None = None) -> dict[str, Row]:
    return {row.name: row for row in rows_of_kinds(list(kinds), Asked(SMALL, "dacs", teacher))}


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("add_ons", [f"minent+{name}" for name in ADD_ONS]),
        ("segmenters", [f"segmenter:{name}" for name in SEGMENTERS]),
        ("samplers", [f"sampler:{name}" for name in SAMPLERS]),
        ("transforms", [f"transform:{name}" for name in TRANSFORMS]),
    ],
)
def test_every_name_of_a_table_has_a_row(kind, names):
    assert list(rows(kind)) == names


def test_what_a_row_is_about_wins_over_the_command_line():
    found = rows("segmenters", "samplers", "transforms")
    assert resolved(found["segmenter:segformer"], SMALL).segmenter.name == "segformer"
    assert list(resolved(found["sampler:rare_class"], SMALL).data.source.sampler) == ["rare_class"]
    assert list(resolved(found["transform:lab"], SMALL).data.transforms) == ["lab"]


def test_growth_is_around_what_the_command_line_says():
    found = {name: resolved(row, SMALL) for name, row in rows("growth").items()}
    assert {run.method for run in found.values()} == {"dacs"}
    assert [name for name in found if "size" in name] == [f"dacs:size:{size}" for size in ("32x24", "64x48", "128x96")]
    assert [found[f"dacs:batch:{batch}"].data.batch for batch in (1, 4)] == [1, 4]
    assert found["dacs:images:100"].data.target.frames == found["dacs:images:100"].data.source.frames == 100
    assert [len(found[f"dacs:classes:{number}"].data.classes) for number in (9, 76)] == [9, 76]


def test_distil_learns_from_the_run_that_is_named():
    row = rows("add_ons", teacher="runs/first")["minent+distil"]
    assert resolved(row, SMALL).stages["adapt"].add_ons["distil"]["teacher"] == "runs/first"
    assert set(KINDS) == {"methods", "add_ons", "segmenters", "samplers", "transforms", "growth"}
