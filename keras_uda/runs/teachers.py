"""Segmenters of other folders that a run learns from: whether they fit, and whether they are still the same."""

import math
from pathlib import Path
from typing import get_args

from keras_uda.config.field_types import parse_size
from keras_uda.config.method_spec import add_on_facts
from keras_uda.config.names import ENSEMBLE
from keras_uda.config.schema import RunConfig
from keras_uda.config.schema import SegmenterConfig
from keras_uda.config.segmenter_spec import segmenter_facts
from keras_uda.config.segmenter_spec import two_scale_multiple
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import UsageError
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.stage import Stage
from keras_uda.runs.stage import stages_of
from keras_uda.segmenters.weights.record import WEIGHTS_FILE
from keras_uda.segmenters.weights.record import check_hash
from keras_uda.segmenters.weights.record import folder_of
from keras_uda.segmenters.weights.record import read_record

RECORDED = "teachers"  # key of `run.json`


def require_teachers(folder: RunFolder, run: RunConfig) -> dict[str, str]:
    """Checks the teachers of all stages that are not finished, before anything is read or trained.

    The segmenter that a run without a source begins with is one of them.

    Args:
        folder: of the run; it may be new.
        run: the configuration.
    Returns:
        Dotted key of each teacher -> SHA-256 of its weights.
    Raises:
        UsageError: one is missing, damaged, has other classes, cannot take the images, or is another one than when
            the run began.
    """
    known = folder.record.get(RECORDED, {})
    found = dict(known)
    for stage in stages_of(run, folder):
        for key, path in (start_of(stage) | teachers_of(stage)).items() if stage.provenance() is None else ():
            found[key] = checked_hash(run, key, Path(path))
            if (folder / "stages").exists() and known.get(key, found[key]) != found[key]:
                what = f"`{path}` holds other weights than when {folder.path} was started"
                raise UsageError(key, what, "Put the first ones back, or use another --output")
    return found


def require_weights(run: RunConfig) -> None:
    """Raises ArtefactError unless the files that stages start from are whole; what they hold is seen when they load."""
    for path in {run.segmenter.weights, *(stage.weights for stage in run.stages.values())} - {None, "imagenet", "none"}:
        record, _ = read_record(Path(path))
        check_hash(folder_of(Path(path)) / WEIGHTS_FILE, record)


def start_of(stage: Stage) -> dict[str, str]:
    """Dotted key -> folder of the segmenter that a run without a source begins with: all that teaches it."""
    given = stage.run.has_no_source and not stage.earlier
    return {"segmenter.weights": stage.run.segmenter.weights} if given else {}


def teachers_of(stage: Stage) -> dict[str, str]:
    """Dotted key -> folder of every trained segmenter that the add-ons of a stage name."""
    found = {}
    for name, options in stage.config.add_ons.items():
        known = add_on_facts(name).arguments
        for option, value in options.items():
            if "run" in get_args(known[option].type)[1:]:
                found[f"stages.{stage.name}.add_ons.{name}.{option}"] = value
    return found


def checked_hash(run: RunConfig, key: str, path: Path) -> str:
    """SHA-256 of the weights of a teacher that a run can learn from; raises UsageError for any other."""
    try:
        record, config = read_record(path)
        check_hash(folder_of(path) / WEIGHTS_FILE, record)
    except ArtefactError as error:
        raise UsageError(key, f"{error.where}: {error.what}", error.remedy) from error
    if key == "segmenter.weights" and (at_random := record["provenance"].get("at_random")):
        what = f"`{path}` is not trained for this task: {', '.join(at_random)} are random numbers"
        raise UsageError(key, what, "Name a trained run, or a source to train on")
    if tuple(record["classes"]) != tuple(run.data.classes):
        what = f"`{path}` has {len(record['classes'])} classes, which are not those of the run"
        raise UsageError(key, what, f"Set --data.classes to {', '.join(record['classes'])}, or name another model")
    multiple = input_multiple(config)
    if any(length % multiple for length in parse_size(run.data.target.size)):
        what = f"`{path}` is a {config.name}, which takes multiples of {multiple}, not {run.data.target.size}"
        raise UsageError(key, what, "Round data.target.size, or name another model")
    return record["sha256"]


def input_multiple(config: SegmenterConfig) -> int:
    """What sides of images must be multiples of."""
    if config.name == ENSEMBLE:
        return math.lcm(*(input_multiple(SegmenterConfig(**member)) for member in config.members))
    facts = segmenter_facts(config.name)
    one_scale = facts.input_multiple
    return one_scale if config.scales == 1 else two_scale_multiple(facts.stride, one_scale)
