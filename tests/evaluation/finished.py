"""Finished runs as the tables see them: configuration, record, scores and a log, without any training."""

import json
from pathlib import Path

import numpy as np

from keras_uda.evaluation.metrics import scores
from keras_uda.runs.folder import RunFolder

CLASSES = ("road", "building", "person")
STEPS = ((10, 9.0), (20, 11.0), (30, 13.0))  # the first, tracing step took long


def matrix_with(right: float) -> np.ndarray:
    """A confusion matrix of 100 pixels of each class, of which a share is right and the others are called road."""
    hits = round(100 * right)
    return np.array([[100, 0, 0], [100 - hits, hits, 0], [100 - hits, 0, hits]])


def finished(output: Path, name: str, right: float, *, method: str = "", steps: int = 300, **record) -> RunFolder:
    """A run of the recipe or of any method, whose `right` share of pixels of two of three classes is found."""
    folder = RunFolder(output / name)
    folder.path.mkdir(parents=True)
    method = method or name.partition("-seed")[0].partition("@")[0]
    seed = int(name.rpartition("-seed")[2]) if "-seed" in name else 0
    classes = f"data: {{classes: [{', '.join(CLASSES)}]}}\n"
    stage = "minent" if method == "recipe" else method
    stages = f"stages: {{one: {{method: {stage}, steps: {steps}}}}}\n"
    (folder / "config.yaml").write_text(f"method: {method}\nseed: {seed}\n{classes}{stages}")
    write_scores(folder, method, right, steps)
    known = {"git_commit": "abc123", "world": 2, "processor": "A chip", "threads": 1, "started": 1.0, "versions": {}}
    known["command"] = f"python train.py --method {method} --output runs/x --steps {steps}"
    folder.update_record(status="finished", **(known | record))
    lines = [{"stage": "one", "step": step, "time": time} for step, time in STEPS]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def write_scores(folder: RunFolder, method: str, right: float, steps: int, **others: float) -> None:
    """`evaluation.json` of a run, with a subset `clean` that is a tenth better, and other models beside it."""
    who = method if method in ("source_only", "oracle") else "adapted"
    content = {}
    for model, share in {who: right, **others}.items():
        whole, clean = (scores(matrix_with(min(1.0, share * more)), CLASSES) for more in (1.0, 1.1))
        content[model] = {**whole, "train_steps": steps, "subsets": {"clean": clean}}
    (folder / "evaluation.json").write_text(json.dumps(content))
