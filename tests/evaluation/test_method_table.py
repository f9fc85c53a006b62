"""A table of methods from whatever is finished, beside baselines that trained as long."""

import json

from keras_uda.evaluation.method_table import folder_of
from keras_uda.evaluation.method_table import write_table


def finished(output, name: str, seed: int, miou: float, steps: int = 300) -> None:
    folder = folder_of(name, seed, output).path
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps({"status": "finished"}))
    method = name.partition("@")[0]
    (folder / "config.yaml").write_text(f"method: {method}\nstages: {{one: {{method: {method}, steps: {steps}}}}}\n")
    who = method if method in ("source_only", "oracle") else "adapted"
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
    assert "| minent | 0 1 | 20.0 (16.0 to 24.0) | +6.0 / +4.0 | 33% | 300 | 0.20 |" in table
    assert "| advent | 1 | 25.0 | +5.0 | 50% | 300 | 0.20 |" in table
    assert "Not finished: advent seed 0." in table


def test_what_trains_longer_is_compared_with_what_trained_as_long(tmp_path):
    finished(tmp_path, "source_only", 0, 0.10)
    finished(tmp_path, "oracle", 0, 0.30)
    finished(tmp_path, "cbst", 0, 0.20, steps=600)
    write_table(["cbst"], [0], tmp_path)
    assert "| cbst | 0 | 20.0 | n/a | n/a | 600 |" in (tmp_path / "table.md").read_text()
    finished(tmp_path, "source_only@600", 0, 0.15, steps=600)
    finished(tmp_path, "oracle@600", 0, 0.35, steps=600)
    write_table(["cbst"], [0], tmp_path)
    table = (tmp_path / "table.md").read_text()
    assert "| cbst | 0 | 20.0 | +5.0 | 25% | 600 |" in table and "| oracle@600 | 0 | 35.0 |  |  | 600 |" in table


def test_a_second_call_keeps_the_rows_of_the_first(tmp_path):
    finished(tmp_path, "minent", 3, 0.2)
    finished(tmp_path, "advent", 0, 0.3)
    write_table(["advent"], [0], tmp_path)
    table = (tmp_path / "table.md").read_text()
    assert "| minent | 3 | 20.0 |" in table and "Not finished" not in table


def test_a_baseline_is_scored_as_itself_beside_the_other_one(tmp_path):
    finished(tmp_path, "oracle", 0, 0.3)
    content = {"source_only": {"miou": 0.1}, "adapted": None, "oracle": {"miou": 0.3}}
    (folder_of("oracle", 0, tmp_path) / "evaluation.json").write_text(json.dumps(content))
    write_table(["oracle"], [0], tmp_path)
    assert "| oracle | 0 | 30.0 |" in (tmp_path / "table.md").read_text()
