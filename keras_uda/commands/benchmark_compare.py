"""`benchmark --compare A.json B.json`: what became slower, larger or faster between two tables of steps."""

from pathlib import Path

from keras_uda.config.parser import Parser
from keras_uda.core.console import say
from keras_uda.core.errors import UsageError
from keras_uda.training.step_table import GIB
from keras_uda.training.step_table import StepRow
from keras_uda.training.step_table import median
from keras_uda.training.step_table import rows_of

HEAD = ("row", "step A", "step B", "change", "", "memory A", "memory B", "pipeline A", "pipeline B", "inference A")
HEAD += ("inference B",)
CLEAR_MEMORY = 0.05  # of a peak: less is the allocator's


def main(arguments: list[str]) -> None:
    parser = Parser(prog="python -m keras_uda benchmark", description=__doc__)
    parser.add_argument("--compare", nargs=2, metavar=("A.json", "B.json"), required=True, help="tables of steps")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    before, after = (Path(name) for name in parser.parse_args(arguments).compare)
    for path in (before, after):
        if not path.is_file():
            raise UsageError(
                "--compare", f"{path} is not a file", "Name two files that `benchmark steps` or `all` wrote"
            )
    say(compared(rows_of(before), rows_of(after)))


def compared(before: dict[str, StepRow], after: dict[str, StepRow]) -> str:
    """Markdown: a line for each row that both have, and the names of the others.

    Steps and inference are multiples of those of `source_only` beside them, so that tables of two machines, or of a
    busy and an idle one, can be compared.
    """
    both = [name for name in before if name in after]
    lines = [f"| {' | '.join(HEAD)} |", "|---" * len(HEAD) + "|"]
    lines += [f"| {' | '.join(cells(name, before[name], after[name]))} |" for name in both]
    for text, here, there in (("Only in A", before, after), ("Only in B", after, before)):
        names = [name for name in here if name not in there]
        lines += ["", f"{text}: {', '.join(names)}."] if names else []
    changed = [name for name in both if before[name].setting != after[name].setting]
    lines += ["", f"Of another setting, so not to be compared: {', '.join(changed)}."] if changed else []
    lines += [
        "",
        "Step and inference: multiples of `source_only`. Slower and faster: no turn of one table is within the",
    ]
    lines += ["turns of the other. Memory in GiB. Pipeline: batches while one step is taken."]
    return "\n".join(lines)


def cells(name: str, before: StepRow, after: StepRow) -> list[str]:
    steps = [median(row.ratios) for row in (before, after)]
    memory = [row.peak_memory and row.peak_memory / GIB for row in (before, after)]
    pipelines = [row.pipeline_ratio for row in (before, after)]
    inferences = [row.inference_ratio for row in (before, after)]
    columns = ((memory, 2), (pipelines, 1), (inferences, 2))
    numbers = [number(value, digits) for values, digits in columns for value in values]
    change = f"{100 * (steps[1] / steps[0] - 1):+.0f} %"
    return [name, *(f"{step:.2f}" for step in steps), change, verdict(before, after), *numbers]


def verdict(before: StepRow, after: StepRow) -> str:
    """`slower`, `faster`, and `more memory` or `less memory`, where that is clear; else nothing."""
    words = []
    if min(after.ratios) > max(before.ratios):
        words.append("slower")
    if max(after.ratios) < min(before.ratios):
        words.append("faster")
    if None not in (before.peak_memory, after.peak_memory):
        change = after.peak_memory / before.peak_memory - 1
        words += ["more memory"] if change > CLEAR_MEMORY else ["less memory"] if change < -CLEAR_MEMORY else []
    return ", ".join(words)


def number(value: float | None, digits: int) -> str:
    return "n/a" if value is None else f"{value:.{digits}f}"
