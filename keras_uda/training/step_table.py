"""The table of `benchmark steps`: what a step of each method costs beside one of source-only."""

import json
from pathlib import Path
from statistics import median

from keras_uda.core.atomic import atomic_write
from keras_uda.core.errors import UsageError
from keras_uda.core.json_records import LARGEST_RECORD
from keras_uda.core.json_records import Record
from keras_uda.core.json_records import parse_json
from keras_uda.core.outside import read_bytes

FILE, TABLE = "steps.json", "steps.md"
GIB = 2**30


class StepRow(Record):
    """What was measured of one method.

    Args:
        config: hash of its configuration.
        setting: network, size and batch in words.
        stage: that was timed: its method and its add-ons.
        seconds, reference_seconds: of a step and of source-only's beside it, turn by turn.
        peak_memory, reference_peak_memory: of their processes, in bytes; null where the system does not say.
        trained: numbers that are trained.
        state_bytes: of a checkpoint.
        machine: versions, commit, threads.
        pipeline: batches a second of the input pipeline; null: not measured.
        inference, reference_inference: seconds from one frame to its label map; null: not measured.
        exchanged: bytes that replicas add up in a step; null: not known.
    """

    config: str
    setting: str
    stage: str
    seconds: list[float]
    reference_seconds: list[float]
    peak_memory: float | None
    reference_peak_memory: float | None
    trained: int
    state_bytes: int
    machine: str
    pipeline: float | None = None
    inference: float | None = None
    reference_inference: float | None = None
    exchanged: int | None = None

    @property
    def ratios(self) -> list[float]:
        return [own / other for own, other in zip(self.seconds, self.reference_seconds, strict=True)]

    @property
    def pipeline_ratio(self) -> float | None:
        """The rate of the pipeline in units of that of the steps; below 1 the steps wait for it."""
        return None if self.pipeline is None else self.pipeline * median(self.seconds)

    @property
    def inference_ratio(self) -> float | None:
        """Inference in units of that of the reference."""
        known = None not in (self.inference, self.reference_inference)
        return self.inference / self.reference_inference if known else None


class StepRows(Record):
    """What the file holds, by name of the row."""

    steps: dict[str, StepRow]


def read_rows(folder: Path) -> dict[str, StepRow]:
    """What earlier calls measured; nothing where there is no folder yet.

    Raises:
        UsageError: files of these names that are no such table.
    """
    path = folder / FILE
    if not path.exists():
        if (folder / TABLE).exists():
            raise UsageError(folder / TABLE, f"is there without its {FILE}", "Move it away, or choose another --output")
        return {}
    return rows_of(path)


def rows_of(path: Path) -> dict[str, StepRow]:
    """The rows of a file.

    Raises:
        UsageError: it is no such table.
    """
    remedy = "Move it away, or choose another --output"
    text = read_bytes(path, LARGEST_RECORD, error=UsageError, remedy=remedy)
    try:
        return StepRows(**parse_json(text, StepRows)).steps
    except ValueError as error:
        raise UsageError(path, f"no table of steps ({error})", remedy) from error


def write_rows(folder: Path, rows: dict[str, StepRow], failed: dict[str, str]) -> None:
    """`steps.json` and `steps.md`; what failed is named below the table."""
    content = {"steps": {name: row.model_dump() for name, row in rows.items()}}
    atomic_write(folder / FILE, json.dumps(content, indent=1))
    atomic_write(folder / TABLE, table(rows, failed))


def table(rows: dict[str, StepRow], failed: dict[str, str]) -> str:
    """Markdown, a line for each row."""
    head = ("method", "its last stage", "step", "peak memory", "more than source-only", "pipeline", "inference")
    head += ("exchanged", "trained", "state", "with")
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    lines += [f"| {' | '.join(cells(name, row))} |" for name, row in rows.items()]
    lines += [
        "",
        "Step: of the last stage, as a multiple of a step of `source_only` with the same network, sizes, batch and",
        "optimiser (rows with a colon: of `source_only` as the command has it) that was timed in turn with it: the",
        "median over the turns (smallest to largest). Memory: of the process, in GiB. Pipeline: batches that it gives",
        "while one step is taken. Inference: of one frame, as a multiple of that of `source_only`. Exchanged: what",
        "replicas add up in a step, in MiB. Trained: numbers that are trained, in millions. State: all that a",
        "checkpoint holds, in MiB.",
        "",
        *sorted({f"Measured with {row.machine}." for row in rows.values()}),
    ]
    lines += ["", "Not measured:", *(f"- {name}: {why}" for name, why in failed.items())] if failed else []
    return "\n".join(lines) + "\n"


def cells(name: str, row: StepRow) -> list[str]:
    memory = [row.peak_memory, row.reference_peak_memory]
    known = None not in memory
    return [
        name,
        row.stage,
        spread(row.ratios),
        f"{memory[0] / GIB:.2f}" if known else "n/a",
        f"{(memory[0] - memory[1]) / GIB:+.2f}" if known else "n/a",
        "n/a" if row.pipeline_ratio is None else f"{row.pipeline_ratio:.1f}",
        "n/a" if row.inference_ratio is None else f"{row.inference_ratio:.2f}",
        "n/a" if row.exchanged is None else f"{row.exchanged / 2**20:.1f}",
        f"{row.trained / 1e6:.2f}",
        f"{row.state_bytes / 2**20:.1f}",
        row.setting,
    ]


def spread(ratios: list[float]) -> str:
    """`1.93 (1.90 to 2.01)`."""
    return f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
