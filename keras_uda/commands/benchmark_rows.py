"""Which rows a benchmark has: of methods, add-ons, files, or folders of configurations."""

import dataclasses
import shlex
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from keras_uda.config.command_line import add_run_flags
from keras_uda.config.command_line import configs_folder
from keras_uda.config.command_line import default_config
from keras_uda.config.command_line import run_config
from keras_uda.config.method_spec import method_facts
from keras_uda.config.names import BASELINES
from keras_uda.config.names import METHODS
from keras_uda.config.names import RUN_METHODS
from keras_uda.config.names import WEAK_LABELS
from keras_uda.config.parser import Parser
from keras_uda.config.schema import RunConfig
from keras_uda.core.errors import UsageError
from keras_uda.core.errors import did_you_mean


class Row(NamedTuple):
    """One row of a table.

    Args:
        name: of the row.
        config: its configuration.
        flags: that make it different from that; those of the command line win.
        pair: of domains.
        strong: flags that win over those of the command line.
        classes: number of them that is tried; None: those of the configuration.
        plain: it is compared with `source_only` as the command line has it, not with that of its own network and sizes.
    """

    name: str
    config: Path
    flags: tuple[str, ...] = ()
    pair: str = ""
    strong: tuple[str, ...] = ()
    classes: int | None = None
    plain: bool = False


def chosen_rows(methods: list[str] | None, configs: list[str] | None) -> list[Row]:
    """Rows of files, of methods in their sim_to_street configuration, or, without either, of all methods.

    Raises:
        UsageError: no such file, method, add-on or kind of weak labels.
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
    """The row of a method; one for each kind of labels where it learns from weak ones, unless `method:kind` is said;
    `method+add_on` is the method with an add-on."""
    base, *add_ons = name.split("+")
    method, _, kind = base.partition(":")
    path = default_config(method)
    kinds = WEAK_LABELS if method in METHODS and "weak" in method_facts(method).arguments else ()
    if kind and kind not in kinds:
        remedy = f"{method} has kinds: {', '.join(kinds)}" if kinds else f"{method} has no kinds"
        raise UsageError("--methods", f"`{name}`", remedy)
    ending, flags = "".join(f"+{one}" for one in add_ons), ("--add-ons", *add_ons) if add_ons else ()
    if not kinds:
        return [Row(f"{method}{ending}", path, flags)]
    return [Row(f"{method}_{one}{ending}", path, ("--weak", one, *flags)) for one in ((kind,) if kind else kinds)]


def of_pairs(pairs: Iterable[str]) -> list[Row]:
    """The rows of folders of configurations, each folder with flags of its own.

    Args:
        pairs: `FOLDER FLAG VALUE ...`, a folder of `configs/` or any other.
    """
    rows = []
    for text in pairs:
        name, *flags = shlex.split(text)
        folder = configs_folder() / name if (configs_folder() / name).is_dir() else Path(name)
        files = sorted(folder.glob("*.yaml"))
        if not files:
            known = [path.name for path in configs_folder().iterdir() if path.is_dir()]
            raise UsageError("--pairs", f"`{name}` has no configurations", did_you_mean(name, known))
        found = [Row(path.stem, path) for path in files]
        if folder == default_config(BASELINES[0]).parent:  # what --method means: every kind of weak labels, the recipe
            found = chosen_rows(None, None)
        rows += [row._replace(flags=(*row.flags, *flags), pair=folder.name) for row in found]
    return rows


def selected(rows: list[Row], only: list[str] | None) -> list[Row]:
    """The rows that `--only` names, with or without `@steps`; all without it."""
    if not only:
        return rows
    known = {name for row in rows for name in (row.name, row.name.partition("@")[0])}
    for name in only:
        if name not in known:
            raise UsageError("--only", f"there is no row `{name}`", did_you_mean(name, known))
    return [row for row in rows if {row.name, row.name.partition("@")[0]} & set(only)]


def with_longer_baselines(rows: list[Row], passed_on: list[str]) -> list[Row]:
    """Where source-only or the oracle is asked for: also with the steps of every row of its pair that trains longer.

    A method in several stages sees more source batches than one in a single stage; `source_only@600` is what it is
    compared with, never the shorter run that its first stage is.
    """
    steps = {row: resolved(row, passed_on).source_steps for row in rows}
    result = list(rows)
    for row in rows:
        lengths = {length for other, length in steps.items() if other.pair == row.pair}
        longer = sorted(lengths - {steps[row]}) if row.name in BASELINES else []
        result += [row._replace(name=f"{row.name}@{n}", flags=(*row.flags, "--steps", str(n))) for n in longer]
    return result


def resolved(row: Row, passed_on: list[str]) -> RunConfig:
    """The configuration that a row trains."""
    parser = Parser()
    add_run_flags(parser)
    run = run_config(parser, ["--config", str(row.config), *row.flags, *passed_on, *row.strong])[0]
    if row.classes is None:
        return run
    names = tuple(f"class {number}" for number in range(row.classes))
    return dataclasses.replace(run, data=dataclasses.replace(run.data, classes=names))
