"""`weak-labels budget`: trains with more and more weak labels; mIoU against the time that making them takes."""

import json
from pathlib import Path

from keras_uda.config.command_line import add_run_flags
from keras_uda.config.command_line import run_config
from keras_uda.config.method_spec import learns_from_weak_labels
from keras_uda.config.method_spec import method_facts
from keras_uda.config.method_spec import reads_of
from keras_uda.config.method_spec import weak_kind
from keras_uda.config.names import METHODS
from keras_uda.config.names import WEAK_LABELS
from keras_uda.config.parser import Parser
from keras_uda.core.atomic import atomic_write
from keras_uda.core.console import say
from keras_uda.core.errors import UsageError
from keras_uda.runs.folder import RUNS
from keras_uda.weak_labels.price import SECONDS_PER_POINT
from keras_uda.weak_labels.price import SECONDS_PER_TAG
from keras_uda.weak_labels.price import Price


def parser() -> Parser:
    parser = Parser(prog="python -m keras_uda weak-labels budget", description="What does an hour of tagging buy?")
    parser.add_argument("--budgets", default="0,25,100,400", metavar="N,N", help="images; 0 is --weak pseudo")
    parser.add_argument("--seeds", default="0", metavar="N,N", help="seeds to train with")
    parser.add_argument("--seconds-per-tag", type=float, metavar="S",
                        help=f"per class asked (default: as measured, else {SECONDS_PER_TAG})")  # fmt: skip
    parser.add_argument("--seconds-per-point", type=float, metavar="S",
                        help=f"per point (default: as measured, else {SECONDS_PER_POINT})")  # fmt: skip
    add_run_flags(parser)
    return parser


def budget(arguments: list[str]) -> None:
    """Runs every budget on every seed that is not finished yet; writes `budget.json` and `budget.png`."""
    run, options = run_config(parser(), with_default_method(arguments))
    kind = weak_kind(run)
    if not any(learns_from_weak_labels(reads_of(stage)) for stage in run.stages.values()):
        raise UsageError("--weak", f"`{kind}` needs no tagging", "Use --weak tags or --weak point")
    budgets, seeds = (numbers(options[name], f"--{name}") for name in ("budgets", "seeds"))
    folder = Path(options["output"] or RUNS / f"budget-{kind}")
    price = Price(options["seconds_per_tag"], options["seconds_per_point"])
    from keras_uda.training.budget import budget_rows  # isort: skip - TensorFlow is set up before it is imported
    from keras_uda.report.budget_curve import budget_curve
    from keras_uda.report.budget_curve import budget_table
    from keras_uda.report.figures import figure_to_png

    rows = budget_rows(run, budgets, seeds, folder, price)
    atomic_write(folder / "budget.json", json.dumps({"weak": kind, "rows": rows}, indent=1))
    atomic_write(folder / "budget.png", figure_to_png(budget_curve(rows, f"{run.method} ({kind})")))
    for line in budget_table(rows):
        say(line)
    say(f"written: {folder / 'budget.png'} and {folder / 'budget.json'}")


def with_default_method(arguments: list[str]) -> list[str]:
    """With a method that learns from weak labels, and labels that somebody makes, where nothing else is asked for."""
    given = {argument.split("=")[0] for argument in arguments}
    if not given & {"--method", "--config"}:
        arguments = ["--method", next(name for name in METHODS if "weak" in method_facts(name).arguments), *arguments]
    return arguments if given & {"--weak", "--config"} else ["--weak", WEAK_LABELS[1], *arguments]


def numbers(text: str, flag: str) -> list[int]:
    """`"0,25"` -> [0, 25], without repeats."""
    try:
        values = sorted({int(part) for part in str(text).strip("[]").split(",")})
    except ValueError:
        values = [-1]
    if values[0] < 0:
        raise UsageError(flag, f"`{text}` is not a list of numbers", "Write for example 0,25,100")
    return values
