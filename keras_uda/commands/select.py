"""`select`: chooses another checkpoint of a run that kept them; or measures which score without labels holds."""

import shutil
from argparse import Namespace
from pathlib import Path

from keras_uda.config.names import DEFAULT_SCORE
from keras_uda.config.names import SCORES
from keras_uda.config.names import WITH_LABELS
from keras_uda.config.parser import Parser
from keras_uda.core.console import say
from keras_uda.core.errors import UsageError
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.folder import newest_run
from keras_uda.runs.places import read_run


def parser() -> Parser:
    description = "Chooses a checkpoint of a run that was trained with --select."
    parser = Parser(prog="python -m keras_uda select", description=description)
    parser.add_argument("--run", metavar="DIR", help="run folder (default: the newest finished one)")
    text = "a score without labels, or target-labels: mIoU of the scored frames, whose score is then too optimistic"
    parser.add_argument("--score", choices=(*SCORES, WITH_LABELS), default=DEFAULT_SCORE, help=text)
    parser.add_argument(
        "--output", metavar="DIR", required=True, help="new folder for the chosen segmenter, or the JSON file"
    )
    text = "instead: score finished runs without labels, and compare with their mIoU; needs --against-labels"
    parser.add_argument("--runs", nargs="+", metavar="DIR", help=text)
    parser.add_argument(
        "--against-labels", action="store_true", help="target labels may be opened, to judge the scores"
    )
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    return parser


def main(arguments: list[str]) -> None:
    flags = parser().parse_args(arguments)
    if bool(flags.runs) != flags.against_labels:
        raise UsageError("--runs", "goes with --against-labels, which says that labels are opened", "Give both or none")
    if flags.runs:
        judge_scores([RunFolder(path) for path in flags.runs], Path(flags.output))
    else:
        choose(flags)


def judge_scores(folders: list[RunFolder], output: Path) -> None:
    """Scores of finished runs beside their true mIoU: a JSON file, a table, a plot."""
    for folder in folders:
        if not folder.finished:
            raise UsageError("--runs", f"{folder.path} is not a finished run", "Name run folders of train.py")
    if output.suffix != ".json":
        raise UsageError("--output", f"{output}", "Name a .json file; a plot is written beside it")
    from keras_uda.core.atomic import atomic_write
    from keras_uda.evaluation.label_free_table import lines
    from keras_uda.report.figures import figure_to_png
    from keras_uda.report.label_free_figure import label_free_figure
    from keras_uda.training.label_free_study import study

    content = study(folders, output)
    if not content["cells"]:
        raise UsageError("--runs", "none of them is an adapted run with scores", "Name runs on labelled targets")
    picture = output.with_suffix(".png")
    atomic_write(picture, figure_to_png(label_free_figure(content, DEFAULT_SCORE)))
    say("\n".join(lines(content)))
    say(f"{len(content['cells'])} runs -> {output}, {picture}")


def choose(flags: Namespace) -> None:
    """The segmenter of the checkpoint with the best score, in a folder of its own."""
    folder = RunFolder(flags.run) if flags.run else newest_run(finished=True)
    run = read_run(folder)
    output = Path(flags.output)
    if output.exists():
        raise UsageError("--output", f"{output} exists", "Name a new folder")
    from keras_uda.core import runtime
    from keras_uda.core.atomic import atomic_folder
    from keras_uda.core.outside import read_bytes
    from keras_uda.core.strict_yaml import LARGEST_FILE
    from keras_uda.data.domains import Domains
    from keras_uda.data.ledger import LabelLedger
    from keras_uda.runs.stage import stages_of
    from keras_uda.training.selection import select

    runtime.set_up(run.seed)
    last = stages_of(run, folder)[-1]
    chosen = select(last, Domains(run.data, LabelLedger([])), flags.score)
    with atomic_folder(output) as aside:
        for name in ("segmenter.weights.h5", "segmenter.json"):
            shutil.copyfile(chosen.folder / name, aside / name)
        (aside / "config.yaml").write_bytes(read_bytes(folder / "config.yaml", LARGEST_FILE))
        (aside / "selection.json").write_text(chosen.to_json())
    for step, row in chosen.table.items():
        say(f"step {step}: " + ", ".join(f"{name} {value:.4f}" for name, value in row.items()))
    say(f"{chosen.describe()} -> {output}")
