"""The table of steps: read back as it was written, and never in place of something else."""

import json

import pytest

from keras_uda.core.errors import UsageError
from keras_uda.training.step_table import FILE
from keras_uda.training.step_table import GIB
from keras_uda.training.step_table import TABLE
from keras_uda.training.step_table import StepRow
from keras_uda.training.step_table import read_rows
from keras_uda.training.step_table import table
from keras_uda.training.step_table import write_rows

ROW = StepRow(
    config="abc",
    setting="tiny, 64x48, batch 2",
    stage="proda_distil",
    seconds=[4.0, 3.0, 6.0],
    reference_seconds=[2.0, 2.0, 2.0],
    peak_memory=1.5 * GIB,
    reference_peak_memory=1.25 * GIB,
    trained=1_230_000,
    state_bytes=3 * 2**20,
    machine="tensorflow 2, 2 processor cores",
)


def test_what_is_written_is_read(tmp_path):
    assert read_rows(tmp_path) == {}
    write_rows(tmp_path, {"proda": ROW}, {"dann": "ended with exit code 6"})
    assert read_rows(tmp_path) == {"proda": ROW}
    text = (tmp_path / TABLE).read_text()
    cells = "proda | proda_distil | 2.00 (1.50 to 3.00) | 1.50 | +0.25 | n/a | n/a | n/a | 1.23 | 3.0 | tiny, 64x48"
    assert (
        f"| {cells}, batch 2 |" in text
        and "- dann: ended with exit code 6" in text
        and "tensorflow 2, 2 processor" in text
    )


def test_every_line_has_as_many_cells_as_the_head():
    unknown = ROW.model_copy(update={"peak_memory": None, "reference_peak_memory": None})
    lines = [line for line in table({"a": ROW, "b": unknown}, {}).splitlines() if line.startswith("|")]
    assert len(lines) == 4 and len({line.count("|") for line in lines}) == 1
    assert "| n/a | n/a |" in lines[-1] and "Not measured" not in table({"a": ROW}, {})


@pytest.mark.parametrize("content", ["{", "[]", "{}", json.dumps({"steps": {"advent": {"config": "abc"}}})])
def test_other_content_is_refused(tmp_path, content):
    (tmp_path / FILE).write_text(content)
    with pytest.raises(UsageError, match="no table of steps"):
        read_rows(tmp_path)


def test_a_table_of_somebody_is_refused(tmp_path):
    (tmp_path / TABLE).write_text("my notes")
    with pytest.raises(UsageError, match="without its steps.json"):
        read_rows(tmp_path)


def test_rates_are_in_units_of_the_steps_and_of_source_only():
    rates = {"pipeline": 2.5, "inference": 0.03, "reference_inference": 0.02, "exchanged": 3 * 2**20}
    row = ROW.model_copy(update=rates)
    assert row.pipeline_ratio == 10.0 and row.inference_ratio == pytest.approx(1.5)
    assert "| +0.25 | 10.0 | 1.50 | 3.0 | 1.23 |" in table({"a": row}, {})
    assert ROW.pipeline_ratio is None and row.model_copy(update={"reference_inference": None}).inference_ratio is None


def test_tables_of_before_there_were_rates_are_read(tmp_path):
    content = {key: value for key, value in ROW.model_dump().items() if value is not None}
    (tmp_path / FILE).write_text(json.dumps({"steps": {"proda": content}}))
    assert read_rows(tmp_path) == {"proda": ROW}
