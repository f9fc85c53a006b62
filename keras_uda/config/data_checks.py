"""What one field of the data cannot know of another, or of the stages; every message names both."""

from collections.abc import Mapping

from keras_uda.config.data_schema import DomainConfig
from keras_uda.config.field_types import parse_size
from keras_uda.config.method_spec import learns_from_weak_labels
from keras_uda.config.method_spec import method_facts
from keras_uda.config.method_spec import reads_of
from keras_uda.config.names import BUILT_IN_DOMAINS
from keras_uda.config.names import EVERY_METHOD
from keras_uda.config.names import NO_SOURCE
from keras_uda.config.names import NO_WEAK_LABELS
from keras_uda.config.names import READERS
from keras_uda.config.names import SAMPLERS
from keras_uda.config.names import TRANSFORMS
from keras_uda.config.schema import RunConfig
from keras_uda.config.several import LISTS
from keras_uda.config.several import check_several
from keras_uda.config.several import keys_also
from keras_uda.config.several import keys_of
from keras_uda.config.several import weak_labels_of
from keras_uda.config.source_code import arguments_of
from keras_uda.config.validation import check_options
from keras_uda.core.console import warn
from keras_uda.core.errors import UsageError
from keras_uda.core.errors import did_you_mean

# The packages of tables whose entries are named by fields of the configuration.
READERS_PACKAGE, TRANSFORMS_PACKAGE, SAMPLERS_PACKAGE = "data.readers", "augment", "data.samplers"
OF_THE_WORLD = ("frames", "eval_frames", "world_seed")  # fields that only the built-in world reads


def check_data(run: RunConfig) -> None:
    """The fields below `data`, among each other and beside what the stages read."""
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


def counts_of(run: RunConfig) -> dict[str, int]:
    """How many numbers an option for every level or every class has."""
    return {"levels": run.segmenter.levels, "classes": len(run.data.classes)}


def domains_in(run: RunConfig) -> dict[str, DomainConfig]:
    """Dotted key -> domain, of all that a run trains on and scores."""
    return keys_of(run.data, "source") | keys_of(run.data, "target") | keys_also(run)


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


def warn_of_idle_frames(run: RunConfig, flags: Mapping[str, object]) -> None:
    """Says that a number of frames on the command line does nothing for images that are in files.

    Args:
        flags: dotted key of the command line -> its value.
    """
    one = {f"data.{name}.0": domain for side, name in LISTS.items() for domain in keys_of(run.data, side).values()}
    domains = one | domains_in(run)  # a list of one is that domain
    for flag in (place for key, value in flags.items() for place in _places(key, value)):
        key, _, field = flag.rpartition(".")
        if field in OF_THE_WORLD and key in domains and domains[key].name not in BUILT_IN_DOMAINS:
            warn(f"{flag} does nothing: `{domains[key].name}` is not built in. {key}.exclude leaves images out")


def _places(key: str, value: object) -> list[str]:
    """The dotted keys of what a flag gives: of every field, where it gives a list of domains."""
    if not isinstance(value, list):
        return [key]
    entries = enumerate(entry for entry in value if isinstance(entry, dict))
    return [f"{key}.{number}.{field}" for number, entry in entries for field in entry]


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
