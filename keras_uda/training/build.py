"""From the configuration to Keras objects: the segmenter and the compiled method of a stage."""

import dataclasses

import keras
import numpy as np

from keras_uda.config.field_types import parse_size
from keras_uda.config.method_spec import AddOnFacts
from keras_uda.config.method_spec import MethodFacts
from keras_uda.config.method_spec import add_on_facts
from keras_uda.config.method_spec import to_measure
from keras_uda.config.names import EVERY_METHOD
from keras_uda.config.names import SEGMENTERS
from keras_uda.config.names import resolve
from keras_uda.config.schema import RunConfig
from keras_uda.config.segmenter_spec import segmenter_facts
from keras_uda.core.errors import ConfigurationError
from keras_uda.core.errors import UsageError
from keras_uda.core.runtime import multiplies_bfloat16
from keras_uda.data.domains import Domains
from keras_uda.data.source_statistics import source_areas
from keras_uda.data.source_statistics import source_ratios
from keras_uda.data.source_statistics import source_sizes
from keras_uda.losses.rare_classes import balancing_weights
from keras_uda.methods.add_ons.base import build_add_ons
from keras_uda.optimizers.build import build_optimizer
from keras_uda.runs.stage import Stage
from keras_uda.segmenters.blocks import freeze_batch_norm
from keras_uda.segmenters.build import build_segmenter
from keras_uda.training.stage_data import StageData

# Arguments that a method may want measured on the source labels: name -> function of (source, number of classes).
MEASUREMENTS = {"source_areas": source_areas, "source_ratios": source_ratios, "source_sizes": source_sizes}


def initial_segmenter(run: RunConfig, weights: str | None = None) -> keras.Model:
    """The segmenter that every method of one seed starts from, or a stage that has a start of its own.

    Args:
        weights: of the stage; None is those of the run.
    """
    config = run.segmenter if weights is None else dataclasses.replace(run.segmenter, weights=weights)
    keras.utils.set_random_seed(run.seed)
    return build_segmenter(config, len(run.data.classes), precisions(run)[0])


def build_method(stage: Stage, segmenter: keras.Model, teacher: keras.Model | None = None) -> keras.Model:
    """The compiled method of a stage; `teacher` is for those that learn from another segmenter."""
    run, known = stage.run, stage.facts.arguments
    freeze_batch_norm(segmenter, stage.config.batch_norm == "frozen")
    derived = {"policy": precisions(run)[1], "total_steps": stage.steps, "image_sizes": image_sizes(stage)}
    arguments = {name: value for name, value in derived.items() if name in known} | stage.config.arguments
    try:
        kind = resolve(EVERY_METHOD, stage.method, "methods")
        method = kind(segmenter, *([teacher] if kind.has_teacher else []), **arguments)
        method.add_ons = build_add_ons(add_on_options(stage), method)
    except ConfigurationError as error:
        raise UsageError(stage.method, error.what, error.remedy) from error
    configs = {**run.optimizers, **stage.config.optimizers}
    missing = sorted(set(method.trains) - set(configs))
    if missing:
        what = f"{stage.method} trains {', '.join(missing)} too, but there is no optimiser for it"
        raise UsageError("optimizers", what, f"Add `{missing[0]}:` under `optimizers:`")
    try:
        method.compile({part: build_optimizer(configs[part], stage.steps, segmenter) for part in method.trains})
    except ConfigurationError as error:
        raise UsageError("optimizers", error.what, error.remedy) from error
    return method


def image_sizes(stage: Stage) -> tuple[tuple[int, int], tuple[int, int]]:
    """(height, width) of source and of target images in a batch."""
    data = stage.data
    return tuple(parse_size(data.crop or side.size)[::-1] for side in (data.source, data.target))


def add_on_options(stage: Stage) -> dict[str, dict]:
    """The add-ons of a stage with their options; the run fills in what the configuration leaves open."""
    derived = {"class_names": list(stage.run.data.classes)}

    def completed(name: str, options: dict) -> dict:
        known = add_on_facts(name).arguments
        return {key: value for key, value in derived.items() if key in known} | options

    return {name: completed(name, options) for name, options in stage.config.add_ons.items()}


def with_source_measurements(stage: Stage, domains: Domains) -> Stage:
    """The stage with what its method and its add-ons want measured, where the configuration leaves that open."""

    def complete(facts: MethodFacts | AddOnFacts, options: dict) -> dict:
        wanted = to_measure(facts, options)
        return options | {name: MEASUREMENTS[name](domains.source, len(domains.data.classes)) for name in wanted}

    add_ons = {name: complete(add_on_facts(name), options) for name, options in stage.config.add_ons.items()}
    arguments = complete(stage.facts, stage.config.arguments)
    return dataclasses.replace(stage, config=dataclasses.replace(stage.config, arguments=arguments, add_ons=add_ons))


def class_weights(stage: Stage, domains: Domains) -> np.ndarray | None:
    """float32 (C,): weights of the classes in the cross-entropy of labelled images; None: all the same."""
    exponent, names = stage.run.data.class_weight_exponent, stage.run.data.classes
    if not exponent:
        return None
    labelled = domains.labelled_target if stage.facts.target_labels == "all" else domains.source
    return balancing_weights(source_ratios(labelled, len(names)), exponent)


def with_data_sizes(stage: Stage, data: StageData) -> Stage:
    """The stage with the sizes of its data, for a method that has arguments for them.

    Labelled images are those of the target where there are some: in the stream they stand among those of the source,
    and often.
    """
    sizes = {"labelled_images": data.source, "unlabelled_images": data.target}
    found = {name: len(domain) for name, domain in sizes.items() if domain is not None}
    found["batch"] = stage.data.batch
    if stage.run.data.labelled_images is not None:
        found["labelled_images"] = stage.run.data.labelled_images
    known = stage.facts.arguments
    return stage.with_arguments(**{name: size for name, size in found.items() if name in known})


def in_float32(run: RunConfig, segmenter: keras.Model) -> keras.Model:
    """The same segmenter in float32: what is evaluated, exported and saved."""
    if precisions(run)[0] == "float32":
        return segmenter
    twin = build_segmenter(dataclasses.replace(run.segmenter, weights="none"), len(run.data.classes), "float32")
    copy_weights(segmenter, twin)
    return twin


def copy_weights(source: keras.Model, destination: keras.Model) -> None:
    destination.set_weights([np.asarray(weight) for weight in source.get_weights()])


def precisions(run: RunConfig) -> tuple[str, str]:
    """(policy of the segmenter, policy of the other parts) that `--precision` means here."""
    if run.precision != "auto":
        return run.precision, run.precision
    if not multiplies_bfloat16():
        return "float32", "float32"
    dense = run.segmenter.name in SEGMENTERS and segmenter_facts(run.segmenter.name).dense
    return ("mixed_bfloat16" if dense else "float32"), "mixed_bfloat16"
