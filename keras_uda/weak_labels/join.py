"""Weak labels beside the prepared target images: from a file that somebody made, or from full labels."""

import dataclasses
from collections.abc import Callable
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from keras_uda.config.data_schema import DataConfig
from keras_uda.config.field_types import parse_size
from keras_uda.config.names import NO_WEAK_LABELS
from keras_uda.config.several import labels_of as labels_of_domains
from keras_uda.config.several import one_target
from keras_uda.core.console import say
from keras_uda.core.console import warn
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UdaError
from keras_uda.core.errors import UsageError
from keras_uda.core.files import home_path
from keras_uda.core.outside import opened
from keras_uda.data.cache.prepare import prepare
from keras_uda.data.domain import Domain
from keras_uda.data.domain import open_domain
from keras_uda.data.formats.images import FORMATS
from keras_uda.data.joined import DOMAIN
from keras_uda.data.ledger import LabelLedger
from keras_uda.data.prepared import Prepared
from keras_uda.data.prepared import labels_of
from keras_uda.data.readers.file_names import why_unknown
from keras_uda.data.readers.pairing import names_of_pairs
from keras_uda.weak_labels.derive import derive_weak_labels
from keras_uda.weak_labels.derive import keep_images
from keras_uda.weak_labels.files import check_images
from keras_uda.weak_labels.files import points_file
from keras_uda.weak_labels.files import read_weak_labels
from keras_uda.weak_labels.image_names import under_known_names
from keras_uda.weak_labels.labels import UNKNOWN
from keras_uda.weak_labels.labels import WeakLabels
from keras_uda.weak_labels.labels import together
from keras_uda.weak_labels.labels import weak_arrays

KEY = "data.weak_labels"  # of the configuration


