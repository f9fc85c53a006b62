"""`weak-labels budget`: trains with more and more weak labels; mIoU against the time that making them takes."""

import dataclasses
import json
from pathlib import Path

import numpy as np

from keras_uda.config.command_line import Parser
from keras_uda.config.command_line import add_run_flags
from keras_uda.config.command_line import run_config
from keras_uda.config.method_spec import argument_of
from keras_uda.config.method_spec import weak_kind
from keras_uda.config.names import BASELINES
from keras_uda.config.schema import RunConfig
from keras_uda.core.atomic import atomic_write
from keras_uda.core.console import say
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.runs.folder import RUNS
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.folder import read_json
from keras_uda.weak_labels.files import read_weak_labels
from keras_uda.weak_labels.labels import UNKNOWN
from keras_uda.weak_labels.labels import WeakLabels

# Seconds per class that a person is asked about, and per click: Bearman et al., What's the Point, ECCV 2016, section 4.
SECONDS_PER_TAG, SECONDS_PER_POINT = 1.0, 2.4


def budget(arguments: list[str]) -> None:
    """Runs every budget on every seed that is not finished yet; writes `budget.json` and `budget.png`."""
    parser = Parser(prog="python -m keras_uda weak-labels budget", description="What does an hour of tagging buy?")
    parser.add_argument("--budgets", default="0,25,100,400", metavar="N,N", help="images; 0 is --weak pseudo")
    parser.add_argument("--seeds", default="0", metavar="N,N", help="seeds to train with")
    parser.add_argument("--seconds-per-tag", type=float, metavar="S",
                        help=f"per class asked (default: as measured, else {SECONDS_PER_TAG})")  # fmt: skip
    parser.add_argument("--seconds-per-point", type=float, metavar="S",
                        help=f"per point (default: as measured, else {SECONDS_PER_POINT})")  # fmt: skip
    add_run_flags(parser)
    if not any(argument.split("=")[0] in ("--method", "--config") for argument in arguments):
        arguments = ["--method", "weaklabel", *arguments]
    if not any(argument.split("=")[0] in ("--weak", "--config") for argument in arguments):
        arguments = ["--weak", "oracle", *arguments]
    run, options = run_config(parser, arguments)
    kind = weak_kind(run)
    if kind not in ("oracle", "point"):
        raise UsageError("--weak", f"`{kind}` needs no tagging", "Use --weak oracle or --weak point")
    budgets, seeds = (numbers(options[name], f"--{name}") for name in ("budgets", "seeds"))
    folder = Path(options["output"] or RUNS / f"budget-{kind}")
    price = {"tag": options["seconds_per_tag"], "point": options["seconds_per_point"]}
    rows = [scored(one(run, images, seed), folder, images, price) for seed in seeds for images in budgets]
    atomic_write(folder / "budget.json", json.dumps({"weak": kind, "rows": rows}, indent=1))
    from keras_uda.report.figures import figure_to_png

    atomic_write(folder / "budget.png", figure_to_png(budget_curve(rows, kind)))
    for line in table(rows):
        say(line)
    say(f"written: {folder / 'budget.png'} and {folder / 'budget.json'}")


def numbers(text: str, flag: str) -> list[int]:
    """`"0,25"` -> [0, 25], without repeats."""
    try:
        values = sorted({int(part) for part in str(text).strip("[]").split(",")})
    except ValueError:
        values = [-1]
    if values[0] < 0:
        raise UsageError(flag, f"`{text}` is not a list of numbers", "Write for example 0,25,100")
    return values


def one(run: RunConfig, images: int, seed: int) -> RunConfig:
    """The configuration of one point of the curve."""
    if not images:
        data = dataclasses.replace(run.data, weak_labels=None, weak_images=None)
        return dataclasses.replace(without_labels(run), seed=seed, data=data, baselines="all")
    data = dataclasses.replace(run.data, weak_images=images)
    return dataclasses.replace(run, seed=seed, data=data, baselines="all")


def without_labels(run: RunConfig) -> RunConfig:
    """The configuration with tags that the network gives itself."""
    stages = {
        name: dataclasses.replace(stage, arguments=stage.arguments | {"weak": "pseudo"})
        if argument_of(stage, "weak")
        else stage
        for name, stage in run.stages.items()
    }
    return dataclasses.replace(run, stages=stages)


