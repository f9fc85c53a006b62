"""`evaluate`: scores of a run or an exported model, on the run's own held-out frames or on any labelled data."""

import os
from argparse import Namespace

from keras_uda.api.options import AnyPath
from keras_uda.api.options import Options
from keras_uda.api.options import texts_of
from keras_uda.config.changes import check_changes
from keras_uda.config.names import BASELINES
from keras_uda.core.console import say
from keras_uda.core.console import warn
from keras_uda.core.errors import UsageError
from keras_uda.evaluation.scores_file import read_scores
from keras_uda.runs.folder import RunFolder

CHANGEABLE = ("data.target", "data.cache", "evaluation")


def evaluate(
    model: AnyPath | None = None,
    *,
    output: AnyPath,
    options: Options | None = None,
    split: str | None = None,
    source_only: AnyPath | None = None,
    window: float | None = None,
    flip: bool = False,
    trust_model: bool = False,
) -> dict:
    """Scores a run or an exported model, and source-only beside it, and writes the report.

    Args:
        model: run, export folder, SavedModel, `.tflite` or `.onnx` file; None: the newest finished run.
        output: new folder for `evaluation.json` and `report.html`.
        options: another target: `{"data.target.name": "folder", "data.target.root": "labelled_frames"}`.
        split: of the target; None: that of the run, or the first one that has labels.
        source_only: run to put beside it; None: the one that was trained for it.
        window: look at frames in windows of the size of the network that share this part of their width, 0 to 0.9.
        flip: look at the mirror image of every frame as well.
        trust_model: run a SavedModel that `export` did not write.
    Returns:
        Content of `evaluation.json`: `scores["adapted"]["miou"]`, in 0 to 1.
    Raises:
        UsageError: anything that cannot be meant. DataError: no labels, or bad files. ArtefactError: cannot be opened.
    """
    changes = texts_of(options)
    check_changes(changes, CHANGEABLE)
    paths = {"model": model, "source_only": source_only}
    given = {name: None if path is None else os.fspath(path) for name, path in paths.items()}
    way = {"split": split, "window": window, "flip": flip, "trust_model": trust_model}
    folder = RunFolder(output)
    score(Namespace(run=None, **given, **way), changes, folder)
    return read_scores(folder.path)


def score(flags: Namespace, changes: dict[str, str], output: RunFolder) -> None:
    """Scores what the flags of the verb `evaluate` name; `changes` are dotted keys with texts of the command line."""
    if flags.window is not None and not 0 <= flags.window <= 0.9:
        raise UsageError("--window", f"{flags.window} is not a part between 0 and 0.9", "Give for example 0.25")
    if output.path.exists():
        raise UsageError("--output", f"{output.path} exists", "Name a new folder")
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
