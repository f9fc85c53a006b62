"""Trains with more and more weak labels: what an hour of making them buys."""

from keras_uda.core import runtime  # noqa: F401 - first: it keeps TensorFlow from greeting on stderr

# isort: split
import dataclasses
from pathlib import Path

from keras_uda.config.method_spec import add_on_facts
from keras_uda.config.method_spec import argument_of
from keras_uda.config.method_spec import weak_kind
from keras_uda.config.names import BASELINES
from keras_uda.config.schema import RunConfig
from keras_uda.config.several import without_weak_labels
from keras_uda.config.stage_schema import StageConfig
from keras_uda.core.console import say
from keras_uda.core.errors import DataError
from keras_uda.evaluation.models import ADAPTED
from keras_uda.evaluation.scores_file import read_scores
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.resume import require_same_config
from keras_uda.training.run import train
from keras_uda.weak_labels.files import read_weak_labels
from keras_uda.weak_labels.price import Price
from keras_uda.weak_labels.price import annotation_seconds


def budget_rows(run: RunConfig, budgets: list[int], seeds: list[int], folder: Path, price: Price) -> list[dict]:
    """Trains every budget on every seed that is not finished yet.

    Args:
        run: with weak labels.
        budgets: numbers of images with weak labels; 0: those that the network gives itself.
        seeds: to train with.
        folder: of the runs.
        price: of the labels.
    Returns:
        For each: `images`, `seed`, `seconds` of annotation, `miou`, and that of the baselines or None.
    """
    points = [(images, run_of_budget(run, images, seed)) for seed in seeds for images in budgets]
    return [train_budget(one, folder, images, price) for images, one in points]


def run_of_budget(run: RunConfig, images: int, seed: int) -> RunConfig:
    """The configuration of one point of the curve."""
    data = dataclasses.replace(run.data, weak_images=images) if images else without_weak_labels(run.data)
    run = dataclasses.replace(run, seed=seed, data=data, baselines="all")
    return run if images else without_labels(run)


def without_labels(run: RunConfig) -> RunConfig:
    """The configuration with tags that the network gives itself, and without add-ons that read what a person gives."""

    def without(stage: StageConfig) -> StageConfig:
        arguments = stage.arguments | ({"weak": "pseudo"} if argument_of(stage, "weak") else {})
        kept = {name: options for name, options in stage.add_ons.items() if not add_on_facts(name).reads}
        return dataclasses.replace(stage, arguments=arguments, add_ons=kept)

    return dataclasses.replace(run, stages={name: without(stage) for name, stage in run.stages.items()})


def train_budget(run: RunConfig, folder: Path, images: int, price: Price) -> dict:
    """Trains one point of the curve if it is not finished, and reads its scores and its price."""
    kind = weak_kind(run)
    place = RunFolder(folder / f"{kind or 'none'}-{images}-seed{run.seed}")
    with place.claimed():
        require_same_config(place, run)
        if not place.finished:
            say(f"{place.path}: {images} images, seed {run.seed}")
            train(run, place)
    scores = read_scores(place.path)
    if not scores.get(ADAPTED):
        where = run.data.target.root or run.data.target.name
        raise DataError(where, "no labels to score on", "Give a target with a test split")
    row = {"images": images, "seed": run.seed, "seconds": 0.0, "miou": scores[ADAPTED]["miou"]}
    if images:
        weak = read_weak_labels(place / "weak_labels.csv", classes=run.data.classes)
        seconds = annotation_seconds(weak, price, points=kind == "point")
        row |= {"images": len(weak.images()), "seconds": round(seconds, 1)}
    return row | {name: (scores.get(name) or {}).get("miou") for name in BASELINES}
