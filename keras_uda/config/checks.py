"""What one field of a configuration cannot know of another; every message names both."""

import re

from keras_uda.config.data_schema import DomainConfig
from keras_uda.config.evaluation_spec import check_evaluation
from keras_uda.config.field_types import parse_size
from keras_uda.config.method_spec import add_on_facts
from keras_uda.config.method_spec import argument_of
from keras_uda.config.method_spec import learns_from_weak_labels
from keras_uda.config.method_spec import method_facts
from keras_uda.config.method_spec import reads_of
from keras_uda.config.names import ADD_ONS
from keras_uda.config.names import BUILT_IN_DOMAINS
from keras_uda.config.names import ENSEMBLE
from keras_uda.config.names import EVERY_METHOD
from keras_uda.config.names import NO_SOURCE
from keras_uda.config.names import NO_WEAK_LABELS
from keras_uda.config.names import READERS
from keras_uda.config.names import RUN_METHODS
from keras_uda.config.names import SAMPLERS
from keras_uda.config.names import TRANSFORMS
from keras_uda.config.optimizer_spec import check_optimizer
from keras_uda.config.pseudo_label_spec import check_pseudo_labels
from keras_uda.config.schema import RunConfig
from keras_uda.config.segmenter_spec import segmenter_arguments
from keras_uda.config.segmenter_spec import segmenter_facts
from keras_uda.config.segmenter_spec import two_scale_multiple
from keras_uda.config.several import check_several
from keras_uda.config.several import keys_of
from keras_uda.config.several import weak_labels_of
from keras_uda.config.source_code import arguments_of
from keras_uda.config.source_free import check_source
from keras_uda.config.stage_schema import StageConfig
from keras_uda.config.translation_spec import check_translations
from keras_uda.config.validation import check_class_names
from keras_uda.config.validation import check_options
from keras_uda.core.errors import UsageError
from keras_uda.core.errors import did_you_mean

# The packages of tables whose entries are named by fields of the configuration.
READERS_PACKAGE, TRANSFORMS_PACKAGE, SAMPLERS_PACKAGE = "data.readers", "augment", "data.samplers"


def check(run: RunConfig) -> None:
    """What one field cannot know of another; names both keys.

    Raises:
        UsageError: unknown methods, options that nothing has or reads, parts without an optimiser, no stages, ...
    """
    check_methods(run)
    check_source(run)
    _check_data(run)
    _check_segmenter(run)
    for name, stage in run.stages.items():
        _check_stage(run, name, stage)
    _check_optimizers(run)
    check_evaluation(run.evaluation, run.data.classes)


def check_methods(run: RunConfig) -> None:
    """Raises UsageError for methods and names of stages that there are not; nothing else can be said before."""
    if run.method not in RUN_METHODS:
        raise UsageError("method", f"`{run.method}` is not a method", did_you_mean(run.method, RUN_METHODS))
    if not run.stages:
        raise UsageError("stages", "the configuration has no stage", "Give at least one under `stages:`")
    for name, stage in run.stages.items():
        _check_names(name, stage)


def counts_of(run: RunConfig) -> dict[str, int]:
    """How many numbers an option for every level or every class has."""
    return {"levels": run.segmenter.levels, "classes": len(run.data.classes)}


def _check_names(name: str, stage: StageConfig) -> None:
    if not re.fullmatch(r"\w[\w-]{0,63}", name):  # it becomes a folder and a part of flags
        raise UsageError(f"stages.{name}", f"`{name}` is not a name", "Use letters, digits, _ and -")
    if stage.method not in EVERY_METHOD:
        what, hint = f"`{stage.method}` is not a method", did_you_mean(stage.method, EVERY_METHOD)
        raise UsageError(f"stages.{name}.method", what, hint)


def _check_data(run: RunConfig) -> None:
    check_several(run)
    for key, domain in domains_in(run).items():
        check_place(run, key, domain)
    _check_crop(run)
    _check_table(run, run.data.transforms, TRANSFORMS, TRANSFORMS_PACKAGE, "data.transforms")
    _check_table(run, run.data.source.sampler, SAMPLERS, SAMPLERS_PACKAGE, "data.source.sampler")
    drawn = {"data.transforms": run.data.transforms, "data.source.sampler": run.data.source.sampler}
    for key in (key for key, chosen in drawn.items() if chosen):
        if not any("source" in method_facts(stage.method).reads for stage in run.stages.values()):
            raise UsageError(key, "no stage reads source images", "Drop it, or choose another method")
    if run.data.target.sampler:
        raise UsageError("data.target.sampler", "samplers need labels, which the target does not have", "Drop it")
    _check_weak_labels(run)
    _check_labelled_images(run)


