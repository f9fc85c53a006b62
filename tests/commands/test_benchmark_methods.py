"""`benchmark methods`: nothing is trained twice, runs are taken as they are, tables are made of files alone."""

import json

import pytest

from keras_uda.__main__ import main
from keras_uda.commands import benchmark_methods
from tests.evaluation.finished import finished


def call(*flags: str) -> int:
    return main(["benchmark", "methods", *flags])


def rows_in(results, name: str = "sim_to_street-world2") -> list[tuple[str, int]]:
    cells = json.loads((results / f"{name}.json").read_text())["cells"]
    return [(cell["row"], cell["seed"]) for cell in cells]


@pytest.fixture
def trained(monkeypatch):
    """Runs are drawn instead of trained; the commands that were given."""
    commands = []

    class Done:
        returncode = 0

    def run(command):
        commands.append(command)
        output = benchmark_methods.Path(command[command.index("--output") + 1])
        if "fails" in output.name:
            Done.returncode = 3
            return Done
        Done.returncode = 0
        finished(output.parent, output.name, 0.5, method=output.name.partition("-seed")[0].partition("@")[0])
        return Done

    monkeypatch.setattr(benchmark_methods.subprocess, "run", run)
    return commands


def test_finished_cells_are_never_run_again(tmp_path, trained):
    flags = ["--methods", "source_only", "minent", "--seeds", "0", "2", "--output", str(tmp_path)]
    assert call(*flags) == 0 and len(trained) == 4
    assert rows_in(tmp_path) == [("minent", 0), ("minent", 2), ("source_only", 0), ("source_only", 2)]
    (tmp_path / "minent-seed2" / "run.json").write_text(json.dumps({"status": "interrupted"}))
    for path in (tmp_path / "minent-seed2").iterdir():
        path.unlink()
    (tmp_path / "minent-seed2").rmdir()
    assert call(*flags, "--seeds", "0", "2", "3", "--only", "minent") == 0
    named = [command[command.index("--output") + 1].rpartition("/")[2] for command in trained[4:]]
    assert named == ["minent-seed2", "minent-seed3"]
    assert "--baselines" in trained[0] and trained[0][trained[0].index("--seed") + 1] == "0"
    table = (tmp_path / "sim_to_street-world2.md").read_text()
    assert "| minent | 0 2 3 |" in table and (tmp_path / "sim_to_street-world2-scores.png").exists()


def test_pairs_have_folders_of_their_own(tmp_path, trained):
    for pair in ("a_to_b", "c_to_d"):
        (tmp_path / "configs" / pair).mkdir(parents=True)
        text = "method: minent\noptimizers: {segmenter: {}}\nstages: {a: {method: minent, steps: 3}}"
        (tmp_path / "configs" / pair / "minent.yaml").write_text(text)
    pairs = [f"{tmp_path}/configs/a_to_b --data.batch 2", f"{tmp_path}/configs/c_to_d"]
    assert call("--pairs", *pairs, "--seeds", "0", "--output", str(tmp_path / "runs"), "--steps", "5") == 0
    assert (tmp_path / "runs" / "a_to_b" / "minent-seed0").is_dir() and rows_in(tmp_path / "runs", "c_to_d-world2")
    first, second = (command[command.index("none") + 1 :] for command in trained)
    assert first == ["--steps", "5", "--data.batch", "2"] and second == ["--steps", "5"]


def test_what_fails_is_named_and_the_others_are_there(tmp_path, trained, capsys):
    (tmp_path / "fails.yaml").write_text(
        "method: minent\noptimizers: {segmenter: {}}\nstages: {a: {method: minent, steps: 3}}"
    )
    flags = ["--configs", str(tmp_path / "fails.yaml"), "--methods", "minent", "--seeds", "1"]
    assert call(*flags, "--output", str(tmp_path / "runs")) == 8
    assert "not finished: fails seed 1" in capsys.readouterr().err
    assert rows_in(tmp_path / "runs") == [("minent", 1)]


def test_runs_are_taken_from_anywhere(tmp_path, capsys):
    one = finished(tmp_path / "here", "source_only-seed0", 0.2)
    runs = [one, finished(tmp_path / "there", "recipe-20260101-1", 0.5, method="recipe")]
    old = finished(tmp_path / "old", "minent-seed4", 0.4, world=None)
    paths = [str(run.path) for run in runs]
    assert call("--from", *paths, "--results", str(tmp_path / "results")) == 0
    assert call("--from", str(old.path), "--world", "1", "--results", str(tmp_path / "results")) == 0
    assert rows_in(tmp_path / "results") == [("recipe", 0), ("source_only", 0)]
    assert rows_in(tmp_path / "results", "sim_to_street-world1") == [("minent", 4)]
    assert "| recipe | 0 | " in (tmp_path / "results" / "sim_to_street-world2.md").read_text()
    assert call("--from", str(tmp_path / "none"), paths[0], "--results", str(tmp_path / "results")) == 8
    assert "not a finished run" in capsys.readouterr().err


def test_tables_are_made_of_the_files_alone(tmp_path):
    run = finished(tmp_path / "run", "minent-seed0", 0.5)
    assert call("--from", str(run.path), "--results", str(tmp_path)) == 0
    made = sorted(path.name for path in tmp_path.glob("sim_to_street*"))
    before = {name: (tmp_path / name).read_bytes() for name in made}
    for name in made:
        if not name.endswith(".json"):
            (tmp_path / name).unlink()
    for path in run.path.iterdir():
        path.unlink()
    assert call("--draw", "--results", str(tmp_path)) == 0
    assert {name: (tmp_path / name).read_bytes() for name in made} == before and len(made) == 6


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--draw", "--steps", "3"], "nothing is trained here"),
        (["--draw"], "no cells here"),
        (["--only", "mnient", "--methods", "minent"], "there is no row `mnient`"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path, capsys, flags, words):
    assert call(*flags, "--results", str(tmp_path)) == 2
    assert words in capsys.readouterr().err
