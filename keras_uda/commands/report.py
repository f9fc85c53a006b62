"""`report`: writes `report.html` of a run folder again."""

from pathlib import Path

from keras_uda.config.parser import Parser
from keras_uda.core.atomic import require_writable
from keras_uda.core.console import say
from keras_uda.core.errors import UsageError
from keras_uda.runs.folder import newest_run


def parser() -> Parser:
    parser = Parser(prog="python -m keras_uda report", description="Writes report.html of a run again.")
    parser.add_argument("--run", metavar="DIR", help="run folder (default: the newest finished run)")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    return parser


def main(arguments: list[str]) -> None:
    flags = parser().parse_args(arguments)
    from keras_uda.report.write import write_report

    folder = Path(flags.run) if flags.run else newest_run(finished=True).path
    if not folder.is_dir():
        raise UsageError("--run", f"{folder} is not a folder", "Name a run folder below runs/")
    require_writable(folder)
    say(f"report: {write_report(folder)}")
