"""Without a source: what a configuration of a method means where only a trained segmenter and target images are given.

The stages that train on the source alone are left out: the given segmenter is what they would leave. The others take
the form of their method that reads no source (`without_source` of its class). What is measured on source labels goes.
Network and classes are those of the given segmenter.
"""

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from typing import Literal

from keras_uda.config.method_spec import add_on_facts
from keras_uda.config.method_spec import method_facts
from keras_uda.config.method_spec import to_measure
from keras_uda.config.names import ADD_ONS
from keras_uda.config.names import EVERY_METHOD
from keras_uda.config.names import METHODS
from keras_uda.config.names import NO_SOURCE
from keras_uda.config.names import SEGMENTERS
from keras_uda.config.schema import RunConfig
from keras_uda.config.several import INHERITED
from keras_uda.config.stage_schema import StageConfig
from keras_uda.core.errors import UdaError
from keras_uda.core.errors import UsageError
from keras_uda.core.json_records import Record
from keras_uda.core.json_records import read_json

RECORD = "segmenter.json"  # beside the weights of a segmenter; `segmenters.weights.record` checks it
TAKEN = ("name", "levels", "arguments", "scales", "crop")  # of the network
SOURCE_ALONE = ("source",)  # what a stage reads that is done with the given segmenter


class Given(Record):
    """What is read of the record of a given segmenter before it is opened."""

    format: Literal[2]
    classes: list[str]
    arguments: dict[str, Any]


def without_source(content: dict, flags: Iterable[str]) -> dict:
    """The content of a configuration without a source, with the network and the classes of the segmenter that it names.

    A record that cannot be read changes nothing here: it is refused when the segmenter is opened. The sampler that a
    file has for the source goes, and its weights of classes; on the command line they are refused.

    Args:
        content: plain values; it is not changed.
        flags: dotted keys of the command line, which stay as they are given.
    Raises:
        UsageError: a flag that nothing would read.
    """
    data, segmenter = (content.get(key) if isinstance(content.get(key), dict) else {} for key in ("data", "segmenter"))
    source, weights = data.get("source"), segmenter.get("weights")
    without = isinstance(source, dict) and source.get("name") == NO_SOURCE
    if not without:
        return content
    _refuse_unread(data, flags)
    if not is_given("data.source.sampler", flags):
        data = data | {"source": {key: value for key, value in source.items() if key != "sampler"}}
        content = content | {"data": data}
    if not isinstance(weights, str) or weights in ("imagenet", "none"):
        return content
    path = Path(weights)
    try:
        record = read_json((path if path.is_dir() else path.parent) / RECORD, Given)
    except (UdaError, OSError, ValueError):
        return content
    known = {key: value for key, value in record["arguments"].items() if key in TAKEN}
    if known.get("name") not in SEGMENTERS:
        return content
    taken = {key: value for key, value in known.items() if not is_given(f"segmenter.{key}", flags)}
    classes = {} if is_given("data.classes", flags) else {"classes": record["classes"]}
    return content | {"data": data | classes, "segmenter": segmenter | taken}


def _refuse_unread(data: dict, flags: Iterable[str]) -> None:
    """Raises UsageError for a flag of the source, or of what is measured on its labels: nothing would read it."""
    for flag in flags:
        side, _, field = flag.partition("data.source.")
        if not side and field.partition(".")[0] not in ("name", "sampler", *INHERITED):
            raise UsageError(flag, "is given, but data.source.name is `none`", "Drop one of them")
    exponent = "data.class_weight_exponent"
    if exponent in flags and data.get("class_weight_exponent"):
        what = f"`{data['class_weight_exponent']}`, but without a source no labels are there to count classes in"
        raise UsageError(exponent, what, "Set it to 0, or drop it")


def is_given(key: str, flags: Iterable[str]) -> bool:
    """Whether the command line names a field, or one below it."""
    return any(f"{flag}.".startswith(f"{key}.") for flag in flags)


