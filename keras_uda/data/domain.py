"""Opens a domain: which files belong to a split, and what their labels mean. No pixel is read here."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from pathlib import Path

from keras_uda.config.data_schema import DomainConfig
from keras_uda.config.names import BUILT_IN_DOMAINS
from keras_uda.config.names import READERS
from keras_uda.config.names import resolve
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import COLOURS
from keras_uda.core.classes import IGNORE
from keras_uda.core.classes import ClassMap
from keras_uda.core.classes import train_ids
from keras_uda.core.console import warn
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.core.errors import did_you_mean
from keras_uda.core.errors import placed
from keras_uda.core.files import home_path
from keras_uda.data.formats.class_map import load_class_map
from keras_uda.data.readers.exclusion import left_out
from keras_uda.data.readers.folder_layouts import SOUGHT
from keras_uda.data.readers.pairing import Pair
from keras_uda.data.readers.recognise import with_hint
from keras_uda.predict.inputs import VIDEOS


@dataclass(frozen=True)
class Domain:
    """The samples of one split of a domain.

    Args:
        name: `sim`, `gta5`, `folder`, ...
        split: `train`, ...
        pairs: sorted by name.
        class_map: what the label files hold.
        classes: names of the train ids.
        root: folder of the data; None for a built-in world.
        world_seed: of a built-in world.
        skip_bad: leave bad pairs out (and say so) instead of refusing the folder.
        remarks: what the reader has to say of them.
    """

    name: str
    split: str
    pairs: list[Pair] = field(repr=False)
    class_map: ClassMap = field(repr=False)
    classes: tuple[str, ...] = field(repr=False)
    root: Path | None = None
    world_seed: int = 0
    skip_bad: bool = False
    remarks: tuple[str, ...] = ()

    @property
    def built_in(self) -> bool:
        return self.root is None

    @property
    def labelled(self) -> bool:
        """Every sample has a label."""
        return self.built_in or all(pair.label is not None for pair in self.pairs)

    @property
    def where(self) -> str:
        """For messages."""
        return self.name if self.root is None else str(self.root)


def named_in_messages(key: str) -> AbstractContextManager:
    """Errors of `open_domain` inside name the dotted key of the domain, which it does not know."""
    general = {"data.*": key}
    for entry in ("root", "name"):
        source, target, own = (f"--{one}.{entry}" for one in ("data.source", "data.target", key))
        general |= {f"{source} or {target}": own, f"{source} and {target}": own, target: own}
    return placed(general)


def open_domain(
    config: DomainConfig,
    classes: tuple[str, ...],
    split: str,
    labels: bool = True,
    cache: str | None = None,
    *,
    looked_at: bool = False,
) -> Domain:
    """Lists the samples of a split.

    Args:
        config: which domain.
        classes: names that are trained, in the order of their ids.
        split: `train`, `val`, ...
        labels: look for labels; without, the samples have none, and it does not matter whether there are any.
        cache: folder for what a reader makes of the data (`data.cache`), None for the user's cache folder.
        looked_at: nothing is decoded or written: the samples are good for nothing but to see that there are any.
    Raises:
        DataError: no such folder or split, images without labels, labels without images, two files of one stem.
        UsageError: a mistake in the class map, no root, or a root for a built-in domain.
    """
    classes = tuple(classes)
    if config.name in BUILT_IN_DOMAINS:
        return _built_in(config, classes, split)
    if config.root is None:
        raise UsageError(
            "data.*.root", f"`{config.name}` needs a folder", "Give --data.source.root or --data.target.root"
        )
    root = home_path(config.root, "--data.source.root or --data.target.root")
    reader = resolve(READERS, config.name, "data.readers")(**config.arguments)
    _require_root(root, reader.takes_files)
    reader.cache, reader.skip_bad = cache, config.on_bad_sample == "skip"
    try:
        found = (reader.look if looked_at else reader.pairs)(root, split, labels)
    except DataError as error:
        raise with_hint(error, root, config.name) from error
    excluded = left_out(root if root.is_dir() else root.parent, config.exclude, found)
    pairs = [pair for pair in found if pair.name not in excluded]
    if not pairs:
        raise DataError(root, f"`exclude` leaves out every image of `{split}`", "Correct data.*.exclude")
    labelled = any(pair.label is not None for pair in pairs)
    class_map = load_class_map(config.class_map, root, reader.class_map, classes, tools=labelled, merge=config.merge)
    class_map = with_merged(class_map, config.merge, classes) if labelled else class_map
    return Domain(config.name, split, pairs, class_map, classes, root, 0, reader.skip_bad, reader.remarks)


def _require_root(root: Path, takes_files: bool) -> None:
    if root.is_dir() or (takes_files and root.is_file()):
        return
    if root.is_file() and root.suffix.lower() in VIDEOS:
        raise DataError(root, "a clip, not a folder", "Add --data.target.name footage")
    no_such = "no such folder or file" if takes_files else "no such folder"
    what = "not a folder" if root.is_file() else no_such
    raise DataError(root, what, "Check --data.source.root and --data.target.root")


def _built_in(config: DomainConfig, classes: tuple[str, ...], split: str) -> Domain:
    from keras_uda.world.render import SPLIT_STARTS
    from keras_uda.world.render import indices

    if config.root is not None:
        remedy = "Set --data.source.name or --data.target.name folder for images of your own, or drop it"
        raise UsageError("data.*.root", f"`{config.root}` given, but {config.name} is built in", remedy)
    if split not in SPLIT_STARTS:
        entry = "split" if split == config.split else "eval_split"
        raise UsageError(f"data.*.{entry}", f"{config.name} has no split `{split}`", f"Use {', '.join(SPLIT_STARTS)}")
    frames = config.eval_frames if split == config.eval_split else config.frames
    pairs = [Pair(f"{config.name}/{index:07d}.png", None, None, index) for index in indices(split, frames)]
    class_map = train_ids(CITYSCAPES)
    if config.class_map is not None:
        class_map = of_train_ids(load_class_map(config.class_map, None, None, classes, merge=config.merge))
    class_map = with_merged(class_map, config.merge, classes)
    if not set(classes) & set(class_map.names()):
        remedy = f"It draws {', '.join(CITYSCAPES)}; give a data.*.class_map that makes others of them"
        raise UsageError("data.classes", f"{config.name} has none of them", remedy)
    return Domain(config.name, split, pairs, class_map, classes, None, config.world_seed)


def with_merged(class_map: ClassMap, merge: dict[str, str], classes: tuple[str, ...]) -> ClassMap:
    """A class map in which classes of the labels count as classes of the segmenter.

    Args:
        class_map: of the labels.
        merge: class of the labels -> class of the segmenter.
        classes: of the segmenter.
    Raises:
        UsageError: one of the names is not there.
    """
    for name, counted in merge.items():
        if name not in class_map.names():
            what = f"class map `{class_map.name}` has no class `{name}`"
            raise UsageError(f"data.*.merge.{name}", what, did_you_mean(name, class_map.names()))
        if counted not in classes:
            what = f"`{counted}` is not a class of the segmenter"
            raise UsageError(f"data.*.merge.{name}", what, did_you_mean(counted, classes, "See data.classes"))
    if not merge:
        return class_map
    ids = {key: merge.get(name, name) for key, name in class_map.ids.items()}
    colours = {key: merge.get(name, name) for key, name in class_map.colours.items()}
    return replace(class_map, ids=ids, colours=colours)


def open_classes(domain: Domain) -> tuple[str, ...]:
    """Classes that the labels of a domain tell apart and the segmenter does not have."""
    return tuple(name for name in domain.class_map.names() if name not in domain.classes)


def of_train_ids(class_map: ClassMap) -> ClassMap:
    """A class map for labels that hold the 19 Cityscapes train ids, as the built-in worlds draw them.

    Args:
        class_map: names colours, of which those of Cityscapes count, or the train ids 0 to 18.
    Raises:
        UsageError: it says nothing of a class that is drawn.
    """
    colours = {colour: name for colour, name in class_map.colours.items() if colour in COLOURS.values()}
    known, ignored = class_map.ids, class_map.ignored_ids
    if colours:
        ids_of = {COLOURS[name]: number for number, name in enumerate(CITYSCAPES)}
        known = {ids_of[colour]: name for colour, name in colours.items()}
        ignored = {ids_of[colour] for colour in class_map.ignored_colours if colour in ids_of}
    missing = [f"{number} ({name})" for number, name in enumerate(CITYSCAPES) if number not in {*known, *ignored}]
    if missing and class_map.unknown == "refuse":
        what = f"says nothing of the train ids {', '.join(missing)}, which the built-in world draws"
        remedy = "Name them under `classes:` or `ignore:`, or add `unknown: ignore`"
        raise UsageError(class_map.name, what, remedy)
    known = {number: name for number, name in known.items() if number < len(CITYSCAPES)}
    return ClassMap(class_map.name, ids=known, ignored_ids=frozenset([IGNORE]))


def require_labels(domain: Domain, side: str, config: DomainConfig) -> None:
    """Raises DataError if a domain that is learned from has no labels."""
    if not domain.labelled:
        remedy = f"Give a root with labels ({SOUGHT}), or train a method that needs none"
        raise DataError(config.root or config.name, f"the {side} `{config.split}` split has no labels", remedy)


def without_scores(config: DomainConfig, error: DataError) -> None:
    """Warns that a target without a split to score on has no scores; raises what is a mistake in its files."""
    if config.root is None or hasattr(error, "problems"):
        raise error
    warn(f"no scores: {error}")