def scored(run: RunConfig, folder: Path, images: int, price: dict) -> dict:
    """Trains one point of the curve if it is not finished, and reads its scores and its price."""
    from keras_uda.commands.train import require_same_config
    from keras_uda.training.run import train

    place = RunFolder(folder / f"{weak_kind(run)}-{images}-seed{run.seed}")
    with place.claimed():
        require_same_config(place, run, "")
        if not place.finished:
            say(f"{place.path}: {images} images, seed {run.seed}")
            train(run, place)
    scores = read_json(place / "evaluation.json")
    if not scores.get("adapted"):
        raise DataError(
            run.data.target.root or run.data.target.name, "no labels to score on", "Give a target with a test split"
        )
    row = {"images": images, "seed": run.seed, "seconds": 0.0, "miou": scores["adapted"]["miou"]}
    if images:
        weak = read_weak_labels(place / "weak_labels.csv", classes=run.data.classes)
        row |= {"images": len(weak.images()), "seconds": round(seconds_of(weak, price, weak_kind(run) == "point"), 1)}
    return row | {name: (scores.get(name) or {}).get("miou") for name in BASELINES}


def seconds_of(weak: WeakLabels, price: dict[str, float | None], points: bool) -> float:
    """What making these labels takes: measured if the file has it and no price is given, else counted.

    Args:
        price: seconds per `tag` and per `point`, None for the default.
        points: whether the points are paid for.
    """
    if weak.seconds and price["tag"] is None and price["point"] is None:
        return sum(weak.seconds.values())
    per_tag, per_point = (
        default if price[name] is None else price[name]
        for name, default in (("tag", SECONDS_PER_TAG), ("point", SECONDS_PER_POINT))
    )
    tags = sum(int((entry != UNKNOWN).sum()) for entry in weak.tags.values())
    return per_tag * tags + per_point * points * sum(map(len, weak.points.values()))


def by_budget(rows: list[dict]) -> list[tuple[int, float, list[float]]]:
    """(images, mean seconds, mIoU of every seed), smallest budget first."""
    result = []
    for images in sorted({row["images"] for row in rows}):
        same = [row for row in rows if row["images"] == images]
        result.append((images, float(np.mean([row["seconds"] for row in same])), [row["miou"] for row in same]))
    return result


def table(rows: list[dict]) -> list[str]:
    lines = [f"{'images':>8} {'hours':>8} {'mIoU':>8} {'seeds':>6}"]
    for images, seconds, scores in by_budget(rows):
        lines.append(f"{images:>8} {seconds / 3600:>8.2f} {100 * np.mean(scores):>8.1f} {len(scores):>6}")
    for name in BASELINES:
        known = [row[name] for row in rows if row[name] is not None]
        if known:
            lines.append(f"{name:>17} {100 * np.mean(known):>8.1f}")
    return lines


def budget_curve(rows: list[dict], weak: str):
    """mIoU against annotation time, every seed and the mean; source-only and oracle as lines."""
    from keras_uda.report.figures import ADAPTED
    from keras_uda.report.figures import MODEL_COLOURS
    from keras_uda.report.figures import new_figure

    figure = new_figure(6.4, 3.8)
    axes, curve = figure.subplots(), by_budget(rows)
    unit, name = (3600, "hours") if curve[-1][1] > 5400 else (60, "minutes")
    times, means = [seconds / unit for _, seconds, _ in curve], [100 * np.mean(scores) for *_, scores in curve]
    axes.plot(times, means, color=ADAPTED, marker="o", label=f"weaklabel ({weak})")
    for number, (time, (images, _, scores), mean) in enumerate(zip(times, curve, means, strict=True)):
        axes.plot([time] * len(scores), [100 * score for score in scores], ".", color=ADAPTED, alpha=0.5)
        text = f"{images} images" if images else "pseudo"
        below = -12 if number % 2 else 8  # small budgets lie close together
        axes.annotate(text, (time, mean), xytext=(4, below), textcoords="offset points", fontsize=8)
    for baseline in BASELINES:
        known = [row[baseline] for row in rows if row[baseline] is not None]
        if known:
            label = baseline.replace("_", " ")
            axes.axhline(100 * np.mean(known), color=MODEL_COLOURS[baseline], linestyle="--", label=label)
    axes.set(xlabel=f"annotation time [{name}]", ylabel="target mIoU [%]")
    axes.legend(frameon=False, fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    return figure
