"""`benchmark steps`: seconds and memory of a step of every method, beside those of source-only.

Every method has a process of its own, and its last stage takes steps on random images of the real size. `source_only`
with the same network, sizes, batch and optimiser waits in another process and is timed in turn with it, so what is
compared has seen the same machine; the memory of both is needed at once. What is finished is kept: the same command
continues after a kill.
"""

import time
from pathlib import Path

from keras_uda.commands.benchmark_rows import Row
from keras_uda.commands.benchmark_rows import chosen_rows
from keras_uda.commands.benchmark_rows import resolved
from keras_uda.config.command_line import Parser
from keras_uda.config.schema import RunConfig
from keras_uda.config.stored import to_dict
from keras_uda.core.atomic import remove_dead_leftovers
from keras_uda.core.console import duration
from keras_uda.core.console import say
from keras_uda.core.console import warn
from keras_uda.core.errors import PartialResult
from keras_uda.core.errors import UdaError
from keras_uda.core.errors import UsageError
from keras_uda.core.files import resource_errors
from keras_uda.core.locks import exclusive
from keras_uda.runs.folder import RUNS
from keras_uda.runs.provenance import config_hash
from keras_uda.training.step_cost import References
from keras_uda.training.step_cost import measured
from keras_uda.training.step_table import GIB
from keras_uda.training.step_table import TABLE
from keras_uda.training.step_table import StepRow
from keras_uda.training.step_table import read_rows
from keras_uda.training.step_table import spread
from keras_uda.training.step_table import write_rows


def parser() -> Parser:
    parser = Parser(prog="python -m keras_uda benchmark steps", description=__doc__)
    parser.add_argument("--methods", nargs="+", help="names, or name:kind for weak labels; none: all")
    parser.add_argument("--configs", nargs="+", help="YAML files instead; a row is named by its file")
    parser.add_argument("--turns", type=int, default=5, help="how often a method and source-only take turns")
    parser.add_argument("--output", default=str(RUNS / "steps"), help="folder of steps.md and steps.json")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    return parser


def main(arguments: list[str]) -> None:
    """Unknown flags are those of `train.py`: `--segmenter.name`, `--data.size`, `--add-ons`, ..."""
    flags, passed_on = parser().parse_known_args(arguments)
    if flags.turns < 1:
        raise UsageError("--turns", f"{flags.turns} is no number of turns", "Give at least 1")
    runs, failed = resolved_rows(chosen_rows(flags.methods, flags.configs), passed_on)
    output = Path(flags.output)
    with resource_errors(output):
        output.mkdir(parents=True, exist_ok=True)
    with exclusive(output / "lock", output, "Wait for it or choose another --output"):
        remove_dead_leftovers(output)
        failed = measure(runs, failed, output, flags.turns, flags.debug)
    say(f"table: {output / TABLE}")
    if failed:
        raise PartialResult(output, f"not measured: {', '.join(failed)}", "Correct it and run the same command again")


def resolved_rows(rows: list[Row], passed_on: list[str]) -> tuple[dict[str, RunConfig], dict[str, str]]:
    """The configuration of each row by its name, and why others have none: an add-on that one method cannot take, ...

    Raises:
        UsageError: no row can be meant.
    """
    given = {argument.partition("=")[0] for argument in passed_on}
    for flag in ("--config", "--method", "--weak"):
        if flag in given:
            raise UsageError(flag, "one for every row is not possible", "Use --methods or --configs")
    runs, errors = {}, {}
    for row in rows:
        try:
            runs[row.name] = resolved(row, passed_on)
        except UsageError as error:
            errors[row.name] = error
    if not runs:
        raise next(iter(errors.values()))
    for name, error in errors.items():
        warn(f"{name}: {error}")
    return runs, {name: str(error) for name, error in errors.items()}


def measure(
    runs: dict[str, RunConfig], failed: dict[str, str], output: Path, count: int, debug: bool
) -> dict[str, str]:
    """Measures the rows that are missing and keeps the table up to date.

    Args:
        runs: configuration of each row by its name.
        failed: why other rows have none.
        output: folder of the table.
        count: of turns.
        debug: show tracebacks of the processes.
    Returns:
        `failed`, with the rows that failed here.
    """
    rows, failed, began = read_rows(output), dict(failed), time.monotonic()
    missing = {name: run for name, run in runs.items() if not is_measured(name, run, rows, output)}
    say(f"{len(missing)} of {len(runs)} rows are to be measured")
    with References(debug) as references:
        for done, (name, run) in enumerate(missing.items(), 1):
            try:
                rows[name] = measured(run, references, count, debug)
                told = told_of(rows[name])
            except UdaError as error:
                failed[name] = told = error.what
                warn(f"{name}: {error.what}")
            write_rows(output, rows, failed)
            left = (time.monotonic() - began) / done * (len(missing) - done)
            say(f"{done}/{len(missing)} {name}: {told}, {duration(left)} left")
    write_rows(output, rows, failed)
    return failed


def is_measured(name: str, run: RunConfig, rows: dict[str, StepRow], output: Path) -> bool:
    """Whether an earlier call measured this row.

    Raises:
        UsageError: it did, with another configuration.
    """
    if name in rows and rows[name].config != config_hash(to_dict(run)):
        what = f"`{name}` of another configuration is in its table"
        raise UsageError(output, what, "Choose another --output, or give the flags of the earlier call")
    return name in rows


def told_of(row: StepRow) -> str:
    text = f"{spread(row.ratios)} x the step of source_only"
    return text if row.peak_memory is None else f"{text}, {row.peak_memory / GIB:.2f} GiB"