def domains_in(run: RunConfig) -> dict[str, DomainConfig]:
    """Dotted key -> domain, of all that a run trains on and scores."""
    also = {f"evaluation.also.{number}": domain for number, domain in enumerate(run.evaluation.also)}
    return keys_of(run.data, "source") | keys_of(run.data, "target") | also


def check_domain(run: RunConfig, side: str) -> None:
    """The fields of `source` or `target` among each other."""
    check_place(run, f"data.{side}", getattr(run.data, side))


def check_place(run: RunConfig, key: str, domain: DomainConfig) -> None:
    """The fields of the domain at a key among each other."""
    if domain.name == NO_SOURCE:
        raise UsageError(f"{key}.name", "`none` is for the source alone", "Name a data set, or a folder")
    built_in = domain.name in BUILT_IN_DOMAINS
    if built_in and domain.root is not None:
        what = f"`{domain.root}` given, but {domain.name} is built in"
        remedy = f"Add --{key}.name folder for images of your own, footage for clips (or another reader), or drop it"
        raise UsageError(f"{key}.root", what, remedy)
    known = {} if built_in else arguments_of(READERS, domain.name, READERS_PACKAGE)
    check_options(domain.arguments, known, f"{key}.arguments", f"`{domain.name}`", counts_of(run))


def _check_crop(run: RunConfig) -> None:
    """A crop fits into the images of both domains, and into what two scales fuse at once."""
    crop, sizes = run.data.crop, sizes_of(run)
    for key, size in sizes.items():
        if crop is not None and not _fits(crop, size):
            raise UsageError("data.crop", f"`{crop}` does not fit into {key} `{size}`", "Take a smaller one")
        if run.segmenter.crop is not None and not _fits(crop or size, run.segmenter.crop):
            what = f"`{run.segmenter.crop}`, but training images are larger ({'data.crop' if crop else key})"
            raise UsageError("segmenter.crop", what, f"Set --data.crop {run.segmenter.crop}")


def sizes_of(run: RunConfig) -> dict[str, str]:
    """Dotted key -> size of every domain that is trained on."""
    domains = keys_of(run.data, "source") | keys_of(run.data, "target")
    return {f"{key}.size": domain.size for key, domain in domains.items()}


def _fits(inner: str, outer: str) -> bool:
    return all(one <= other for one, other in zip(parse_size(inner), parse_size(outer), strict=True))


def _check_table(run: RunConfig, chosen: dict, table: dict[str, str], package: str, key: str) -> None:
    """Names of a table with their options."""
    for name, options in chosen.items():
        if name not in table:
            kind = key.rpartition(".")[2].rstrip("s")
            raise UsageError(f"{key}.{name}", f"there is no {kind} of this name", did_you_mean(name, table))
        check_options(options, arguments_of(table, name, package), f"{key}.{name}", f"`{name}`", counts_of(run))


def _check_weak_labels(run: RunConfig) -> None:
    files = weak_labels_of(run.data)
    given = [*files, *(["data.weak_images"] if run.data.weak_images is not None else [])]
    reads = {one for stage in run.stages.values() for one in reads_of(stage)}
    if given and not learns_from_weak_labels(reads):
        remedy = "Add --method weaklabel --weak tags or point, or --add-ons points"
        raise UsageError(given[0], "nothing reads it here", remedy)
    if "points" in reads and not {*files.values()} - {NO_WEAK_LABELS} and run.data.weak_points == 0:
        remedy = "Set it to 1 or more, or give --data.weak_labels FILE"
        raise UsageError("data.weak_points", "0, but a stage learns from points", remedy)


def _check_labelled_images(run: RunConfig) -> None:
    some = [stage.method for stage in run.stages.values() if method_facts(stage.method).target_labels == "some"]
    if some and run.data.labelled_images is None:
        raise UsageError("data.labelled_images", f"{some[0]} learns from labels of some target images", "Say how many")
    if run.data.labelled_images is not None and not some:
        readers = ", ".join(name for name in EVERY_METHOD if method_facts(name).target_labels == "some")
        what = f"no stage reads labels of {run.data.labelled_images} target images"
        raise UsageError("data.labelled_images", what, f"Drop it, or name {readers} in a stage")


def _check_segmenter(run: RunConfig) -> None:
    name = run.segmenter.name
    if name == ENSEMBLE:
        return
    options, known = run.segmenter.arguments, segmenter_arguments(name)
    check_options(options, known, "segmenter.arguments", f"`{name}`", counts_of(run))
    facts = segmenter_facts(name)
    multiple, kind = facts.input_multiple, f"segmenter.name `{name}`"
    if run.segmenter.scales == 2:
        multiple, kind = two_scale_multiple(facts.stride, multiple), f"{kind} with two scales"
        if facts.padding:
            raise UsageError("segmenter.scales", f"`{name}` pads images, so windows do not fit", "Take another network")
    sizes = sizes_of(run)
    crops = {f"stages.{name}.crop": stage.crop for name, stage in run.stages.items()}
    crops |= {"data.crop": run.data.crop, "segmenter.crop": run.segmenter.crop}
    for key, size in (sizes | crops).items():
        if size is not None and any(length % multiple for length in parse_size(size)):
            raise UsageError(key, f"`{size}`, but {kind} takes multiples of {multiple} alone", "Round both numbers")
    if run.segmenter.levels > facts.levels:
        what = f"`{name}` has one level, not {run.segmenter.levels}"
        raise UsageError("segmenter.levels", what, "Set --segmenter.levels 1")