@lru_cache(maxsize=65536)
def stored_size(path: Path) -> tuple[int, int] | None:
    """(width, height) of an image as stored, from its header; None if it cannot be read."""
    try:
        with opened(path) as stream, Image.open(stream, formats=FORMATS) as image:
            return image.size
    except (UdaError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def full_labels(data: DataConfig, ledger: LabelLedger | None = None, key: str = KEY) -> tuple[Prepared, list[str]]:
    """The target's training split with its full labels at their own size, and the classes that they tell apart.

    Args:
        data: with one target.
        ledger: counts what is opened.
        key: of the configuration, which names a file instead.
    Raises:
        DataError: it has none. UsageError: there are several targets.
    """
    target = data.target
    domain = open_domain(target, data.classes, target.split, cache=data.cache)
    require_full_labels(data, domain, key)
    ledger = LabelLedger() if ledger is None else ledger
    size = parse_size(target.size)
    prepared = prepare(domain, size, data.cache, labels=True, ledger=ledger, purpose="weak labels")
    return prepared, domain.class_map.names()


def require_full_labels(data: DataConfig, domain: Domain, key: str = KEY) -> None:
    """Raises for a domain that no weak labels can be derived from; arguments and errors as of `full_labels`."""
    if data.targets:
        raise UsageError("data.targets", f"{len(data.targets)} of them: weak labels are made of one", "Name one")
    if not domain.labelled:
        what = f"the target `{data.target.split}` split has no labels to derive weak labels from"
        raise DataError(domain.where, what, f"Give tags with --{key} FILE")


def with_weak_labels(
    target: Prepared, data: DataConfig, ledger: LabelLedger, seed: int, kind: str
) -> tuple[Prepared, WeakLabels]:
    """The target images to train on, each with its `weak` tags and `points`.

    Args:
        target: without labels; of several targets, all of them.
        data: `weak_labels`, of the target or of each, names a file; without it they are derived, as `weak-labels make`
            does.
        ledger: gets the purpose "weak labels".
        seed: of derived points and of the images that `weak_images` keeps.
        kind: `oracle`, or `point`, which needs points.
    Raises:
        DataError: a mistake in a file, nothing of this kind in it, no image of it in the split, or no labels to derive
            from.
    """
    weak = of_several(target, data, ledger, seed) if data.targets else of_one(target, data, ledger, seed)
    points = data.weak_labels and points_of(Path(data.weak_labels))
    require_knowledge(weak, kind, data.weak_labels or "weak labels", points)
    tags, points = weak_arrays(weak, target.names, sizes_of(target), target.size)
    say(f"weak labels: {len(weak.images())} of {len(target)} target images, {int((points[..., 2] >= 0).sum())} points")
    return target.join("weak", _by_name(target, tags)).join("points", _by_name(target, points)), weak


def of_several(target: Prepared, data: DataConfig, ledger: LabelLedger, seed: int) -> WeakLabels:
    """The weak labels of several targets, under the names that their images have among all of them."""
    parts = [WeakLabels(tuple(data.classes))]
    for number, label in enumerate(labels_of_domains(data.targets)):
        one = dataclasses.replace(one_target(data, number), weak_images=None)
        if one.weak_labels != NO_WEAK_LABELS:
            rows = np.flatnonzero(target.extras[DOMAIN] == number)
            names = [target.names[row].removeprefix(f"{label}/") for row in rows]
            alone = dataclasses.replace(target.take(rows), names=names)
            key = f"data.targets.{number}.weak_labels"
            parts.append(of_one(alone, one, ledger, seed, key).below(label))
    weak = together(parts)
    return weak if data.weak_images is None else keep_images(weak, data.weak_images, seed)


def of_one(target: Prepared, data: DataConfig, ledger: LabelLedger, seed: int, key: str = KEY) -> WeakLabels:
    """The weak labels of the images of one target; `key` is where the configuration names their file."""
    if data.weak_labels is None:
        labelled, labelled_classes = full_labels(data, ledger, key)
        options = {"points_per_class": data.weak_points, "images": data.weak_images, "seed": seed}
        weak = derive_weak_labels(labels_of(labelled), data.classes, labelled_classes=labelled_classes, **options)
        weak = weak.of(target.names)  # images that keep all their labels are not among them
    else:
        ledger.note("weak labels")
        domain = open_domain(data.target, data.classes, data.target.split, False, data.cache)
        weak = of_split(read_weak_label_file(data, key), target.names, domain, data.weak_labels)
        weak = weak if data.weak_images is None else keep_images(weak, data.weak_images, seed)
    points = data.weak_labels and points_of(Path(data.weak_labels))
    check_images(weak, sizes_of(target), data.weak_labels, points)
    return weak


def sizes_of(target: Prepared) -> Callable[[str], tuple[int, int] | None]:
    """Name of an image -> its stored (width, height), None where there is no such image."""
    files = dict(zip(target.names, target.images, strict=True))
    return lambda name: stored_size(Path(files[name])) if name in files else None


def points_of(file: Path) -> Path:
    """Where the points of a file of tags, or of points alone, are."""
    return file if file.suffix == ".jsonl" else points_file(file)


def require_knowledge(weak: WeakLabels, kind: str, file: object, points: object) -> None:
    """Raises DataError if there is nothing to learn from: a run would be called what it is not."""
    if kind == "point" and not any(weak.points.values()):
        remedy = f"Put points into {points}, or use tags alone" if points else "Set --data.weak_points to 1 or more"
        raise DataError(file, "holds no point of an image to train on", remedy)
    if not any((weak.tags_of(image) != UNKNOWN).any() for image in weak.images()):
        remedy = "Give tags of some images, or use --weak pseudo"
        raise DataError(file, "says nothing about any image to train on", remedy)


def read_weak_label_file(data: DataConfig, key: str = KEY) -> WeakLabels:
    """The file of `data.weak_labels`: tags (CSV), or points alone (JSON lines)."""
    file = home_path(data.weak_labels, f"--{key}")
    if file.suffix == ".jsonl":
        return read_weak_labels(None, file, classes=data.classes)
    if file.suffix != ".csv":
        raise UsageError(key, f"{file} is neither .csv nor .jsonl", "Name the file of tags or points")
    return read_weak_labels(file, classes=data.classes)


def _by_name(target: Prepared, rows: np.ndarray) -> dict[str, np.ndarray]:
    return dict(zip(target.names, rows, strict=True))


def of_split(weak: WeakLabels, names: Sequence[str], domain: Domain, file: str) -> WeakLabels:
    """The weak labels of the images of a split, under the names that these have there; others are warned of.

    Args:
        weak: of any images.
        names: of the images of the split.
        domain: that they are of.
        file: that the weak labels are from.
    Raises:
        DataError: none of them is of the split.
    """
    table = names_of_pairs(domain.pairs, domain.root)
    weak, known = under_known_names(weak, table, domain.root, file), set(names)
    strangers = [name for name in weak.images() if name not in known]
    if strangers and len(strangers) == len(weak.images()):
        what = f"none of its {len(strangers)} images is in the target's training split, the first is {strangers[0]}"
        why = why_unknown(strangers[0], table, domain.root)
        raise DataError(file, f"{what} ({why})", f"Write names as in {names[0]}")
    if strangers:
        warn(f"{file}: {len(strangers)} images are not in the target's training split, the first is {strangers[0]}")
    return weak.of(known)
