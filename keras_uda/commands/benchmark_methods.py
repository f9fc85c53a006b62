"""`benchmark methods`: trains configurations over seeds, one after the other, and keeps one table up to date.

Every run is a process of its own with its own folder, so the benchmark continues where a kill stopped it, and a table
is there from the first finished run on; runs that are not finished are named in it.
"""

import argparse
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from keras_uda.config.command_line import Parser
from keras_uda.config.command_line import add_run_flags
from keras_uda.config.command_line import default_config
from keras_uda.config.command_line import run_config
from keras_uda.config.method_spec import method_facts
from keras_uda.config.names import BASELINES
from keras_uda.config.names import METHODS
from keras_uda.config.names import RUN_METHODS
from keras_uda.config.names import WEAK_LABELS
from keras_uda.config.schema import RunConfig
from keras_uda.core.console import say
from keras_uda.core.console import warn
from keras_uda.core.errors import PartialResult
from keras_uda.core.errors import UsageError
from keras_uda.evaluation.method_table import folder_of
from keras_uda.evaluation.method_table import write_table
from keras_uda.runs.folder import RUNS


class Row(NamedTuple):
    """One row of the table: its name, its configuration, and the flags that make it different from that."""

    name: str
    config: Path
    flags: tuple[str, ...] = ()


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m keras_uda benchmark methods", description=__doc__)
    parser.add_argument("--methods", nargs="+", help="names, or name:kind for weak labels; none: all")
    parser.add_argument("--configs", nargs="+", help="YAML files instead; a row is named by its file")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--output", default=str(RUNS / "benchmark"), help="folder of the runs and of table.md")
    parser.add_argument("--debug", action="store_true")
    return parser


def main(arguments: list[str]) -> None:
    """Unknown flags go to `train.py` as they are: `--steps`, `--data.target.root`, ..."""
    flags, passed_on = parser().parse_known_args(arguments)
    rows = chosen_rows(flags.methods, flags.configs)
    rows = with_longer_baselines(rows, passed_on)
    output = Path(flags.output)
    output.mkdir(parents=True, exist_ok=True)
    failed = []
    for seed in flags.seeds:
        for row in rows:
            if not run_one(row, seed, output, passed_on):
                failed.append(f"{row.name} seed {seed}")
            write_table([row.name for row in rows], flags.seeds, output)
    say(f"table: {output / 'table.md'}")
    if failed:
        raise PartialResult(output, f"not finished: {', '.join(failed)}", "Run the same command again")


def chosen_rows(methods: list[str] | None, configs: list[str] | None) -> list[Row]:
    """Rows of files, of methods in their sim_to_street configuration, or, without either, of all methods.

    Raises:
        UsageError: no such file, method or kind of weak labels.
    """
    rows = [Row(Path(name).stem, Path(name)) for name in configs or []]
    for name in methods or ([] if configs else RUN_METHODS):
        rows += rows_of_method(name)
    for row in rows:
        if not row.config.is_file():
            raise UsageError(row.config, "no such configuration", "Check --configs")
    twice = [name for name, count in Counter(row.name for row in rows).items() if count > 1]
    if twice:
        raise UsageError("--configs", f"two rows would be named `{twice[0]}`", "Rename a file, or use two --output")
    return rows


def rows_of_method(name: str) -> list[Row]:
    """The row of a method; one for each kind of labels where it learns from weak ones, unless `method:kind` is said."""
    method, _, kind = name.partition(":")
    path = default_config(method)
    kinds = WEAK_LABELS if method in METHODS and "weak" in method_facts(method).arguments else ()
    if kind and kind not in kinds:
        remedy = f"{method} has kinds: {', '.join(kinds)}" if kinds else f"{method} has no kinds"
        raise UsageError("--methods", f"`{name}`", remedy)
    if not kinds:
        return [Row(method, path)]
    return [Row(f"{method}_{one}", path, ("--weak", one)) for one in ((kind,) if kind else kinds)]


def with_longer_baselines(rows: list[Row], passed_on: list[str]) -> list[Row]:
    """Where source-only or the oracle is asked for: also with the steps of every row that trains longer than it.

    A method in several stages sees more source batches than one in a single stage; `source_only@600` is what it is
    compared with, never the shorter run that its first stage is.
    """
    steps = {row: resolved(row, passed_on).source_steps for row in rows}
    result = list(rows)
    for row in rows:
        longer = sorted(set(steps.values()) - {steps[row]}) if row.name in BASELINES else []
        result += [Row(f"{row.name}@{number}", row.config, ("--steps", str(number))) for number in longer]
    return result


def resolved(row: Row, passed_on: list[str]) -> RunConfig:
    parser = Parser()
    add_run_flags(parser)
    return run_config(parser, ["--config", str(row.config), *row.flags, *passed_on])[0]


def run_one(row: Row, seed: int, output: Path, passed_on: list[str]) -> bool:
    """Trains one configuration with one seed in a process of its own, unless it is finished."""
    folder = folder_of(row.name, seed, output)
    if folder.finished:
        return True
    say(f"{row.name}, seed {seed}")
    command = [sys.executable, "-m", "keras_uda", "train", "--config", str(row.config), "--output", str(folder.path)]
    command += ["--seed", str(seed), "--baselines", "none", *passed_on, *row.flags]
    code = subprocess.run(command).returncode
    if code:
        warn(f"{row.name}, seed {seed} ended with exit code {code}")
    return code == 0
