"""Label-free scores of finished runs against their true mIoU: rank correlation, hits and false alarms. numpy only."""

from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np

SAME = 0.01  # of mIoU: seeds and threads move a run by more than that
FEWEST = 4  # points of a target, from which their order says something
ALWAYS = {"always adapted": 1.0, "always source-only": -1.0}  # what a score must be better than


def ranks(values: Sequence[float]) -> np.ndarray:
    """Place of each value in their order, from 1; equal ones share the mean of their places: float64 (n,)."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[places]


def spearman(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Correlation of the ranks of two lists of numbers; None where one of them is constant.

    Source: Spearman, The Proof and Measurement of Association between Two Things, American Journal of Psychology 1904
    """
    both = [ranks(values) for values in (first, second)]
    if any(np.ptp(one) == 0 for one in both):
        return None
    return float(np.corrcoef(*both)[0, 1])


def correlations(cells: Sequence[Mapping]) -> dict[str, dict[str, float]]:
    """Score -> target -> rank correlation with true mIoU over the runs and source-only networks of that target.

    Args:
        cells: with `target`, `miou`, `scores`, `mirror` and `pair`, as `label_free_study` makes them.
    """
    points: dict[str, dict[tuple, Mapping]] = {}
    for cell in cells:
        of_target = points.setdefault(cell["target"], {})
        of_target[cell["run"],] = cell
        if cell["pair"]:
            of_target["source_only", cell["pair"]["run"]] = cell["pair"]
    found: dict[str, dict[str, float]] = {name: {} for name in cells[0]["scores"]}
    for target, of_target in points.items():
        for name, row in found.items():
            some = list(of_target.values())
            both = [one["miou"] for one in some], comparable(some, name)
            rho = spearman(*both) if len(some) >= FEWEST else None
            if rho is not None:
                row[target] = rho
    return found


def comparable(some: Sequence[Mapping], name: str) -> list[float]:
    """A score of some networks on one target; `mirror_iou` over the same classes, those large for any of them."""
    if name != "mirror_iou":
        return [one["scores"][name] for one in some]
    classes = sorted(set().union(*(one["mirror"]["large"] for one in some)))
    return [float(np.mean([one["mirror"]["iou"][number] for number in classes])) for one in some]


def decisions(cells: Sequence[Mapping]) -> dict[str, dict]:
    """What each score says of "adapted or source-only", and what was true.

    Returns:
        Score -> `harms`, `hits` (of them, said so), `goods`, `false_alarms` (of them, called harm), and `kept`, the
        mean mIoU of what it would keep. Runs within a point of source-only are neither harm nor good. `by labels`
        keeps the better one by its true mIoU.
    """
    pairs = [cell for cell in cells if cell["pair"]]
    gains = np.array([cell["miou"] - cell["pair"]["miou"] for cell in pairs])
    said = {name: np.array([cell["pair"]["difference"][name] for cell in pairs]) for name in cells[0]["scores"]}
    said |= {name: np.full(len(pairs), value) for name, value in ALWAYS.items()} | {"by labels": gains}
    return {name: _decision(pairs, gains, differences) for name, differences in said.items()} if pairs else {}


def _decision(pairs: Sequence[Mapping], gains: np.ndarray, differences: np.ndarray) -> dict:
    alarm, harm, good = differences < 0, gains <= -SAME, gains >= SAME
    kept = [cell["pair"]["miou"] if bad else cell["miou"] for cell, bad in zip(pairs, alarm, strict=True)]
    return {
        "harms": int(harm.sum()),
        "hits": int((harm & alarm).sum()),
        "goods": int(good.sum()),
        "false_alarms": int((good & alarm).sum()),
        "kept": float(np.mean(kept)),
    }


def lines(content: Mapping) -> list[str]:
    """The table as Markdown."""
    rows = ["| score | mean rank correlation (targets) | harm seen | false alarms | mIoU of what it keeps |",
            "|---|---|---|---|---|"]  # fmt: skip
    for name in [
        *content["correlations"],
        *(one for one in content["decisions"] if one not in content["correlations"]),
    ]:
        known = list(content["correlations"].get(name, {}).values())
        rank = f"{np.mean(known):.2f} ({len(known)})" if known else ""
        one = content["decisions"].get(name)
        rows.append(f"| {name} | {rank} | {_cells(one) if one else ' | | '} |")
    return rows


def _cells(one: Mapping) -> str:
    return f"{one['hits']} of {one['harms']} | {one['false_alarms']} of {one['goods']} | {100 * one['kept']:.1f}"
