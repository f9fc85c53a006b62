"""`benchmark scaling`: what replicas of each method exchange in a step, and the speed that this leaves them.

Nothing is trained: the bytes come from the variables of each method. With `--steps`, a table that `benchmark steps` or
`all` wrote on the device in question, the seconds of a step say what share of their speed replicas keep if nothing is
exchanged while they compute (in fact a part of it is).
"""

from collections.abc import Iterable
from pathlib import Path
from statistics import median

from keras_uda.commands.benchmark_rows import chosen_rows
from keras_uda.commands.benchmark_steps import resolved_rows
from keras_uda.config.parser import Parser
from keras_uda.config.schema import RunConfig
from keras_uda.core.console import say
from keras_uda.core.console import warn
from keras_uda.core.errors import UdaError
from keras_uda.core.errors import UsageError
from keras_uda.training.step_table import rows_of

MIB = 2**20
GIGABIT = 1e9 / 8  # bytes


def parser() -> Parser:
    parser = Parser(prog="python -m keras_uda benchmark scaling", description=__doc__)
    parser.add_argument("--methods", nargs="+", help="names, or name:kind for weak labels; none: all")
    parser.add_argument("--configs", nargs="+", help="YAML files instead; a row is named by its file")
    parser.add_argument("--replicas", nargs="+", type=int, default=[2, 8], metavar="N", help="columns of the table")
    parser.add_argument("--gigabits", type=float, default=10.0, metavar="RATE", help="of the network, per second")
    parser.add_argument("--steps", metavar="FILE", help="steps.json whose seconds are those of one replica")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    return parser


def main(arguments: list[str]) -> None:
    """Unknown flags are those of `train.py`: `--segmenter.name`, `--data.size`, ..."""
    flags, passed_on = parser().parse_known_args(arguments)
    if min(flags.replicas) < 1 or not 0 < flags.gigabits < 1e6:
        raise UsageError("--replicas", "replicas and gigabits must be above 0", "Give for example 2 8")
    if flags.steps and not Path(flags.steps).is_file():
        raise UsageError("--steps", f"{flags.steps} is not a file", "Name a steps.json, or leave it out")
    seconds = {name: median(row.seconds) for name, row in rows_of(Path(flags.steps)).items()} if flags.steps else {}
    tasks, _ = resolved_rows(chosen_rows(flags.methods, flags.configs), passed_on)
    volumes = dict(measured((name, task.run) for name, task in tasks.items()))
    say(table(volumes, seconds, flags.replicas, flags.gigabits * GIGABIT))


def measured(runs: Iterable[tuple[str, RunConfig]]) -> Iterable[tuple[str, tuple[int, int]]]:
    """Name, and bytes of gradients and of statistics, of the last stage of each run that can be built here."""
    from keras_uda.core import runtime  # isort: skip - TensorFlow is set up before anything else imports it
    import dataclasses

    from keras_uda.runs.folder import NOWHERE
    from keras_uda.runs.stage import stages_of
    from keras_uda.training.build import build_method
    from keras_uda.training.build import initial_segmenter
    from keras_uda.training.communication import gradient_bytes
    from keras_uda.training.communication import statistics_bytes

    for name, run in runs:
        runtime.set_up(run.seed)
        run = dataclasses.replace(run, segmenter=dataclasses.replace(run.segmenter, weights="none"))
        try:
            method = build_method(stages_of(run, NOWHERE)[-1], initial_segmenter(run))
        except UdaError as error:
            warn(f"{name}: {error}")
            continue
        yield name, (gradient_bytes(method), statistics_bytes(method))


def table(
    volumes: dict[str, tuple[int, int]], seconds: dict[str, float], replicas: list[int], bytes_per_second: float
) -> str:
    """Markdown, a line for each method."""
    from keras_uda.training.communication import efficiency
    from keras_uda.training.communication import sent_bytes

    head = ["method", "gradients", "statistics", *(f"sent by each of {n}" for n in replicas)]
    known = any(name in seconds for name in volumes)
    head += [f"speed of {n}" for n in replicas] if known else []
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for name, parts in volumes.items():
        cells = [f"`{name}`", *(f"{part / MIB:.2f}" for part in parts)]
        cells += [f"{sent_bytes(sum(parts), n) / MIB:.2f}" for n in replicas]
        if known:
            of = lambda n, name=name, parts=parts: n * efficiency(seconds[name], sum(parts), n, bytes_per_second)  # noqa: E731
            cells += [f"{of(n):.2f}" if name in seconds else "n/a" for n in replicas]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", "MiB in a step. Speed: in units of one replica's, each with a batch of that size."])
