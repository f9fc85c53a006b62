"""Which images of a domain were decoded whole, and copies of those that TensorFlow would not decode exactly."""

import json
import os
from pathlib import Path
from typing import Annotated
from typing import NamedTuple

from pydantic import Field

from keras_uda.core.atomic import atomic_write
from keras_uda.core.console import warn
from keras_uda.core.errors import DataError
from keras_uda.core.json_records import LARGEST_LOG
from keras_uda.core.json_records import Record
from keras_uda.core.json_records import read_json
from keras_uda.data.cache import conversion
from keras_uda.data.cache.location import key_of
from keras_uda.data.cache.location import make_folders
from keras_uda.data.cache.location import mark_of
from keras_uda.data.cache.workers import run_jobs
from keras_uda.data.domain import Domain
from keras_uda.data.problems import Problem

VERSION = 1


class CheckedImage(NamedTuple):
    """An image that can be used.

    Args:
        file: that TensorFlow decodes: the image itself, or a copy in the cache.
        size: (width, height).
        orientation: of its EXIF data; 1: upright, or none.
        digest: of its content.
    """

    file: str
    size: tuple[int, int]
    orientation: int
    digest: str


class _Place(NamedTuple):
    """Where an image is, what changes when it changes, and where a copy of it would be."""

    path: str
    mark: list[int]
    copy: str


class _Entry(Record):
    """What is kept of an image between two runs."""

    mark: list[int]
    size: Annotated[list[int], Field(min_length=2, max_length=2)]
    copied: bool
    orientation: int
    digest: str


def check_images(domain: Domain, folder: Path) -> tuple[dict[str, CheckedImage], list[Problem]]:
    """Every image is decoded once in its life; the result is kept until the file changes.

    Args:
        domain: of files.
        folder: the cache.
    Returns:
        Name -> image of those that can be used, and what is wrong with the others.
    """
    record, copies = folder / "checked" / f"{key_of(VERSION, str(domain.root.resolve()))}.json", folder / "images"
    make_folders(record.parent, copies)
    known, (places, problems) = _read_record(record), _places_of(domain, copies)
    new = [name for name, place in places.items() if not _is_known(known.get(place.path), place)]
    jobs = [conversion.ImageJob(places[name].path, places[name].copy) for name in new]
    description = f"checking images of {domain.name} {domain.split}"
    results = run_jobs("keras_uda.data.cache.conversion:check_image", jobs, description)
    for name, result in zip(new, results, strict=True):
        if isinstance(result, conversion.Refusal):
            problems.append(Problem(name, result.reason))
        else:
            known[places[name].path] = _entry_of(places[name].mark, result)
    if jobs:
        atomic_write(record, json.dumps(known))
    bad = {problem.name for problem in problems}
    images = {name: _image_of(place, known[place.path]) for name, place in places.items() if name not in bad}
    if rotated := sum(image.orientation != 1 for image in images.values()):
        what = f"{rotated} images have an EXIF orientation that is not applied; pixels are used as stored"
        warn(f"{domain.where}: {what}")
    return images, problems


def _places_of(domain: Domain, copies: Path) -> tuple[dict[str, _Place], list[Problem]]:
    places, problems = {}, []
    for pair in domain.pairs:
        path = os.path.abspath(pair.image)
        mark = mark_of(path)
        if mark is None:
            problems.append(Problem(pair.name, "no such file (moved, deleted or a dangling link)"))
        else:
            places[pair.name] = _Place(path, mark, str(copies / f"{key_of(VERSION, path, mark)}.png"))
    return places, problems


def _is_known(entry: dict | None, place: _Place) -> bool:
    """Whether the file is the one that was decoded, and its copy whole where it needs one."""
    if entry is None or entry["mark"] != place.mark:
        return False
    return not entry["copied"] or conversion.is_whole_png(place.copy)


def _entry_of(mark: list[int], checked: conversion.ImageCheck) -> dict:
    head = checked.head
    return {
        "mark": mark,
        "size": [head.width, head.height],
        "copied": conversion.needs_conversion(head),
        "orientation": head.orientation,
        "digest": checked.digest,
    }


def _image_of(place: _Place, entry: dict) -> CheckedImage:
    file = place.copy if entry["copied"] else place.path
    return CheckedImage(file, tuple(entry["size"]), entry["orientation"], entry["digest"])


def _read_record(path: Path) -> dict:
    try:
        return read_json(path, dict[str, _Entry], LARGEST_LOG)
    except DataError:
        return {}
