"""What is scored: a run, or an exported model with its run where that is at hand."""

import dataclasses
import json
from functools import partial
from pathlib import Path
from typing import Annotated
from typing import NamedTuple

from annotated_types import Predicate

from keras_uda.artefacts.manifest import MANIFEST
from keras_uda.artefacts.manifest import find_entry
from keras_uda.artefacts.manifest import read_manifest
from keras_uda.artefacts.open_model import open_model
from keras_uda.config.data_schema import DataConfig
from keras_uda.config.data_schema import DomainConfig
from keras_uda.config.field_types import parse_size
from keras_uda.config.names import RUN_METHODS
from keras_uda.config.schema import RunConfig
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import UsageError
from keras_uda.core.json_records import Record
from keras_uda.core.json_records import parse_json
from keras_uda.core.runnable import RunnableModel
from keras_uda.evaluation.counting import Scored
from keras_uda.evaluation.deployed import Deployed
from keras_uda.evaluation.elsewhere import Way
from keras_uda.runs.folder import RUNS
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.folder import newest_run
from keras_uda.runs.folder import read_json
from keras_uda.runs.places import read_run
from keras_uda.runs.stage import stages_of
from keras_uda.runs.stage import trained_steps
from keras_uda.segmenters.build import load_segmenter
from keras_uda.segmenters.inference import predictions
from keras_uda.segmenters.inference import runner_of
from keras_uda.segmenters.mirrored import Mirrored

EXAMPLE = "--data.target.name folder --data.target.root DIR"


def _is_name(text: str) -> bool:
    """Whether a text is the name of a folder, and no path."""
    return text not in ("", ".", "..") and not set("/\\\0") & set(text)


class OfSegmenter(Record):
    sha256: str | None = None


class OfRun(Record):
    method: str | None = None


class Origin(Record):
    """What an export says of the run that it is of; `run` is the name of its folder and leads nowhere else."""

    run: Annotated[str, Predicate(_is_name)] | None = None
    segmenter: OfSegmenter = OfSegmenter()
    provenance: OfRun = OfRun()


class Subject(NamedTuple):
    """What is scored.

    Args:
        run: its configuration; of a model whose run is not at hand, its classes and size alone are right.
        folder: of the run; None where it is not at hand.
        model: an export, opened; None: the segmenter of the run.
        name: for messages and the report.
    """

    run: RunConfig
    folder: RunFolder | None
    model: RunnableModel | None
    name: str


def subject_of(run: str | None, model: str | None, trust: bool, target_given: bool) -> Subject:
    """The run or model to score.

    Args:
        run: folder; None: the newest finished run, or that of `model`.
        model: path of an export or of a run; None: the segmenter of the run.
        trust: run a SavedModel that no `export.json` vouches for.
        target_given: the target is named, so that no run has to name it.
    Raises:
        UsageError: they contradict each other, or nothing says on what to score. ArtefactError: cannot be opened.
    """
    if model is not None and (Path(model) / "config.yaml").is_file():  # a run is a model too
        if run is not None:
            raise UsageError("--model", f"{model} is a run as well", "Give --run alone")
        run, model = model, None
    if model is None:
        folder = RunFolder(run) if run else newest_run(finished=True)
        return Subject(read_run(folder), folder, None, folder.path.resolve().name)
    return _of_export(Path(model), RunFolder(run) if run else run_of(Path(model)), trust, target_given)


def _of_export(path: Path, folder: RunFolder | None, trust: bool, target_given: bool) -> Subject:
    opened = open_model(path, trust)
    if folder is None and not target_given:
        what = f"is missing, and the run that {path} is an export of was not found"
        raise UsageError("--data.target", what, f"Add {EXAMPLE}, or --run DIR")
    run = read_run(folder) if folder else _described(path, opened)
    if list(run.data.classes) != list(opened.classes):
        raise UsageError("--run", f"{folder.path} has other classes than {path}", "Name the run of the export, or none")
    size = f"{opened.size[0]}x{opened.size[1]}"
    target = dataclasses.replace(run.data.target, size=size)
    targets = tuple(dataclasses.replace(one, size=size) for one in run.data.targets)
    run = dataclasses.replace(run, data=dataclasses.replace(run.data, target=target, targets=targets))
    return Subject(run, folder, opened, f"{path.resolve().name} ({opened.kind})")


def run_of(path: Path) -> RunFolder | None:
    """The run that an exported model is of, if it lies below `runs/` here or beside the exports, unchanged."""
    origin = _origin_of(path)
    for place in (RUNS, *(parent / RUNS for parent in path.resolve().parents)) if origin.run else ():
        folder = RunFolder(place / origin.run)
        if read_json(folder / "segmenter.json").get("sha256") == origin.segmenter.sha256:
            return folder if (folder / "config.yaml").exists() else None
    return None


def _origin_of(path: Path) -> Origin:
    """What `export.json` of a model says of its run, nothing without one; raises `ArtefactError` for a damaged one."""
    listed = None if (path / MANIFEST).is_file() else find_entry(path)
    content = read_manifest(path) if (path / MANIFEST).is_file() else listed and listed[0]
    try:
        parse_json(json.dumps(content or {}), Origin)
        return Origin(**(content or {}))
    except ValueError as error:
        raise ArtefactError(path, f"{MANIFEST}: {error}", "Export again") from error


def _described(path: Path, model: RunnableModel) -> RunConfig:
    """What an export says of its run."""
    method = _origin_of(path).provenance.method
    data = DataConfig(target=DomainConfig(name="folder"), classes=tuple(model.classes))
    return RunConfig(method=method if method in RUN_METHODS else RunConfig.method, data=data)


def scored(subject: Subject, way: Way) -> Scored:
    """The subject itself, looked at in a way; an export is run as `predict` does."""
    if subject.model is None:
        return scored_run(subject.folder, subject, way)
    if way.flip and not subject.model.gives_confidence:
        what = f"takes the surer of two answers, and {subject.name} gives no confidence"
        raise UsageError("--flip", what, "Leave it out, or export with --outputs maps")
    steps = _steps(subject.folder) if subject.folder else None
    deployed = Deployed(subject.model.run, subject.model.size, way.window, way.flip)
    return Scored(deployed.predictions, steps, own_size=True)


def scored_run(folder: RunFolder, subject: Subject, way: Way) -> Scored:
    """A run: the subject, or one beside it that is looked at in the same way.

    Raises:
        UsageError: it has other classes. ArtefactError: it cannot be opened.
    """
    segmenter, record = load_segmenter(folder.path)
    if record["classes"] != list(subject.run.data.classes):
        raise UsageError(folder.path, f"has other classes than {subject.name}", "Name a run of the same classes")
    segmenter = Mirrored(segmenter) if way.flip else segmenter
    if way.window is None and subject.model is None:
        return Scored(partial(predictions, segmenter), _steps(folder))
    deployed = Deployed(runner_of(segmenter), parse_size(record["size"]), way.window)
    return Scored(deployed.predictions, _steps(folder), own_size=True)


def _steps(folder: RunFolder) -> int | None:
    return trained_steps(stages_of(read_run(folder), folder)) if (folder / "config.yaml").exists() else None
