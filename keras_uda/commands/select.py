"""`select`: chooses another checkpoint of a run that kept them, and writes its segmenter into a new folder."""

from pathlib import Path

from keras_uda.config.command_line import Parser
from keras_uda.config.names import SCORES
from keras_uda.config.names import WITH_LABELS
from keras_uda.config.stored import read_run_config
from keras_uda.core.console import say
from keras_uda.core.errors import UsageError
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.folder import newest_run


def parser() -> Parser:
    description = "Chooses a checkpoint of a run that was trained with --select."
    parser = Parser(prog="python -m keras_uda select", description=description)
    parser.add_argument("--run", metavar="DIR", help="run folder (default: the newest finished one)")
    text = "a score without labels, or target-labels: mIoU of the frames to score on, which is no longer honest"
    parser.add_argument("--score", choices=(*SCORES, WITH_LABELS), default="density", help=text)
    parser.add_argument("--output", metavar="DIR", required=True, help="new folder for the chosen segmenter")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    return parser


def main(arguments: list[str]) -> None:
    flags = parser().parse_args(arguments)
    folder = RunFolder(flags.run) if flags.run else newest_run(finished=True)
    run = read_run_config(folder.path)
    output = Path(flags.output)
    if output.exists():
        raise UsageError("--output", f"{output} exists", "Name a new folder")
    from keras_uda.core import runtime
    from keras_uda.core.atomic import atomic_folder
    from keras_uda.data.domains import Domains
    from keras_uda.data.ledger import LabelLedger
    from keras_uda.runs.stage import stages_of
    from keras_uda.training.selection import select

    runtime.set_up(run.seed)
    last = stages_of(run, folder)[-1]
    chosen = select(last, Domains(run.data, LabelLedger([])), flags.score)
    with atomic_folder(output) as aside:
        for name in ("segmenter.weights.h5", "segmenter.json"):
            (aside / name).write_bytes((chosen.folder / name).read_bytes())
        (aside / "config.yaml").write_bytes((folder / "config.yaml").read_bytes())
        (aside / "selection.json").write_text(chosen.to_json())
    for step, row in chosen.table.items():
        say(f"step {step}: " + ", ".join(f"{name} {value:.4f}" for name, value in row.items()))
    say(f"{chosen.describe()} -> {output}")
