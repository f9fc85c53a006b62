"""`benchmark steps`: a row for each method, kept after a kill, and what cannot be measured is named."""

import json

import pytest

from keras_uda.__main__ import main
from keras_uda.commands import benchmark_steps
from keras_uda.config.names import ADD_ONS
from keras_uda.config.names import RUN_METHODS
from keras_uda.config.names import SAMPLERS
from keras_uda.config.names import SEGMENTERS
from keras_uda.config.names import TRANSFORMS
from keras_uda.core.errors import UdaError
from keras_uda.training.step_table import GIB
from keras_uda.training.step_table import StepRow

given = []  # (configuration, that of `source_only` beside it, with rates) of what was asked for
TOO_SMALL_FOR = {"cycada"}  # its translator takes crops of 256x128
SMALL = ["--segmenter.name", "tiny", "--data.size", "64x48", "--data.batch", "1"]


def call(output, *flags: str) -> int:
    return main(["benchmark", "steps", *SMALL, "--output", str(output), *flags])


def names_in(output) -> list[str]:
    return list(json.loads((output / "steps.json").read_text())["steps"])


@pytest.fixture
def asked(monkeypatch):
    """Rows are measured without any process; the methods of those that were asked for."""
    runs, given[:] = [], []

    def measured(run, references, count, *, beside, rates):
        runs.append(run.method)
        given.append((run, beside, rates))
        if run.method == "dann":
            raise UdaError("a step", "killed by signal 9", "Try")
        same = {"peak_memory": 2.0 * GIB, "reference_peak_memory": 1.0 * GIB, "trained": 1, "state_bytes": 4}
        named = {"config": benchmark_steps.config_hash(benchmark_steps.to_dict(run)), "stage": run.method}
        seconds = {"seconds": [3.0] * count, "reference_seconds": [2.0] * count}
        return StepRow(setting="tiny", machine="here", **same, **named, **seconds)

    monkeypatch.setattr(benchmark_steps, "measured", measured)
    return runs


@pytest.mark.slow
@pytest.mark.ci
def test_two_methods_beside_source_only(tmp_path, capsys):
    assert call(tmp_path, "--methods", "source_only", "advent", "--turns", "2") == 0
    rows = json.loads((tmp_path / "steps.json").read_text())["steps"]
    assert list(rows) == ["source_only", "advent"]
    assert rows["advent"]["trained"] > rows["source_only"]["trained"]
    for row in rows.values():
        assert len(row["seconds"]) == 2 and min(row["seconds"] + row["reference_seconds"]) > 0
        assert row["setting"] == "tiny, 64x48, batch 1" and row["peak_memory"] > 2**26
    text = capsys.readouterr().out
    assert "1/2 source_only: " in text and "2/2 advent: " in text and "0:00 left" in text
    assert "| advent | advent | " in (tmp_path / "steps.md").read_text()
    assert not (tmp_path / "lock").exists()


def test_every_name_has_a_row(tmp_path, asked):
    assert call(tmp_path) == 8  # this `dann` ends
    assert set(asked) == {*RUN_METHODS} - TOO_SMALL_FOR
    kinds = {"weaklabel_pseudo", "weaklabel_oracle", "weaklabel_point"}
    assert {*names_in(tmp_path)} == {*RUN_METHODS, *kinds} - {"dann", "weaklabel"} - TOO_SMALL_FOR


def test_what_failed_is_named_and_tried_again(tmp_path, asked, capsys):
    assert call(tmp_path, "--methods", "minent", "dann", "advent") == 8
    captured = capsys.readouterr()
    assert "not measured: dann" in captured.err and "2/3 dann: killed by signal 9" in captured.out
    assert "- dann: killed by signal 9" in (tmp_path / "steps.md").read_text()
    assert call(tmp_path, "--methods", "minent", "dann", "adaptsegnet") == 8
    assert asked == ["minent", "dann", "advent", "dann", "adaptsegnet"]
    assert names_in(tmp_path) == ["minent", "advent", "adaptsegnet"]
    assert "1 of 1 rows" not in capsys.readouterr().out


