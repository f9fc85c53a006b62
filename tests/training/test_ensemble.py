"""The ensemble of a baseline and a method is a result of its own, now and when it is scored again."""

import json

import pytest

from keras_uda.api.evaluate import evaluate
from keras_uda.commands.train import parser
from keras_uda.config.command_line import run_config
from keras_uda.config.stored import read_run_config
from keras_uda.config.stored import to_dict
from keras_uda.core.strict_yaml import dump_yaml
from keras_uda.runs.folder import RunFolder
from keras_uda.segmenters.build import build_segmenter
from keras_uda.segmenters.build import save_segmenter
from keras_uda.segmenters.weights.record import make_record
from keras_uda.training.ensemble import in_percent
from keras_uda.training.ensemble import join_runs

SMALL = ["--segmenter.name", "tiny", "--segmenter.weights", "none", "--data.size", "64x48", "--steps", "2"]
SMALL += ["--data.source.frames", "2", "--data.target.frames", "2", "--data.target.eval_frames", "2"]


def member(path, method: str) -> RunFolder:
    """A finished run that was never trained."""
    run, _ = run_config(parser(), ["--method", method, *SMALL])
    folder = RunFolder(path)
    with folder.claimed():
        record = make_record(run.segmenter, run.data.classes, run.data.target.size)
        save_segmenter(build_segmenter(run.segmenter, len(run.data.classes)), path, record)
        (path / "config.yaml").write_text(dump_yaml(to_dict(run)))
        folder.update_record(status="finished", method=method)
    return folder


@pytest.mark.parametrize(
    "first",
    ["source_only", pytest.param("oracle", marks=pytest.mark.slow), pytest.param("minent", marks=pytest.mark.slow)],
)
def test_it_is_scored_as_adapted(tmp_path, monkeypatch, first):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    folders = [member(tmp_path / name, name) for name in dict.fromkeys((first, "minent", "advent"))][:2]
    output, again = RunFolder(tmp_path / "joined"), RunFolder(tmp_path / "again")
    join_runs(folders, None, output, scored=True)
    run = read_run_config(output.path)
    assert output.finished and {"versions", "seconds", "members", "shares"} <= set(output.record)
    rows = json.loads((output / "sections" / "ensemble.json").read_text())["rows"]
    assert rows[-1] == ["ensemble", 1.0, in_percent(json.loads((output / "evaluation.json").read_text())["adapted"])]
    assert [row[:2] for row in rows[:-1]] == [[folder.path.name, 0.5] for folder in folders]
    assert run.method == f"{folders[0].path.name}+{folders[1].path.name}"
    evaluate(output.path, output=again.path)
    one, other = (json.loads((folder / "evaluation.json").read_text()) for folder in (output, again))
    assert one["adapted"]["miou"] == other["adapted"]["miou"] is not None
    assert one["source_only"] is None and other["source_only"] is None
