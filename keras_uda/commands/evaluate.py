"""`evaluate`: scores a run or an exported model, on the run's own held-out frames or on any labelled data."""

from keras_uda.config.changes import split_changes
from keras_uda.config.command_line import Parser
from keras_uda.config.names import BASELINES
from keras_uda.core.console import say
from keras_uda.core.console import warn
from keras_uda.core.errors import UsageError
from keras_uda.runs.folder import RunFolder

EXAMPLE = "--data.target.name folder --data.target.root DIR"
CHANGEABLE = ("data.target", "data.cache", "evaluation")


def parser() -> Parser:
    text = "Scores a run or an exported model, and source-only beside it, on its own held-out frames or on others:"
    parser = Parser(prog="python -m keras_uda evaluate", description=f"{text} {EXAMPLE}.")
    parser.of_runs = True  # keys of the configuration are flags
    parser.add_argument("--run", metavar="DIR", help="run folder (default: the newest finished one)")
    text = "export folder, SavedModel, .tflite or .onnx file, run as `predict` does"
    parser.add_argument("--model", metavar="PATH", help=text)
    parser.add_argument("--source-only", metavar="DIR", help="run to put beside it (default: the one trained for it)")
    parser.add_argument("--split", metavar="NAME", help="of the target (default: the first one that has labels)")
    text = "frames in windows of the size of the network that share this part of their width (default: %(const)s)"
    parser.add_argument("--window", nargs="?", type=float, const=0.25, metavar="OVERLAP", help=text)
    parser.add_argument("--flip", action="store_true", help="look at the mirror image of every frame as well")
    parser.add_argument("--output", metavar="DIR", required=True, help="new folder for evaluation.json and the report")
    parser.add_argument("--trust-model", action="store_true", help="run a SavedModel that export.py did not write")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    parser.epilog = f"Every field below {', '.join(CHANGEABLE)} of the configuration is a flag too."
    return parser


def main(arguments: list[str]) -> None:
    rest, changes = split_changes(parser(), arguments, CHANGEABLE)
    flags = parser().parse_args(rest)
    if flags.window is not None and not 0 <= flags.window <= 0.9:
        raise UsageError("--window", f"{flags.window} is not a part between 0 and 0.9", "Give for example 0.25")
    output = RunFolder(flags.output)
    if output.path.exists():
        raise UsageError("--output", f"{output.path} exists", "Name a new folder")
    evaluate(flags, changes, output)


def evaluate(flags, changes: dict[str, str], output: RunFolder) -> None:
    from keras_uda.core import runtime  # first: it keeps TensorFlow from greeting on stderr

    runtime.set_up(seed=0)
    from keras_uda.evaluation import elsewhere
    from keras_uda.evaluation.models import SOURCE_ONLY
    from keras_uda.evaluation.models import model_of
    from keras_uda.evaluation.subjects import scored
    from keras_uda.evaluation.subjects import scored_run
    from keras_uda.evaluation.subjects import subject_of
    from keras_uda.report.write import write_report

    subject = subject_of(flags.run, flags.model, flags.trust_model, "data.target.name" in changes)
    run = elsewhere.with_target(subject.run, changes)
    if subject.model is not None and run.data.target.size != subject.run.data.target.size:
        raise UsageError("--data.target.size", f"{subject.name} takes {subject.run.data.target.size}", "Leave it out")
    other = elsewhere.is_other_data(run, subject.run)
    if other or flags.split or "data.target.eval_split" in changes:
        named = flags.split or changes.get("data.target.eval_split")
        run = elsewhere.with_split(run, named)
    way = elsewhere.Way(flags.window, flags.flip)
    models = {model_of(subject.run.method): scored(subject, way)}
    beside = baselines_of(subject, flags.source_only, other)
    models |= {name: scored_run(folder, subject, way) for name, folder in beside.items()}
    if SOURCE_ONLY not in models:
        warn("no source-only beside it: the run has none at hand. Name one with --source-only RUN")
    with output.claimed():
        about = {"of": subject.name, "elsewhere": other, **way._asdict()}
        read_before = set() if other else read_by_training(subject) | ({"oracle"} & set(beside))
        elsewhere.evaluate_elsewhere(run, output, models, about, read_before)
    say(f"scores: {output / 'evaluation.json'}, report: {write_report(output.path)}")


def read_by_training(subject) -> set[str]:
    """What a run opened labels of its own target for, besides scoring."""
    labels = subject.folder.record.get("labels") or {} if subject.folder else {}
    return set(labels) - ({"oracle"} if subject.run.method != "oracle" else set())


def baselines_of(subject, named: str | None, other_data: bool) -> dict[str, RunFolder]:
    """What is scored on the same frames: source-only, and on the run's own target the oracle."""
    from keras_uda.training.baselines import trained_baselines

    known = trained_baselines(subject.folder) if subject.folder else {}
    if named is not None:
        if subject.run.method == BASELINES[0]:
            raise UsageError("--source-only", f"{subject.name} is source-only itself", "Leave it out")
        known = known | {BASELINES[0]: RunFolder(named)}
    return {name: folder for name, folder in known.items() if name == BASELINES[0] or not other_data}
