"""`benchmark export`: latency, memory, size and accuracy of all artefacts of one or more exports side by side."""

import json
from collections.abc import Sequence
from pathlib import Path

from keras_uda.config.parser import Parser
from keras_uda.core.atomic import atomic_write
from keras_uda.core.atomic import require_writable
from keras_uda.core.console import say
from keras_uda.core.errors import UsageError


def main(arguments: list[str]) -> None:
    description = "Times every artefact of exports on this machine, each in a process of its own."
    parser = Parser(prog="python -m keras_uda benchmark export", description=description)
    parser.add_argument("--export", metavar="DIR", nargs="+", required=True, help="folders that export.py wrote")
    parser.add_argument("--output", metavar="DIR", help="folder for device.json, device.md and device.png")
    text = "compare the .tflite files alone, N times in turns, in processor time of one thread: for a machine in use"
    parser.add_argument("--turns", type=int, metavar="N", help=text)
    text = "with --turns: the time up to every op of these files (model_int8.tflite)"
    parser.add_argument("--ops", nargs="+", default=[], metavar="FILE", help=text)
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    flags = parser.parse_args(arguments)
    for folder in flags.export:
        if not Path(folder).is_dir():
            raise UsageError("--export", f"{folder} is not a folder", "Name a folder that export.py wrote")
    folders = [Path(folder) for folder in flags.export]
    if flags.turns is None and flags.ops:
        raise UsageError("--ops", "are timed in turns", "Add for example --turns 5")
    if flags.turns is not None and flags.turns < 1:
        raise UsageError("--turns", f"{flags.turns} is not a number of turns", "Give for example 30")
    if flags.ops and flags.output is not None:
        raise UsageError("--output", "the table has whole frames, no ops", "Leave it out, or leave out --ops")
    if flags.output is not None:
        require_writable(Path(flags.output))
    if flags.turns is None or flags.output is not None:
        benchmark(folders, flags.output and Path(flags.output), flags.turns)
        return
    for folder in folders:
        show_turns(folder, flags.turns, flags.ops)


def show_turns(folder: Path, turns: int, of_ops: Sequence[str] = ()) -> None:
    """Prints a line for every `.tflite` file, compared with the first one, or for every op of some of them."""
    from keras_uda.artefacts.turns import ops_of_turns
    from keras_uda.artefacts.turns import rows_of_turns

    for file in of_ops:
        say(f"{folder / file}, {turns} turns, processor time up to an op, one thread, lower quartile, and its output:")
        for row in ops_of_turns(folder, file, turns):
            say(f"  {row['milliseconds']:>8.2f} ms  {row['op']:<24}{row['name'][-60:]}")
    if of_ops:
        return
    rows = rows_of_turns(folder, turns)
    width = max(24, *(len(row["file"]) + 2 for row in rows))
    say(f"{folder}, {turns} turns, processor time of a frame, one thread, median (quartiles):")
    for row in rows:
        quartiles = f"({row['low']:.3f} to {row['high']:.3f})"
        say(f"  {row['file']:<{width}}{row['milliseconds']:>8.2f} ms{row['ratio']:>8.3f} {quartiles}")


def benchmark(folders: Sequence[Path], output: Path | None = None, turns: int | None = None) -> None:
    """Prints a line per artefact, latencies as ratios to the float32 `.tflite` file, and this machine's matrix rate.

    Args:
        folders: that `export.py` wrote.
        output: folder of the table, or None.
        turns: of `device_times`.
    """
    from keras_uda.core import runtime  # noqa: F401 - sets TensorFlow up  # isort: skip
    from keras_uda.export.device_times import device_times
    from keras_uda.export.device_times import reference_row
    from keras_uda.export.device_times import require_whole
    from keras_uda.training.timing import matrix_rate

    for folder in folders:
        require_whole(folder)  # all of them, before minutes are spent on the first one
    rows = []
    for folder in folders:
        found = device_times(folder, turns)
        show(found)
        rows += found
        reference = reference_row(found)
        if turns is None:  # the rate is of time that passes
            rate = matrix_rate() / 1e9
            frame = f"a frame of {reference['file']} lasts {reference['milliseconds'] / 1000 * rate:.2f} GFLOP"
            say(f"matrix rate: {rate:.0f} GFLOP/s of float32 here; {frame}")
        say(f"ratio: to {reference['file']}; same pixels and mIoU: of the export, on {reference['checked_on']}")
    if output is not None:
        write(rows, output, turns)


def show(rows: Sequence[dict]) -> None:
    """The lines of one export on the screen."""
    from keras_uda.evaluation.metrics import percent

    width = max(24, *(len(row["file"]) + 2 for row in rows))
    say(f"{rows[0]['network']} at {rows[0]['size']}, one frame at a time, median:")
    columns = f"{'frames/s':>10}{'ratio':>7}{'MiB':>7}{'same pixels':>12}{'mIoU %':>8}"
    say(f"  {'artefact':<{width}}{'MB':>8}{'ms':>8}{columns}")
    for row in rows:
        say(
            f"  {row['file']:<{width}}{row['megabytes']:>8.2f}{row['milliseconds']:>8.1f}"
            f"{1000 / row['milliseconds']:>10.1f}{row['ratio']:>7.2f}{row['memory_mib']:>7.0f}"
            f"{100 * row['agreement']:>10.2f} %{percent(row['miou']):>8}"
        )


def write(rows: Sequence[dict], output: Path, turns: int | None = None) -> None:
    """`device.json` with where it was measured, and the table and the picture that are made of it."""
    from keras_uda.report.device_table import device_figure
    from keras_uda.report.device_table import device_markdown
    from keras_uda.report.figures import figure_to_png
    from keras_uda.runs.provenance import git_commit
    from keras_uda.runs.provenance import processor
    from keras_uda.runs.provenance import threads
    from keras_uda.runs.provenance import versions

    place = {"processor": processor(), "threads": threads(), "commit": git_commit(), "versions": versions()}
    content = place | {"turns": turns, "rows": list(rows)}
    output.mkdir(parents=True, exist_ok=True)
    atomic_write(output / "device.json", json.dumps(content, indent=1))
    atomic_write(output / "device.md", device_markdown(content))
    figure = device_figure(rows)
    if figure is not None:
        atomic_write(output / "device.png", figure_to_png(figure))
    say(f"table: {output / 'device.md'}")