def test_other_flags_do_not_join_a_table(tmp_path, asked, capsys):
    assert call(tmp_path, "--methods", "minent") == 0
    before = (tmp_path / "steps.json").read_bytes()
    assert call(tmp_path, "--methods", "advent", "minent", "--data.batch", "2") == 2
    assert "`minent` of another configuration" in capsys.readouterr().err
    assert asked == ["minent"] and (tmp_path / "steps.json").read_bytes() == before


def test_an_add_on_that_one_method_cannot_take(tmp_path, asked, capsys):
    assert call(tmp_path, "--methods", "minent", "source_only", "--add-ons", "entropy") == 8
    assert names_in(tmp_path) == ["minent"]
    assert "not measured: source_only" in capsys.readouterr().err
    assert "needs `target`" in (tmp_path / "steps.md").read_text()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--turns", "0"], "at least 1"),
        (["--methods", "advnt"], "Did you mean `advent`"),
        (["--config", "a.yaml"], "Use --methods or --configs"),
        (["--method=advent"], "Use --methods or --configs"),
        (["--segmenter.nam", "tiny"], "Did you mean `segmenter.name`"),
        (["--stpes", "3"], "Did you mean"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path, asked, capsys, flags, message):
    assert call(tmp_path / "new", *flags) == 2
    assert message in capsys.readouterr().err and not asked and not (tmp_path / "new").exists()


def test_notes_of_somebody_stay(tmp_path, asked, capsys):
    (tmp_path / "steps.md").write_text("mine")
    assert call(tmp_path, "--methods", "minent") == 2
    assert (tmp_path / "steps.md").read_text() == "mine" and not asked


def test_all_has_rows_of_every_kind_in_one_table(tmp_path, asked):
    assert main(["benchmark", "all", *SMALL, "--output", str(tmp_path)]) == 8
    names = names_in(tmp_path)
    every = {f"minent+{name}" for name in ADD_ONS} | {f"segmenter:{name}" for name in SEGMENTERS}
    every |= {f"sampler:{name}" for name in SAMPLERS} | {f"transform:{name}" for name in TRANSFORMS}
    missing = (every | set(RUN_METHODS)) - set(names) - {"weaklabel"}
    failed = (tmp_path / "steps.md").read_text().partition("Not measured:")[2]
    assert missing and all(f"- {name}: " in failed for name in missing)
    assert (
        missing
        <= {"dann", "minent+distil", "minent+points", "segmenter:deeplab_v2_resnet101_proda", "proda"} | TOO_SMALL_FOR
    )
    assert all(rates for _, _, rates in given)


def test_networks_and_sizes_are_compared_with_source_only_as_it_is(tmp_path, asked):
    assert call(tmp_path, "--kinds", "segmenters", "growth", "--growing", "advent") == 0
    assert (tmp_path / "growth.png").read_bytes().startswith(b"\x89PNG")
    rows = {name: (run, beside) for name, (run, beside, _) in zip(names_in(tmp_path), given, strict=True)}
    run, beside = rows["segmenter:segformer"]
    assert (run.segmenter.name, beside.segmenter.name) == ("segformer", "tiny")
    run, beside = rows["advent:size:128x96"]
    assert (run.method, run.data.target.size, beside.method, beside.data.target.size) == (
        "advent",
        "128x96",
        "source_only",
        "64x48",
    )
    assert rows["advent:batch:2"][0].data.batch == 2 and rows["advent:images:1600"][0].data.source.frames == 1600
    assert len(rows["advent:classes:76"][0].data.classes) == 76 and len(rows["advent:classes:9"][0].data.classes) == 9


def test_a_kind_that_there_is_not_is_refused(tmp_path, asked, capsys):
    assert call(tmp_path / "new", "--kinds", "segmenter") == 2
    assert "segmenters" in capsys.readouterr().err and not asked
