"""Files of cells: a pair and a version of the world each; a cell is replaced, never doubled."""

import json

import pytest

from keras_uda.core.errors import UsageError
from keras_uda.evaluation.cell_store import add_cells
from keras_uda.evaluation.cell_store import files_in
from keras_uda.evaluation.cell_store import read_cells
from keras_uda.evaluation.cells import cells_of
from tests.evaluation.finished import finished
from tests.evaluation.finished import write_scores


def test_versions_of_the_world_are_kept_apart(tmp_path):
    old = cells_of(finished(tmp_path / "old", "minent-seed0", 0.4, world=1))
    new = cells_of(finished(tmp_path / "new", "minent-seed0", 0.5))
    real = cells_of(finished(tmp_path / "real", "minent-seed0", 0.5, world=None), pair="day_to_dusk")
    add_cells(tmp_path / "results", [*old, *new, *real])
    names = [path.name for path in files_in(tmp_path / "results")]
    assert names == ["day_to_dusk.json", "sim_to_street-world1.json", "sim_to_street-world2.json"]
    (kept,) = read_cells(tmp_path / "results" / "sim_to_street-world1.json")
    assert kept == old[0] and kept.scores["whole"].miou != new[0].scores["whole"].miou


def test_the_same_cell_again_takes_the_place_of_the_first(tmp_path):
    for place, right in (("first", 0.4), ("second", 0.5)):
        cells = cells_of(finished(tmp_path / place, "minent-seed0", right))
        cells += cells_of(finished(tmp_path / place, "minent-seed1", right))
        cells += cells_of(finished(tmp_path / place, "cbst-seed0", right, method="minent"))
        (path,) = add_cells(tmp_path, cells)
    assert [(cell.row, cell.seed) for cell in read_cells(path)] == [("cbst", 0), ("minent", 0), ("minent", 1)]
    assert {cell.scores["whole"].recall["person"] for cell in read_cells(path)} == {0.5}
    assert path.read_text().count("\n") == 5  # a line for each cell


def test_a_baseline_beside_a_run_does_not_replace_a_run_of_its_own(tmp_path):
    beside = finished(tmp_path / "beside", "minent-seed0", 0.5)
    write_scores(beside, "minent", 0.5, 300, source_only=0.1)
    own = cells_of(finished(tmp_path / "own", "source_only-seed0", 0.3))
    add_cells(tmp_path, cells_of(beside))
    (path,) = add_cells(tmp_path, own)
    add_cells(tmp_path, cells_of(beside))
    source = next(cell for cell in read_cells(path) if cell.row == "source_only")
    assert source == own[0]


def test_another_file_is_refused(tmp_path):
    (tmp_path / "a_to_b.json").write_text(json.dumps({"cells": [{"row": 3}]}))
    (tmp_path / "c_to_d.json").write_text(json.dumps({"steps": {}}))
    assert [path.name for path in files_in(tmp_path)] == ["a_to_b.json"]
    with pytest.raises(UsageError, match="holds no cells"):
        read_cells(tmp_path / "a_to_b.json")
    assert read_cells(tmp_path / "absent_to_x.json") == []


def test_without_cells_not_even_a_folder_is_made(tmp_path):
    assert add_cells(tmp_path / "results", []) == [] and not (tmp_path / "results").exists()