def _check_stage(run: RunConfig, name: str, stage: StageConfig) -> None:
    facts, key = method_facts(stage.method), f"stages.{name}"
    check_options(stage.arguments, facts.arguments, f"{key}.arguments", f"`{stage.method}`", counts_of(run))
    for argument, other in facts.read_beside.items():
        if argument in stage.arguments and argument_of(stage, other) is None:
            raise UsageError(f"{key}.arguments.{argument}", f"read with `{other}` alone", f"Give `{other}`, or drop it")
    earlier = list(run.stages)[: list(run.stages).index(name)]
    labeller = stage.pseudo_labels and stage.pseudo_labels.labelled_by
    for field, named in (("teacher", stage.teacher), ("pseudo_labels.labelled_by", labeller)):
        if named is not None and named not in earlier:
            what = f"there is no stage `{named}` before `{name}`"
            raise UsageError(f"{key}.{field}", what, "Name an earlier stage")
    if stage.weights is not None and stage.start != "initial":
        what = f"`{stage.weights}`, but the stage continues from the one before it"
        raise UsageError(f"{key}.weights", what, "Add `start: initial`")
    if run.segmenter.levels > 1 and not facts.trains_every_level:
        what = f"{run.segmenter.levels}, but {stage.method} ({key}.method) trains the main head alone"
        raise UsageError("segmenter.levels", what, "Set --segmenter.levels 1")
    if run.segmenter.levels > 1 and run.segmenter.scales > 1:
        raise UsageError("segmenter.scales", "2, but two scales have one level", "Set --segmenter.levels 1")
    if run.segmenter.scales < facts.scales:
        what = f"{run.segmenter.scales}, but {stage.method} ({key}.method) fuses {facts.scales}"
        raise UsageError("segmenter.scales", what, f"Set --segmenter.scales {facts.scales}")
    check_pseudo_labels(run, name, stage, bool(earlier))
    check_translations(run, name)
    _check_add_ons(run, key, stage)


def _check_add_ons(run: RunConfig, key: str, stage: StageConfig) -> None:
    facts = method_facts(stage.method)
    for name, options in stage.add_ons.items():
        where = f"{key}.add_ons.{name}"
        if name not in ADD_ONS:
            raise UsageError(where, "no such add-on", did_you_mean(name, ADD_ONS))
        if "segmenter" not in facts.trains:
            raise UsageError(where, f"{stage.method} trains no segmenter", "Drop it, or choose another method")
        known = add_on_facts(name)
        missing = [need for need in known.needs_of(options) if need not in facts.offers]
        if missing:
            what = f"needs `{missing[0]}`, but {stage.method} has {', '.join(facts.offers)}"
            raise UsageError(where, what, "Drop it, or choose another method")
        if known.reads and facts.target_labels == "all":
            what = f"it reads {', '.join(known.reads)}, but {stage.method} has the label of every target pixel"
            raise UsageError(where, what, "Drop it, or choose another method")
        check_options(options, known.arguments, where, f"`{name}`", counts_of(run))
        check_class_names(options, known.arguments, where, run.data.classes)


def _check_optimizers(run: RunConfig) -> None:
    """Every part that trains has one, and every one has a part; source-only beside a run trains the segmenter too."""
    everywhere = {"segmenter"}
    for name, stage in run.stages.items():
        parts = method_facts(stage.method).trains
        everywhere |= set(parts)
        for part, optimizer in stage.optimizers.items():
            if part not in parts:
                remedy = f"It trains {', '.join(parts) or 'nothing'}"
                raise UsageError(f"stages.{name}.optimizers.{part}", f"{stage.method} has no such part", remedy)
            check_optimizer(optimizer, f"stages.{name}.optimizers.{part}")
        missing = [part for part in parts if part not in run.optimizers and part not in stage.optimizers]
        if missing:
            what = f"{stage.method} trains {', '.join(missing)} too, but there is no optimiser for it"
            raise UsageError("optimizers", what, f"Add `{missing[0]}:` under `optimizers:`")
    for part, optimizer in run.optimizers.items():
        if part not in everywhere:
            remedy = f"The stages train {', '.join(sorted(everywhere))}"
            raise UsageError(f"optimizers.{part}", "no stage has such a part", remedy)
        check_optimizer(optimizer, f"optimizers.{part}")
