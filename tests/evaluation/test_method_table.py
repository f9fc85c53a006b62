"""The tables in Markdown, of cells alone."""

import pytest

from keras_uda.evaluation.cells import cells_of
from keras_uda.evaluation.comparison import Comparison
from keras_uda.evaluation.method_table import as_cell
from keras_uda.evaluation.method_table import tables
from tests.evaluation.finished import finished


def table_of(tmp_path, *runs) -> str:
    cells = [cell for name, right in runs for cell in cells_of(finished(tmp_path, name, right))]
    return tables("sim_to_street-world2", Comparison(cells), ["bars.png"])


def line_of(text: str, row: str, number: int = 0) -> list[str]:
    lines = [line for line in text.splitlines() if line.startswith(f"| {row} |")]
    return [cell.strip() for cell in lines[number].strip("|").split("|")]


BASELINES = [("source_only-seed0", 0.2), ("source_only-seed1", 0.2), ("oracle-seed0", 0.8), ("oracle-seed1", 0.8)]


def test_a_row_has_means_gains_gaps_and_costs(tmp_path):
    text = table_of(tmp_path, *BASELINES, ("minent-seed0", 0.4), ("minent-seed1", 0.6))
    header, row = line_of(text, "row"), line_of(text, "minent")
    cells = dict(zip(header, row, strict=True))
    assert cells["seeds"] == "0 1" and cells["source steps"] == "300" and cells["s/step"] == "0.20"
    # Of three classes: (1 / 2.2 + 2 * 0.4) / 3 and (1 / 1.8 + 2 * 0.6) / 3; source-only (1 / 2.6 + 2 * 0.2) / 3.
    assert cells["mIoU"] == "50.2 (41.8 to 58.5)" and cells["against source-only"] == "+15.7 / +32.4"
    assert cells["gap closed"] == "47%" and cells["calibration error"] == "n/a"
    assert {"clean mIoU", "clean against source-only", "clean gap closed"} <= set(header)
    assert line_of(text, "source_only")[header.index("gap closed")] == ""
    assert "![bars.png](bars.png)" in text and text.startswith("# `sim_to_street-world2`\n")


def test_classes_with_precision_and_recall(tmp_path):
    text = table_of(tmp_path, ("minent-seed0", 0.4), ("minent-seed1", 0.6))
    cells = dict(zip(line_of(text, "row", 1), line_of(text, "minent", 1), strict=True))
    assert cells["person"] == "50 (100 / 50)" and cells["road"] == "51 (51 / 100)"


def test_every_row_says_where_it_comes_from(tmp_path):
    text = table_of(tmp_path, ("minent-seed0", 0.4), ("minent-seed1", 0.6))
    cells = dict(zip(line_of(text, "row", 2), line_of(text, "minent", 2), strict=True))
    assert cells["command, first seed"] == "`python train.py --method minent --steps 300`"
    assert (cells["commit"], cells["world"], cells["seeds"]) == ("abc123", "2", "0 1")
    assert (cells["machine"], cells["threads"], cells["TensorFlow"]) == ("A chip", "1", "not recorded")


def test_thin_classes_are_summed(tmp_path):
    folder = finished(tmp_path, "minent-seed0", 0.5)
    (cell,) = cells_of(folder)
    cell.scores["whole"].sets["thin"] = 0.11
    text = tables("x", Comparison([cell]))
    assert dict(zip(line_of(text, "row"), line_of(text, "minent"), strict=True))["thin (sum)"] == "55.0"


@pytest.mark.parametrize(
    ("text", "cell"),
    [("a+b", "a+b"), ("a|b", "a\\|b"), ("<b>", "&lt;b>"), ("a\nb", "a\\nb"), ("`a < b|c`", "`a < b\\|c`")],
)
def test_texts_stay_in_their_cells(text, cell):
    assert as_cell(text) == cell
