"""A run folder as `train.py` leaves it, drawn instead of trained: small, seeded, plausible."""

import dataclasses
import json
from pathlib import Path

import numpy as np

from keras_uda.config.data_schema import DataConfig
from keras_uda.config.data_schema import DomainConfig
from keras_uda.config.schema import EvaluationConfig
from keras_uda.config.schema import RunConfig
from keras_uda.config.stage_schema import StageConfig
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import IGNORE
from keras_uda.core.classes import colourise
from keras_uda.core.strict_yaml import dump_yaml
from keras_uda.evaluation import metrics

MISTAKES = {"source_only": 0.34, "adapted": 0.2, "oracle": 0.08}


def street(random: np.random.Generator, width: int, height: int) -> np.ndarray:
    """uint8 (height,width): sky, houses, trees, road, pavement, a few things on it; the bonnet is ignored."""
    y, x = np.mgrid[0:height, 0:width] / np.array([height, width])[:, None, None]
    horizon, centre = random.uniform(0.38, 0.5), random.uniform(0.4, 0.6)
    label = np.full((height, width), CITYSCAPES.index("sky"), "uint8")
    for place in np.linspace(0, 1, 9):
        name = random.choice(["building", "building", "vegetation", "wall", "sky"])
        top = horizon - random.uniform(0.05, 0.35)
        label[(abs(x - place) < 0.07) & (y > top)] = CITYSCAPES.index(name)
    label[y > horizon] = CITYSCAPES.index("terrain" if random.random() < 0.3 else "sidewalk")
    label[(y > horizon) & (abs(x - centre) < 0.9 * (y - horizon) + 0.03)] = CITYSCAPES.index("road")
    for name in random.choice(["car", "person", "bicycle", "pole", "traffic sign", "truck", "rider"], 6):
        wide = {"car": 0.12, "truck": 0.14, "pole": 0.012}.get(name, 0.04)
        left, foot = random.uniform(0, 1), random.uniform(horizon + 0.05, 0.8)
        tall = 0.5 if name == "pole" else 1.6 * wide
        label[(abs(x - left) < wide / 2) & (y < foot) & (y > foot - tall)] = CITYSCAPES.index(name)
    label[y > 0.95] = IGNORE
    return label


def photograph(random: np.random.Generator, label: np.ndarray) -> np.ndarray:
    """uint8 (height,width,3): the label's colours, washed out, shaded and noisy."""
    shaded = 0.35 * colourise(label, CITYSCAPES) + np.linspace(150, 40, label.shape[0])[:, None, None]
    return np.clip(shaded + random.normal(0, 9, (*label.shape, 1)), 0, 255).astype("uint8")


def guess(random: np.random.Generator, label: np.ndarray, mistakes: float) -> np.ndarray:
    """A prediction that is wrong in about `mistakes` of its blocks, and guesses at ignored pixels too."""
    height, width = label.shape
    block = max(2, height // 24)
    field = random.random((height // block + 1, width // block + 1)) * random.uniform(0.7, 1.4)
    wrong = np.kron(field, np.ones((block, block)))[:height, :width] < mistakes
    other = np.roll(label, random.integers(height // 6, height // 2), axis=0)
    prediction = np.where(wrong, other, label)
    return np.where(prediction == IGNORE, 0, prediction).astype("uint8")


def make_run(
    folder: Path, *, frames: int = 8, size: tuple[int, int] = (96, 64), labelled: bool = True, models=tuple(MISTAKES)
) -> Path:
    """Writes a whole run folder.

    Args:
        folder: to make.
        frames: evaluation frames.
        size: (width, height).
        labelled: False for a target without labels.
        models: out of `source_only`, `adapted`, `oracle`.
    """
    random = np.random.default_rng(7)
    run = configuration(size)
    labels = np.stack([street(random, *size) for _ in range(frames)])
    names = [f"{'dusk' if i % 3 == 0 else 'noon'}_{i:04d}.png" for i in range(frames)]
    (folder / "frames").mkdir(parents=True)
    matrices, means = {}, {}
    for model in models:
        maps = np.stack([guess(random, label, MISTAKES[model]) for label in labels])
        matrices[model], means[model] = scored(run, names, labels, maps)
        arrays = {"names": np.array(names), "predictions": maps}
        if model == "adapted":
            arrays["images"] = np.stack([photograph(random, label) for label in labels])
            arrays["entropy"] = (255 * random.random(labels.shape) ** 3).astype("uint8")
            arrays |= {"labels": labels} if labelled else {}
        np.savez_compressed(folder / "frames" / f"{model}.npz", **arrays)
    read = ["evaluation", "oracle"] if labelled else []
    content = metrics.assemble(
        run,
        matrices if labelled else {},
        steps=dict.fromkeys(("source_only", "adapted", "oracle"), 420),
        target_labels_read=read,
    )
    write_json(folder / "evaluation.json", content)
    write_json(folder / "frames" / "scores.json", means if labelled else {})
    write_json(folder / "run.json", RECORD)
    settings = json.loads(json.dumps(dataclasses.asdict(run)))
    (folder / "config.yaml").write_text(dump_yaml(settings))
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in metric_lines(random, run.stages)))
    return folder


def configuration(size: tuple[int, int]) -> RunConfig:
    stages = {"warm_up": StageConfig(steps=120), "adapt": StageConfig(method="advent", steps=300)}
    data = DataConfig(target=DomainConfig(name="street", size=f"{size[0]}x{size[1]}"))
    scoring = EvaluationConfig(subsets={"dusk": "dusk_*"}, class_sets={"the five": ["road", "building", "sky", "car"]})
    return RunConfig(method="advent", data=data, stages=stages, evaluation=scoring)


def scored(run: RunConfig, names: list[str], labels: np.ndarray, maps: np.ndarray):
    """(matrices, mIoU by frame) of one model."""
    matrices, means = metrics.Matrices(len(CITYSCAPES), run.evaluation.subsets), {}
    for name, label, prediction in zip(names, labels, maps, strict=True):
        matrix = metrics.confusion(label, prediction, len(CITYSCAPES))
        matrices.add(name, matrix)
        means[name] = metrics.frame_miou(matrix)
    return matrices, means


RECORD = {
    "status": "finished",
    "method": "advent",
    "seed": 0,
    "git_commit": "0123456789ab-dirty",
    "versions": {"keras_uda": "0.1.0", "tensorflow": "2.21.0", "keras": "3.15.0"},
    "seconds": 754.2,
    "labels": {"evaluation": 101, "oracle": 367},
}


def metric_lines(random: np.random.Generator, stages: dict[str, StageConfig]):
    """Lines of `metrics.jsonl`, one every ten steps."""
    seconds = 0.0
    for name, stage in stages.items():
        for step in range(10, stage.steps + 1, 10):
            seconds += 3.1
            noise = random.normal(0, 0.05, 3)
            line = {"stage": name, "step": step, "time": round(seconds, 2)}
            line["segmentation"] = float(0.25 + 2.5 * np.exp(-step / 40) + noise[0] ** 2 * 10)
            if stage.method == "advent":
                line |= {"adversarial": 0.9 + step / 500 + noise[1], "discriminator_loss": 0.45 + noise[2]}
            yield line


def write_json(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, allow_nan=False))
