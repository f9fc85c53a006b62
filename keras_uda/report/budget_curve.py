"""What an hour of making weak labels buys: a table and a curve of mIoU against annotation time."""

import numpy as np

from keras_uda.config.names import BASELINES
from keras_uda.report.figures import ADAPTED
from keras_uda.report.figures import MODEL_COLOURS
from keras_uda.report.figures import new_figure


def by_budget(rows: list[dict]) -> list[tuple[int, float, list[float]]]:
    """(images, mean seconds, mIoU of every seed), smallest budget first."""
    result = []
    for images in sorted({row["images"] for row in rows}):
        same = [row for row in rows if row["images"] == images]
        result.append((images, float(np.mean([row["seconds"] for row in same])), [row["miou"] for row in same]))
    return result


def baseline_means(rows: list[dict]) -> dict[str, float]:
    """Mean mIoU in percent of each baseline that was trained."""
    known = {name: [row[name] for row in rows if row[name] is not None] for name in BASELINES}
    return {name: 100 * np.mean(values) for name, values in known.items() if values}


def budget_table(rows: list[dict]) -> list[str]:
    """Lines for a terminal."""
    lines = [f"{'images':>8} {'hours':>8} {'mIoU':>8} {'seeds':>6}"]
    for images, seconds, scores in by_budget(rows):
        lines.append(f"{images:>8} {seconds / 3600:>8.2f} {100 * np.mean(scores):>8.1f} {len(scores):>6}")
    return lines + [f"{name:>17} {miou:>8.1f}" for name, miou in baseline_means(rows).items()]


def budget_curve(rows: list[dict], name: str):
    """mIoU against annotation time, every seed and the mean; the baselines as lines. `name` is of the curve."""
    figure = new_figure(6.4, 3.8)
    axes, curve = figure.subplots(), by_budget(rows)
    seconds_per_unit, unit = (3600, "hours") if curve[-1][1] > 5400 else (60, "minutes")
    times = [seconds / seconds_per_unit for _, seconds, _ in curve]
    axes.plot(times, [100 * np.mean(scores) for *_, scores in curve], color=ADAPTED, marker="o", label=name)
    for number, (time, (images, _, scores)) in enumerate(zip(times, curve, strict=True)):
        axes.plot([time] * len(scores), [100 * score for score in scores], ".", color=ADAPTED, alpha=0.5)
        text = f"{images} images" if images else "pseudo"
        place = {"xytext": (4, -12 if number % 2 else 8), "textcoords": "offset points"}  # small budgets lie close
        axes.annotate(text, (time, 100 * np.mean(scores)), fontsize=8, **place)
    for baseline, miou in baseline_means(rows).items():
        axes.axhline(miou, color=MODEL_COLOURS[baseline], linestyle="--", label=baseline.replace("_", " "))
    axes.set(xlabel=f"annotation time [{unit}]", ylabel="target mIoU [%]")
    axes.legend(frameon=False, fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    return figure
