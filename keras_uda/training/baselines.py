"""Source-only and oracle beside a run: the configurations they have, and the folders they are kept in."""

import dataclasses
import os
from pathlib import Path

from keras_uda.config.names import BASELINES
from keras_uda.config.schema import RunConfig
from keras_uda.config.several import without_weak_labels
from keras_uda.config.stage_schema import StageConfig
from keras_uda.config.stored import read_run_config
from keras_uda.config.stored import to_dict
from keras_uda.core.errors import ArtefactError
from keras_uda.runs.folder import RUNS
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.lineage import whole_run
from keras_uda.runs.provenance import config_hash
from keras_uda.segmenters.weights.record import RECORD_FILE
from keras_uda.segmenters.weights.record import folder_of
from keras_uda.segmenters.weights.record import read_record
from keras_uda.world.render import VERSION

RECORDED = "baselines"  # key of `run.json`


def baselines_of(run: RunConfig) -> tuple[str, ...]:
    """The baselines beside a run: not itself, and none where no stage trains the segmenter, which leaves no number of
    batches that a baseline could have as well."""
    return tuple(method for method in BASELINES if method != run.method) if run.source_steps else ()


def baseline_of(run: RunConfig, method: str) -> RunConfig:
    """One stage with as many source batches as all stages of `run` together, and the optimiser of the run."""
    stages = list(run.stages.values())
    # Clipping, weak labels, transforms and samplers belong to a method: without them all share one pair of baselines.
    # Stages that retrain a segmenter have lower rates of their own, with which nobody would train one from the start.
    optimizer = dataclasses.replace({**stages[-1].optimizers, **run.optimizers}["segmenter"], clip_norm=0.0)
    data = dataclasses.replace(without_weak_labels(run.data), weak_points=1, labelled_images=None)
    data = dataclasses.replace(data, transforms={}, source=dataclasses.replace(run.data.source, sampler={}))
    stage = StageConfig(method=method, steps=run.source_steps)
    one_scale = {} if run.has_no_source else {"scales": 1, "crop": None}  # a given segmenter has the scales that it has
    return dataclasses.replace(
        run,
        method=method,
        data=data,
        segmenter=dataclasses.replace(run.segmenter, target_share=1.0, **one_scale),  # of the method
        preset="default",
        optimizers={"segmenter": optimizer},
        stages={"train": stage},
        baselines="none",
    )


def baseline_hash(baseline: RunConfig) -> str:
    """Names what two runs must share to share a baseline."""
    content = to_dict(baseline)
    for key in ("method", "evaluation", "checkpoint_every"):
        content.pop(key)
    content["stages"] = baseline.stages["train"].steps
    return config_hash({"world": VERSION, **content, **_given_weights(baseline)})


def _given_weights(run: RunConfig) -> dict[str, str]:
    """The hash of the segmenter that a run without a source begins with: another one may come to lie in its folder."""
    if not run.has_no_source:
        return {}
    try:
        return {"given": read_record(given_model(run))[0]["sha256"]}
    except ArtefactError:  # it is refused before anything is trained
        return {}


def baseline_folder(run: RunConfig, method: str) -> RunFolder:
    return RunFolder(RUNS / "baselines" / baseline_hash(baseline_of(run, method)) / method)


def given_model(run: RunConfig) -> Path | None:
    """The folder of the segmenter that a run without a source was given: its source-only; None for other runs."""
    return folder_of(Path(run.segmenter.weights)) if run.has_no_source else None


def known_baselines(run: RunConfig) -> dict[str, Path]:
    """The baselines of a run that are trained already."""
    folders = {method: baseline_folder(run, method) for method in baselines_of(run)}
    known = {method: folder.path for method, folder in folders.items() if folder.finished}
    return known | ({BASELINES[0]: given_model(run)} if run.has_no_source else {})


def trained_baselines(folder: RunFolder) -> dict[str, RunFolder]:
    """The baselines of a finished run: those that it names, else those below `runs/` here or beside it."""
    run, recorded = read_run_config(folder.path), folder.record.get(RECORDED, {})
    found, whole = {}, whole_run(run, folder.record)
    for method in baselines_of(whole):
        below = baseline_folder(whole, method).path.relative_to(RUNS)
        places = [RUNS / below, folder.path.resolve().parent / below]
        if method in recorded:
            places = [folder.path / recorded[method], *places]
        given = run.has_no_source and method == BASELINES[0]
        places += [given_model(whole)] if given else []
        known = [RunFolder(place) for place in places if has_segmenter(place, given)]
        if known:
            found[method] = known[0]
    return found


def has_segmenter(place: Path, given: bool) -> bool:
    """Whether a folder holds a baseline: a finished run, or, of a model that was `given`, any segmenter."""
    return (place / RECORD_FILE).is_file() if given else RunFolder(place).finished


def record_baselines(folder: RunFolder, baselines: dict[str, Path]) -> None:
    """Notes in `run.json` where the baselines of a run lie, seen from its folder."""
    folder.update_record(**{RECORDED: {name: _relative(Path(path), folder.path) for name, path in baselines.items()}})


def _relative(path: Path, start: Path) -> str:
    try:
        return Path(os.path.relpath(path.resolve(), start.resolve())).as_posix()
    except ValueError:  # on another drive
        return path.resolve().as_posix()
