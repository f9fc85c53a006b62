"""How tools name the label of an image: by its stem, by its whole name (`0.jpg.png`), or with an end (`0_mask.png`)."""

import os
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from keras_uda.core.errors import DataError
from keras_uda.data.problems import Problem
from keras_uda.data.problems import data_error
from keras_uda.data.readers.file_names import composed

WORDS = (
    *("mask", "masks", "label", "labels", "labelids", "labeltrainids", "trainids", "trainid", "train_id", "train_ids"),
    *("gt", "seg", "segmentation", "semantic", "groundtruth", "annotation", "annot", "ann", "lbl", "target", "ids"),
    *("instanceids", "instance", "instances", "color", "colour", "colormap", "panoptic", "overlay", "l"),
)
IMAGE_START = re.compile(r"(image|img|rgb|frame|photo|picture)s?[_\-. ]", re.IGNORECASE)
LABEL_START = re.compile(rf"({'|'.join(sorted(WORDS, key=len, reverse=True))}|ss)[_\-. ]", re.IGNORECASE)
LABEL_END = re.compile(rf"[_\-. ]({'|'.join(sorted(WORDS, key=len, reverse=True))})$", re.IGNORECASE)
# Written beside the labels of classes: other ids of the same, instances, and pictures for people.
COPIES = ("labeltrainids", "trainids", "train_id", "train_ids", "instanceids", "instance", "instances", "color")
COPIES += ("colour", "colormap", "panoptic", "overlay")
CONVERTED = "_labelTrainIds"  # what other toolkits write beside the labels
IMAGE_ENDS = ("_leftImg8bit", "_rgb_anon", "_rgb", "_image", "_img", "-image", "-rgb")


def match_labels(images: dict[str, Path], labels: dict[str, Path], end: str = "") -> dict[str, Path]:
    """Labels by the key of their image; what belongs to none keeps its own key.

    Args:
        images, labels: key (path without suffix) -> file.
        end: what the keys of labels had beyond those of their images, if it was given; it is off already.
    Raises:
        DataError: several labels for each image, and nothing says which one.
    """
    named = {**_bases(images), **_whole_names(images)}
    matched = {key if key in images else named.get(key, key): path for key, path in labels.items()}
    if len(matched) < len(labels):
        raise _twice(labels, images, named)
    if end or not labels or images.keys() & matched.keys():
        return _without_copies(matched, images)
    chosen = _chosen_end(images, labels)
    return _by_start(images, labels) if chosen is None else _with_end(images, labels, chosen)


def _by_start(images: dict[str, Path], labels: dict[str, Path]) -> dict[str, Path]:
    """`segmentation_front1` is the label of `image_front1`; others keep their key."""
    named = {_without(IMAGE_START, key): key for key in images if IMAGE_START.match(key.rpartition("/")[2])}
    return {named.get(_without(LABEL_START, key), key): path for key, path in labels.items()}


def _without(start: re.Pattern, key: str) -> str:
    place, slash, name = key.rpartition("/")
    return place + slash + start.sub("", name)


def _whole_names(images: dict[str, Path]) -> dict[str, str]:
    """`sub/0.jpg` -> key of that image."""
    return {key + composed(path.suffix): key for key, path in images.items()}


def _bases(images: dict[str, Path]) -> dict[str, str]:
    """Key without what all names of images end in (`_leftImg8bit`) -> key."""
    end = next((end for end in (*IMAGE_ENDS, _common_end(images)) if end and all(k.endswith(end) for k in images)), "")
    return {key.removesuffix(end): key for key in images} if images else {}


def _common_end(keys: Iterable[str]) -> str:
    keys = list(keys)
    shared = os.path.commonprefix([key[::-1] for key in keys])[::-1] if len(keys) > 1 else ""
    match = re.search(r"[_\-][A-Za-z]\w*$", shared)
    return match.group() if match else ""


def _twice(labels: dict[str, Path], images: dict[str, Path], named: dict[str, str]) -> DataError:
    problems, seen = [], {}
    for key, path in labels.items():
        image = key if key in images else named.get(key, key)
        if image in seen:
            problems.append(Problem(path.name, f"a second label beside {seen[image].name}"))
        seen[image] = path
    return data_error(path.parent, problems, len(labels), "Keep one label of each image")


def base_of(key: str, bases: dict[str, str]) -> str | None:
    """The longest beginning of a key, up to one of `_-. `, that is a base: `a_gtFine_labelIds` -> `a`."""
    places = [match.start() for match in re.finditer(r"[_\-. ]", key)]
    return next((key[:place] for place in reversed(places) if key[:place] in bases), None)


def _chosen_end(images: dict[str, Path], labels: dict[str, Path]) -> str | None:
    """What labels have beyond the base of their images; ends of copies only where there is no other."""
    bases = {**_bases(images), **_whole_names(images)}
    ends = Counter()
    for key in labels:
        base = base_of(key, bases)
        if base is not None:
            ends[key[len(base) :]] += 1
    proper = [end for end in ends if not _is_copy(end)] or list(ends)
    if len(proper) > 1:
        seen = ", ".join(f"{end} ({ends[end]})" for end in proper[:4])
        what = f"labels of several ends: {seen}"
        remedy = f"Choose one, e.g. data.*.arguments.label_suffix {proper[0]}"
        raise DataError(next(iter(labels.values())).parent, what, remedy)
    return proper[0] if proper else None


def _is_copy(end: str) -> bool:
    match = LABEL_END.search(end)
    return match is not None and match.group(1).lower() in COPIES


def _with_end(images: dict[str, Path], labels: dict[str, Path], end: str) -> dict[str, Path]:
    """Labels with that end by the key of their image; others keep their key, copies are left out."""
    named = {**_bases(images), **_whole_names(images)}
    result = {}
    for key, path in labels.items():
        image = named.get(key.removesuffix(end)) if key.endswith(end) else None
        if image is not None or not _is_copy(key):
            result[key if image is None else image] = path
    return result


def _without_copies(matched: dict[str, Path], images: dict[str, Path]) -> dict[str, Path]:
    return {key: path for key, path in matched.items() if key in images or not _is_copy(key)}
