"""`ensemble`: several finished runs as one model, in a run folder that is scored, exported and run like any other."""

from keras_uda.config.parser import Parser
from keras_uda.core.console import say
from keras_uda.core.errors import UsageError
from keras_uda.runs.folder import RunFolder


def parser() -> Parser:
    description = "Averages the logits of finished runs; AdvEnt and MinEnt with equal shares is the published ensemble."
    parser = Parser(prog="python -m keras_uda ensemble", description=description)
    parser.add_argument("--members", nargs="+", metavar="RUN", required=True, help="run folders, two or more")
    parser.add_argument("--shares", nargs="+", type=float, metavar="S", help="weight of each (default: equal)")
    parser.add_argument("--output", metavar="DIR", required=True, help="new run folder")
    parser.add_argument("--no-scores", action="store_true", help="do not score it on the data of the first run")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    return parser


def main(arguments: list[str]) -> None:
    flags = parser().parse_args(arguments)
    members, output = [RunFolder(path) for path in flags.members], RunFolder(flags.output)
    for member in members:
        if not member.finished:
            raise UsageError("--members", f"{member.path} is not a finished run", "Name run folders of train.py")
    if output.path.exists():
        raise UsageError("--output", f"{output.path} exists", "Name a new folder")
    from keras_uda.training.ensemble import join_runs

    join_runs(members, flags.shares, output, scored=not flags.no_scores)
    say(f"next: python -m keras_uda export --run {output.path}")
