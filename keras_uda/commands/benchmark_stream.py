"""`benchmark stream`: what `predict --adapt statistics` gives on labelled frames in order, and where it may harm."""

from itertools import islice

from keras_uda.api.evaluate import CHANGEABLE
from keras_uda.config.changes import parse_changes
from keras_uda.config.changes import parser_of_changes
from keras_uda.config.parser import Parser
from keras_uda.core.console import say
from keras_uda.core.errors import UsageError

LINE = "  {:<28}{:>7}{:>12}{:>11}"
LEAST = 6  # frames, so that every part of a stream has one


def parser() -> Parser:
    text = "Shows labelled frames to a run in their order, as it is and with statistics that follow them"
    parser = parser_of_changes("benchmark stream", text, CHANGEABLE)
    text = "of the target, whose frames are in order (default: the first one that has labels)"
    parser.add_argument("--split", metavar="NAME", help=text)
    parser.add_argument("--frames", type=int, metavar="N", help="take the first ones alone")
    return parser


def main(arguments: list[str]) -> None:
    flags, changes = parse_changes(parser(), arguments, CHANGEABLE)
    if flags.frames is not None and flags.frames < LEAST:
        raise UsageError("--frames", f"{flags.frames} are no stream", f"Give {LEAST} or more")
    benchmark(flags, changes)


def benchmark(flags, changes: dict[str, str]) -> None:
    """Prints a line for each part of each stream: its frames, mIoU as trained and with statistics that follow."""
    from keras_uda.core import runtime  # first: it keeps TensorFlow from greeting on stderr

    runtime.set_up(seed=0)
    from keras_uda.artefacts.open_model import following_of
    from keras_uda.artefacts.open_model import open_model
    from keras_uda.evaluation import elsewhere
    from keras_uda.evaluation import metrics
    from keras_uda.evaluation import streams
    from keras_uda.evaluation.subjects import subject_of

    subject = subject_of(flags.run, None, False, "data.target.name" in changes)
    run = elsewhere.with_split(elsewhere.with_target(subject.run, changes), flags.split)
    frames = frames_of(run, flags.frames)
    merge = metrics.merge_map(run.data.classes, run.evaluation.merge)
    fixed, (following, _) = open_model(subject.folder.path).run, following_of(subject.folder.path)
    say(f"{subject.name} on {len(frames)} frames of `{run.data.target.eval_split}`, mIoU in %:")
    say(LINE.format("stream", "frames", "as trained", "following"))
    for shown in streams.scenes(len(frames)):
        following.restart()
        found = [streams.matrices_of(one, frames, shown, merge) for one in (fixed, following)]
        for row in found[0]:
            count = sum(one.row == row for one in shown)
            say(LINE.format(row, count, *(metrics.percent(metrics.frame_miou(one[row])) for one in found)))


def frames_of(run, limit: int | None) -> list:
    """Name, image and label of the held-out frames, in their order."""
    from keras_uda.data.domains import Domains
    from keras_uda.data.ledger import LabelLedger

    frames = list(islice(Domains(run.data, LabelLedger({"evaluation"})).evaluation(), limit))
    if len(frames) < LEAST:
        raise UsageError("--split", f"has {len(frames)} labelled frames, no stream", f"Name one with {LEAST} or more")
    return frames