def source_free(run: RunConfig) -> RunConfig:
    """The configuration of a run without a source; any other is returned as it is."""
    if not run.has_no_source:
        return run
    left_out = _stages_of_source(run)
    stages = {name: _stage(stage, left_out) for name, stage in run.stages.items() if name not in left_out}
    return dataclasses.replace(run, data=dataclasses.replace(run.data, class_weight_exponent=0.0), stages=stages)


def check_source(run: RunConfig) -> None:
    """What a run without a source must have, and what it cannot have.

    Raises:
        UsageError: no trained segmenter, a method that needs the source, ...
    """
    if not run.has_no_source:
        return
    if run.data.source.root is not None:
        what = f"`{run.data.source.root}`, but data.source.name is `none`"
        raise UsageError("data.source.root", what, "Drop one of them")
    for name, stage in run.stages.items():
        if "source" in method_facts(stage.method).reads:
            what = f"{stage.method} learns from a labelled source, but data.source.name is `none`"
            raise UsageError(f"stages.{name}.method", what, f"Name a source, or take {', '.join(able())}")
    if run.segmenter.weights in ("imagenet", "none"):
        what = f"`{run.segmenter.weights}`, but without a source the segmenter must be trained already"
        raise UsageError("segmenter.weights", what, "Name a run: --segmenter.weights runs/NAME")
    for key, chosen in {"data.transforms": run.data.transforms, "data.source.sampler": run.data.source.sampler}.items():
        for option in chosen:
            what = f"`{option}` is for source images, but data.source.name is `none`"
            raise UsageError(key, what, f"Name a source, or take {', '.join(able())} without it")
    for name, stage in run.stages.items():
        _check_measured(name, stage)
    trains = [stage.method for stage in run.stages.values() if method_facts(stage.method).trains]
    if trains and run.segmenter.target_share < 1:
        what = f"{run.segmenter.target_share}, but {trains[0]} has no source to take statistics from"
        raise UsageError("segmenter.target_share", what, "Set it to 1, or take adabn, which keeps those of the model")


def _check_measured(name: str, stage: StageConfig) -> None:
    """What would be measured on source labels must be given."""
    open_keys = [f"arguments.{key}" for key in to_measure(method_facts(stage.method), stage.arguments)]
    joined = stage.add_ons if method_facts(stage.method).trains_segmenter else {}  # else they are refused themselves
    for add_on, options in joined.items():
        facts = add_on_facts(add_on) if add_on in ADD_ONS else None
        open_keys += [f"add_ons.{add_on}.{key}" for key in to_measure(facts, options)] if facts else []
    for key in open_keys:
        what = "it is measured on the labels of a source, but data.source.name is `none`"
        raise UsageError(f"stages.{name}.{key}", what, "Give it, drop what needs it, or name a source")


def able() -> list[str]:
    """The methods that need no source."""
    facts = {name: method_facts(name) for name in METHODS}
    return sorted(n for n, one in facts.items() if one.without_source or not {"source", "label"} & {*one.reads})


def _stages_of_source(run: RunConfig) -> list[str]:
    """The stages at the beginning that train on the source alone, if others follow them."""
    found = []
    for name, stage in run.stages.items():
        if stage.method not in EVERY_METHOD or method_facts(stage.method).reads != SOURCE_ALONE:
            return found
        found.append(name)
    return []  # nothing else is there: it is refused


def _stage(stage: StageConfig, left_out: list[str]) -> StageConfig:
    """A stage in the form of its method that reads no source."""
    other = method_facts(stage.method).without_source if stage.method in EVERY_METHOD else ""
    labels = stage.pseudo_labels
    if labels is not None:
        labelled_by = None if labels.labelled_by in left_out else labels.labelled_by
        labels = dataclasses.replace(labels, prior=False, source_portion=1.0, labelled_by=labelled_by)
    teacher = None if stage.teacher in left_out else stage.teacher
    stage = dataclasses.replace(stage, pseudo_labels=labels, teacher=teacher)
    if not other:
        return stage
    of_source = set(method_facts(stage.method).arguments) - set(method_facts(other).arguments)
    arguments = {name: value for name, value in stage.arguments.items() if name not in of_source}
    return dataclasses.replace(stage, method=other, arguments=arguments)
