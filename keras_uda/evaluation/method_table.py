"""The table of `benchmark methods`: scores of whatever runs are finished in a folder, beside baselines as long."""

import json
from pathlib import Path
from statistics import mean
from statistics import median
from typing import NamedTuple

from keras_uda.config.names import BASELINES
from keras_uda.config.stored import read_run_config
from keras_uda.core.atomic import atomic_write
from keras_uda.evaluation.models import own_scores
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.metrics_log import read_metrics


class Cell(NamedTuple):
    """One finished run: scores by column name in percent, seconds per step, source batches of all its stages."""

    scores: dict[str, float | None]
    seconds_per_step: float
    source_steps: int


def folder_of(name: str, seed: int, output: Path) -> RunFolder:
    return RunFolder(output / f"{name}-seed{seed}")


def read_cell(folder: RunFolder) -> Cell | None:
    """Scores and speed of a finished run."""
    if not folder.finished:
        return None
    run, content = read_run_config(folder.path), json.loads((folder / "evaluation.json").read_text())
    return Cell(flat_scores(own_scores(content, run.method)), seconds_per_step(folder), run.source_steps)


def flat_scores(scores: dict) -> dict[str, float | None]:
    """{"mIoU": ..., "<class set>": ..., "<subset> mIoU": ..., ...} in percent."""
    columns = {"mIoU": scores["miou"]} | scores.get("class_sets", {})
    for subset, part in scores.get("subsets", {}).items():
        columns[f"{subset} mIoU"] = part["miou"]
        columns |= {f"{subset} {name}": value for name, value in part.get("class_sets", {}).items()}
    return {name: None if value is None else 100 * value for name, value in columns.items()}


def seconds_per_step(folder: RunFolder) -> float:
    """Median over the log lines, so that the first, tracing step and pauses do not count."""
    lines = read_metrics(folder / "metrics.jsonl")
    pairs = zip(lines, lines[1:], strict=False)
    steps = [(b["time"] - a["time"]) / (b["step"] - a["step"]) for a, b in pairs if b["step"] > a["step"]]
    return median(steps) if steps else float("nan")


def write_table(names: list[str], seeds: list[int], output: Path) -> None:
    """`table.md` and `table.json` from whatever is finished in the folder, rows of earlier calls too.

    Args:
        names, seeds: what this call was asked for; what of it is missing is named below the table.
    """
    places = {name: {seed: folder_of(name, seed, output) for seed in seeds} for name in names}
    for path in sorted(output.glob("*-seed*")):
        name, _, seed = path.name.rpartition("-seed")
        if seed.isdecimal():
            places.setdefault(name, {}).setdefault(int(seed), RunFolder(path))
    cells = {name: {s: read_cell(folder) for s, folder in sorted(row.items())} for name, row in places.items()}
    finished = {name: {s: cell for s, cell in row.items() if cell} for name, row in cells.items()}
    finished = {name: row for name, row in finished.items() if row or name in names}
    columns = next((list(cell.scores) for row in finished.values() for cell in row.values()), [])
    lines = [
        "| method | seeds | " + " | ".join(columns) + " | against source-only | gap closed | steps | s/step |",
        "|---" * (len(columns) + 6) + "|",
    ]
    for name, row in finished.items():
        values = [spread([cell.scores[column] for cell in row.values()]) for column in columns]
        speed = f"{median(cell.seconds_per_step for cell in row.values()):.2f}" if row else ""
        steps = " ".join(map(str, sorted({cell.source_steps for cell in row.values()})))
        seeds_done = " ".join(map(str, row)) or "none"
        compared = f"{gains(name, finished)} | {gap(name, finished)}"
        lines.append(f"| {name} | {seeds_done} | {' | '.join(values)} | {compared} | {steps} | {speed} |")
    missing = [f"{name} seed {seed}" for name in names for seed in seeds if seed not in finished[name]]
    lines += ["", f"Not finished: {', '.join(missing)}."] if missing else []
    atomic_write(output / "table.md", "\n".join(lines) + "\n")
    content = {name: {seed: cell._asdict() for seed, cell in row.items()} for name, row in finished.items()}
    atomic_write(output / "table.json", json.dumps(content, indent=1))


def spread(values: list[float | None]) -> str:
    """`26.6` for one seed, `26.6 (25.9 to 27.4)` for several, `n/a` where a class is absent."""
    known = [value for value in values if value is not None]
    if not known:
        return "n/a"
    text = f"{mean(known):.1f}"
    return text if len(known) == 1 else f"{text} ({min(known):.1f} to {max(known):.1f})"


def baseline(method: str, seed: int, cell: Cell, rows: dict[str, dict[int, Cell]]) -> float | None:
    """mIoU of the baseline of that seed with as many source batches as `cell` had; None if it is not there."""
    for name, row in rows.items():
        if name.partition("@")[0] == method and seed in row and row[seed].source_steps == cell.source_steps:
            return row[seed].scores["mIoU"]
    return None


def gains(name: str, rows: dict[str, dict[int, Cell]]) -> str:
    """`+6.1 / +4.5`: the difference to source-only of the same seed and length, seed by seed."""
    if name.partition("@")[0] in BASELINES:
        return ""
    pairs = [(cell.scores["mIoU"], baseline("source_only", seed, cell, rows)) for seed, cell in rows[name].items()]
    return " / ".join("n/a" if None in pair else f"{pair[0] - pair[1]:+.1f}" for pair in pairs)


def gap(name: str, rows: dict[str, dict[int, Cell]]) -> str:
    """Share of the way from source-only to the oracle of the same length, over the seeds that all three have."""
    if name.partition("@")[0] in BASELINES:
        return ""
    gained = distance = 0.0
    for seed, cell in rows[name].items():
        source, oracle = (baseline(method, seed, cell, rows) for method in BASELINES)
        if source is not None and oracle is not None:
            gained, distance = gained + cell.scores["mIoU"] - source, distance + oracle - source
    return f"{gained / distance:.0%}" if distance > 0 else "n/a"
