"""`benchmark steps` and `all`: seconds and memory of a step of every method, beside those of source-only.

Every method has a process of its own, and its last stage takes steps on random images of the real size. `source_only`
with the same network, sizes, batch and optimiser waits in another process and is timed in turn with it, so what is
compared has seen the same machine; the memory of both is needed at once. What is finished is kept: the same command
continues after a kill. `all` has rows of every kind (add-ons on `minent`, networks, samplers, transforms, and
`growth`: one method at other sizes, batches, classes and numbers of images), and measures pipeline and inference too.
`benchmark --compare A.json B.json` measures nothing: it shows how B differs from A.
"""

import argparse
import time
from pathlib import Path
from typing import NamedTuple

from keras_uda.commands.benchmark_kinds import KINDS
from keras_uda.commands.benchmark_kinds import Asked
from keras_uda.commands.benchmark_kinds import rows_of_kinds
from keras_uda.commands.benchmark_rows import Row
from keras_uda.commands.benchmark_rows import chosen_rows
from keras_uda.commands.benchmark_rows import resolved
from keras_uda.config.command_line import default_config
from keras_uda.config.names import BASELINES
from keras_uda.config.parser import Parser
from keras_uda.config.schema import RunConfig
from keras_uda.config.stored import to_dict
from keras_uda.core.atomic import atomic_write
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

GROWTH = "growth.png"


class Task(NamedTuple):
    """A row to measure: its configuration, and the one whose `source_only` it takes turns with."""

    run: RunConfig
    beside: RunConfig


class Options(NamedTuple):
    """How rows are measured: number of turns, pipeline and inference too, tracebacks of the processes, which clock."""

    turns: int
    rates: bool
    debug: bool
    processor_time: bool


def parser() -> Parser:
    parser = Parser(prog="python -m keras_uda benchmark steps", description=__doc__)
    parser.add_argument("--methods", nargs="+", help="names, or name:kind for weak labels; none: all")
    parser.add_argument("--configs", nargs="+", help="YAML files instead; a row is named by its file")
    text = "rows of every one of this kind (without --methods and --configs: methods; all: every kind)"
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=[], metavar="KIND", help=text)
    parser.add_argument("--growing", default="advent", metavar="METHOD", help="that the kind `growth` is of")
    parser.add_argument("--teacher", metavar="RUN", help="run folder for the row of the add-on `distil`")
    parser.add_argument("--rates", action="store_true", help="measure pipeline and inference, too (all: always)")
    parser.add_argument("--turns", type=int, default=5, help="how often a method and source-only take turns")
    text = "seconds in which processors work, in place of those that pass: for one thread of a machine in use"
    parser.add_argument("--processor-time", action="store_true", help=text)
    parser.add_argument("--output", default=str(RUNS / "steps"), help="folder of steps.md and steps.json")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    return parser


def main(arguments: list[str]) -> None:
    """Unknown flags are those of `train.py`: `--segmenter.name`, `--data.size`, `--add-ons`, ..."""
    flags, passed_on = parser().parse_known_args(arguments)
    if flags.turns < 1:
        raise UsageError("--turns", f"{flags.turns} is no number of turns", "Give at least 1")
    runs, failed = resolved_rows(asked_rows(flags, passed_on), passed_on)
    output = Path(flags.output)
    with resource_errors(output):
        output.mkdir(parents=True, exist_ok=True)
    with exclusive(output / "lock", output, "Wait for it or choose another --output"):
        remove_dead_leftovers(output)
        options = Options(flags.turns, flags.rates, flags.debug, flags.processor_time)
        failed = measure(runs, failed, output, options)
    say(f"table: {output / TABLE}")
    draw_growth(output)
    if failed:
        raise PartialResult(output, f"not measured: {', '.join(failed)}", "Correct it and run the same command again")


def draw_growth(output: Path) -> None:
    """The picture beside a table that has rows of the kind `growth`."""
    from keras_uda.report.figures import figure_to_png
    from keras_uda.report.growth_figure import growth_figure

    rows = read_rows(output).items()
    figure = growth_figure({name: (row.ratios, row.peak_memory and row.peak_memory / GIB) for name, row in rows})
    if figure is not None:
        atomic_write(output / GROWTH, figure_to_png(figure))
        say(f"growth: {output / GROWTH}")


def main_of_all(arguments: list[str]) -> None:
    """`benchmark all`: every kind of rows, with pipeline and inference, unless flags name some."""
    named = {"--methods", "--configs", "--kinds"} & set(arguments)
    place = [] if "--output" in arguments else ["--output", str(RUNS / "all")]
    main(["--rates", *place, *([] if named else ["--kinds", *KINDS]), *arguments])


def asked_rows(flags: argparse.Namespace, passed_on: list[str]) -> list[Row]:
    """The rows that flags name; without any those of all methods."""
    named = flags.methods or flags.configs or not flags.kinds
    rows = chosen_rows(flags.methods, flags.configs) if named else []
    return rows + rows_of_kinds(flags.kinds, Asked(passed_on, flags.growing, flags.teacher))


def resolved_rows(rows: list[Row], passed_on: list[str]) -> tuple[dict[str, Task], dict[str, str]]:
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
            plain = Row(row.name, default_config(BASELINES[0])) if row.plain else row
            runs[row.name] = Task(resolved(row, passed_on), resolved(plain, passed_on))
        except UsageError as error:
            errors[row.name] = error
    if not runs:
        raise next(iter(errors.values()))
    for name, error in errors.items():
        warn(f"{name}: {error}")
    return runs, {name: str(error) for name, error in errors.items()}


def measure(runs: dict[str, Task], failed: dict[str, str], output: Path, options: Options) -> dict[str, str]:
    """Measures the rows that are missing and keeps the table up to date.

    Args:
        runs: what to measure for each row, by its name.
        failed: why other rows have none.
        output: folder of the table.
        options: how.
    Returns:
        `failed`, with the rows that failed here.
    """
    rows, failed, began = read_rows(output), dict(failed), time.monotonic()
    missing = {name: task for name, task in runs.items() if not is_measured(name, task.run, rows, output)}
    say(f"{len(missing)} of {len(runs)} rows are to be measured")
    with References(options.debug, options.processor_time) as references:
        for done, (name, task) in enumerate(missing.items(), 1):
            try:
                how = {"beside": task.beside, "rates": options.rates}
                rows[name] = measured(task.run, references, options.turns, **how)
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
