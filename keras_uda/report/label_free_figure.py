"""How far scores without labels can be believed: their rank correlation with true mIoU, and harm against its alarm."""

from collections.abc import Mapping

import numpy as np

from keras_uda.core.console import shortened
from keras_uda.evaluation.label_free_table import SAME
from keras_uda.report.figures import ADAPTED
from keras_uda.report.figures import new_figure


def label_free_figure(content: Mapping, score: str):
    """Left: bars of the mean correlation of every score with a dot for each target. Right: one score, run by run.

    Args:
        content: of `label_free.json`.
        score: to show run by run: adapted minus source-only, without labels against true mIoU.
    """
    figure = new_figure(10, 3.8)
    left, right = figure.subplots(1, 2)
    draw_correlations(left, content["correlations"])
    draw_pairs(right, [cell for cell in content["cells"] if cell["pair"]], score)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def draw_correlations(axes, correlations: Mapping[str, Mapping[str, float]]) -> None:
    for place, of_targets in enumerate(correlations.values()):
        values = list(of_targets.values())
        axes.barh(place, np.mean(values) if values else 0.0, color=ADAPTED, alpha=0.4)
        axes.plot(values, [place] * len(values), ".", color=ADAPTED)
    axes.set_yticks(range(len(correlations)), list(correlations))
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set(xlabel="rank correlation with true mIoU, a dot for each target", xlim=(-1.05, 1.05))
    axes.invert_yaxis()


def draw_pairs(axes, pairs: list[Mapping], score: str) -> None:
    for target in sorted({cell["target"] for cell in pairs}):
        some = [cell for cell in pairs if cell["target"] == target]
        gains = [100 * (cell["miou"] - cell["pair"]["miou"]) for cell in some]
        indicated = [100 * cell["pair"]["difference"][score] for cell in some]
        axes.plot(gains, indicated, "o", ms=4, alpha=0.8, label=shortened(target))
    axes.axhline(0, color="black", linewidth=0.8)
    axes.axvspan(-100 * SAME, 100 * SAME, color="black", alpha=0.08, linewidth=0)
    axes.set(xlabel="adapted minus source-only, true mIoU [points]", ylabel=f"the same of {score} [points]")
    if pairs:
        axes.legend(frameon=False, fontsize=7)
