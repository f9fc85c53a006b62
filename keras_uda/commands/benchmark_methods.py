"""`benchmark methods`: methods and add-ons over seeds and pairs of domains, and the tables of whatever is finished.

Every run is a process of its own with its own folder, so the benchmark continues where a kill stopped it. Each finished
run is a cell in a JSON file of its pair and version of the world (`sim_to_street-world2.json`); tables and plots are
made of these files alone. `--from RUN ...` takes runs that were trained one by one, `--draw` only makes them again.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from keras_uda.commands.benchmark_rows import Row
from keras_uda.commands.benchmark_rows import chosen_rows
from keras_uda.commands.benchmark_rows import of_pairs
from keras_uda.commands.benchmark_rows import selected
from keras_uda.commands.benchmark_rows import with_longer_baselines
from keras_uda.core.atomic import atomic_write
from keras_uda.core.console import say
from keras_uda.core.console import warn
from keras_uda.core.errors import PartialResult
from keras_uda.core.errors import UsageError
from keras_uda.evaluation.cell_store import add_cells
from keras_uda.evaluation.cell_store import files_in
from keras_uda.evaluation.cell_store import read_cells
from keras_uda.evaluation.cells import cells_of
from keras_uda.evaluation.comparison import Comparison
from keras_uda.evaluation.method_table import tables
from keras_uda.runs.folder import RUNS
from keras_uda.runs.folder import RunFolder


def parser() -> argparse.ArgumentParser:
    kind = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="python -m keras_uda benchmark methods", description=__doc__, formatter_class=kind, allow_abbrev=False
    )
    parser.add_argument("--methods", nargs="+", help="names, name:kind for weak labels, name+add_on; none: all")
    parser.add_argument("--configs", nargs="+", help="YAML files instead; a row is named by its file")
    text = "folders of configs/ instead, each with flags of its own in one word: 'sim_to_camvid --data.target.root DIR'"
    parser.add_argument("--pairs", nargs="+", help=text)
    parser.add_argument("--only", nargs="+", metavar="ROW", help="of these rows alone")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--output", default=str(RUNS / "benchmark"), help="folder of the runs")
    parser.add_argument("--results", help="folder of the JSON files, tables and plots (default: that of the runs)")
    parser.add_argument("--from", nargs="+", dest="runs", metavar="RUN", help="train nothing: take these run folders")
    parser.add_argument("--draw", action="store_true", help="train nothing: make tables and plots of the JSON files")
    stated = parser.add_argument_group("with --from, for what the record of a run does not say")
    stated.add_argument("--row", help="name of the row (default: the folder's without `-seedN`, or the method)")
    stated.add_argument("--pair", help="source and target: sim_to_camvid")
    stated.add_argument("--world", type=int, help="version of the built-in world")
    stated.add_argument("--processor", help="name of the processor")
    stated.add_argument("--threads", type=int, help="processor cores that it had")
    parser.add_argument("--debug", action="store_true")
    return parser


def main(arguments: list[str]) -> None:
    """Unknown flags go to `train.py` as they are: `--steps`, `--data.target.root`, ..."""
    flags, passed_on = parser().parse_known_args(arguments)
    output = Path(flags.output)
    results = Path(flags.results or output)
    failed = []
    if flags.runs or flags.draw:
        if passed_on:
            raise UsageError(passed_on[0], "nothing is trained here", "Drop it, or leave out --from and --draw")
        failed = take(flags, results)
    else:
        failed = train_all(flags, passed_on, output, results)
    draw(results)
    if failed:
        raise PartialResult(results, f"not finished: {', '.join(failed)}", "Run the same command again")


def take(flags: argparse.Namespace, results: Path) -> list[str]:
    """Cells of run folders that are there; returns what could not be taken, with its reason."""
    known = {key: getattr(flags, key) for key in ("pair", "world", "processor", "threads")}
    cells, failed = [], []
    for path in flags.runs or ():
        try:
            cells += cells_of(RunFolder(path), flags.row, **known)
        except UsageError as error:
            failed.append(f"{path} ({error.what})")
            warn(str(error))
    add_cells(results, cells)
    return failed


def train_all(flags: argparse.Namespace, passed_on: list[str], output: Path, results: Path) -> list[str]:
    """Trains what is not finished; returns the names of what is still not."""
    rows = of_pairs(flags.pairs) if flags.pairs else chosen_rows(flags.methods, flags.configs)
    rows = selected(with_longer_baselines(rows, passed_on), flags.only)
    failed = []
    for seed in flags.seeds:
        for row in rows:
            folder = RunFolder(output / row.pair / f"{row.name}-seed{seed}")
            if run_one(row, seed, folder, passed_on):
                add_cells(results, cells_of(folder, pair=row.pair or None))
            else:
                failed.append(f"{row.name} seed {seed}")
    return failed


def run_one(row: Row, seed: int, folder: RunFolder, passed_on: list[str]) -> bool:
    """Trains one configuration with one seed in a process of its own, unless it is finished."""
    if folder.finished:
        return True
    say(f"{row.name}, seed {seed}")
    command = [sys.executable, "-m", "keras_uda", "train", "--config", str(row.config), "--output", str(folder.path)]
    command += ["--seed", str(seed), "--baselines", "none", *passed_on, *row.flags]
    code = subprocess.run(command).returncode
    if code:
        warn(f"{row.name}, seed {seed} ended with exit code {code}")
    return code == 0


def draw(results: Path) -> None:
    """Tables and plots beside every file of cells in a folder."""
    from keras_uda.report.figures import figure_to_png
    from keras_uda.report.method_figures import figures

    files = files_in(results)
    if not files:
        raise UsageError(results, "no cells here", "Name run folders with --from, or another --results")
    for path in files:
        comparison = Comparison(read_cells(path))
        made = {f"{path.stem}-{name}.png": figure_to_png(figure) for name, figure in figures(comparison).items()}
        atomic_write(path.with_suffix(".md"), tables(path.stem, comparison, list(made)))
        for name, content in made.items():
            atomic_write(results / name, content)
        say(f"{len(comparison.rows)} rows: {path.with_suffix('.md')}")
