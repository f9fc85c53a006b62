"""Prepares a domain once, so that training reads nothing but files that TensorFlow decodes exactly.

- `world/<look>-<size>-<key>/`: frames of the built-in world; key: code of the world, seed, size, classes.
- `labels/<name>-<size>-<key>/`: 8-bit train ids at network size or their own; key: class map, classes, size; of each
  file: path, bytes, time, size of its image.
- `images/`: copies of images that TensorFlow would not decode exactly; key: path, bytes, time.
- `footage/<clip>-<key>/`: frames of clips (`clips.py`); key: content of the clip, interval, stream.
- `label_pixels/`: pixels of each class in labels, counted for samplers; key: names of the labels.
- `checked/<root>.json`: which images were decoded whole; key: path, bytes, time.

Nothing is ever written beside the user's data. Files appear by renaming and hold checksums: several processes may
prepare the same domain at the same time, and a damaged entry is made again. The folder may be deleted at any time.
"""

import functools
import hashlib
import os
from pathlib import Path

import keras_uda.world
from keras_uda.core.atomic import atomic_write
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import id_lookup
from keras_uda.core.classes import train_ids
from keras_uda.core.console import warn
from keras_uda.core.files import resource_errors
from keras_uda.data.cache import conversion
from keras_uda.data.cache.checked_images import CheckedImage
from keras_uda.data.cache.checked_images import check_images
from keras_uda.data.cache.location import NO_CACHE
from keras_uda.data.cache.location import cache_folder
from keras_uda.data.cache.location import key_of
from keras_uda.data.cache.location import make_folders
from keras_uda.data.cache.location import mark_of
from keras_uda.data.cache.workers import run_jobs
from keras_uda.data.domain import Domain
from keras_uda.data.ledger import LabelLedger
from keras_uda.data.prepared import Prepared
from keras_uda.data.problems import Problem
from keras_uda.data.problems import data_error

VERSION = 1
LABELS = 2  # version of what label files mean; 2: transparent pixels are ignored, palettes are checked
AT_THEIR_OWN_SIZE = ("evaluation", "selection", "weak labels")


def prepare(
    domain: Domain,
    size: tuple[int, int],
    cache: str | None,
    *,
    labels: bool,
    ledger: LabelLedger | None = None,
    purpose: str | None = None,
) -> Prepared:
    """Draws, checks and converts what is not in the cache yet.

    Args:
        domain: from `open_domain`.
        size: (width, height) that the network sees.
        cache: folder, None for the user's cache folder.
        labels: whether labels are wanted; without, no label file is opened.
        ledger: counts the label files (target domains only).
        purpose: what target labels are for; decides the size of the labels as well.
    Raises:
        DataError: bad files, all of them named.
        ResourceError: no space or no permission in the cache folder.
    """
    if labels and ledger is not None:
        ledger.read(purpose, len(domain.pairs))
    folder = cache_folder(cache)
    with resource_errors(folder, NO_CACHE):
        if domain.built_in:
            return _draw(domain, size, folder, labels)
        native = purpose in AT_THEIR_OWN_SIZE
        return _convert(domain, size, folder, labels, native)


@functools.cache
def world_sources() -> str:
    """A hash of the code that draws the world: a frame of other code is never taken for one of this."""
    files = sorted(Path(keras_uda.world.__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _draw(domain: Domain, size: tuple[int, int], folder: Path, labels: bool) -> Prepared:
    lookup = id_lookup(domain.class_map, domain.classes).tobytes()
    mapped = () if domain.class_map == train_ids(CITYSCAPES) else (lookup,)
    key = key_of(VERSION, world_sources(), domain.name, domain.world_seed, size, domain.classes, *mapped)
    place = folder / "world" / f"{domain.name}-{size[0]}x{size[1]}-{key}"
    images, label_files = place / "images", place / "labels"
    make_folders(images, label_files)
    jobs = []
    for pair in domain.pairs:
        files = str(images / f"{pair.frame:07d}.png"), str(label_files / f"{pair.frame:07d}.png")
        jobs.append(conversion.FrameJob(domain.name, pair.frame, size, domain.world_seed, lookup, *files))
    missing = [job for job in jobs if not (conversion.is_whole_png(job.image) and conversion.is_whole_png(job.label))]
    run_jobs("keras_uda.data.cache.conversion:draw_frame", missing, f"drawing {domain.name} {domain.split}")
    names = [pair.name for pair in domain.pairs]
    return Prepared(
        [job.image for job in jobs],
        [job.label for job in jobs] if labels else None,
        names,
        size,
        digests=[f"{domain.world_seed} {name}" for name in names],
        cache=folder,
    )


def _convert(domain: Domain, size: tuple[int, int], folder: Path, labels: bool, native: bool) -> Prepared:
    images, problems = check_images(domain, folder)
    copies: dict[str, str] = {}
    if labels:
        copies, bad = _convert_labels(domain, images, None if native else size, folder)
        problems += bad
    if problems:
        _refuse_or_skip(domain, problems, folder)
    bad_names = {problem.name for problem in problems}
    good = [pair for pair in domain.pairs if pair.name not in bad_names]
    return Prepared(
        [images[pair.name].file for pair in good],
        [copies[pair.name] for pair in good] if labels else None,
        [pair.name for pair in good],
        size,
        native_labels=labels and native,
        skipped=problems,
        digests=[images[pair.name].digest for pair in good],
        cache=folder,
    )


def _convert_labels(
    domain: Domain, images: dict[str, CheckedImage], size: tuple[int, int] | None, folder: Path
) -> tuple[dict[str, str], list[Problem]]:
    class_map, classes = domain.class_map, domain.classes
    content = sorted(class_map.ids.items()), sorted(class_map.colours.items()), class_map.unknown, class_map.channel
    ignored = sorted(class_map.ignored_ids), sorted(class_map.ignored_colours), sorted(class_map.objects.items())
    shown = "x".join(map(str, size)) if size else "own"
    place = folder / "labels" / f"{domain.name}-{shown}-{key_of(LABELS, content, ignored, classes, size)}"
    make_folders(place)
    copies, jobs, problems = {}, {}, []
    for pair in domain.pairs:
        if pair.name not in images:
            continue
        path = os.path.abspath(pair.label)
        mark, image = mark_of(path), images[pair.name]
        if mark is None:
            problems.append(Problem(pair.name, "no such label file (moved, deleted or a dangling link)"))
            continue
        copy = str(place / f"{key_of(path, mark, image.size)}.png")
        copies[pair.name] = copy
        if not conversion.is_whole_png(copy):
            jobs[pair.name] = conversion.LabelJob(path, image.size, class_map, classes, size, copy, image.orientation)
    description = f"converting labels of {domain.name} {domain.split}"
    results = run_jobs("keras_uda.data.cache.conversion:convert_label", list(jobs.values()), description)
    for name, result in zip(jobs, results, strict=True):
        if isinstance(result, conversion.Refusal):
            problems.append(Problem(name, f"label: {result.reason}"))
    return copies, problems


def _refuse_or_skip(domain: Domain, problems: list[Problem], folder: Path) -> None:
    listing = folder / "bad_files" / f"{domain.name}-{domain.split}-{key_of(domain.where)}.txt"
    listing.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(listing, "\n".join(map(str, problems)).encode(errors="backslashreplace"))
    remedy = "Repair them or leave them out (`exclude`, or `on_bad_sample: skip`)"
    error = data_error(domain.where, problems, len(domain.pairs), remedy, listing)
    if not domain.skip_bad or len(problems) >= len(domain.pairs):
        raise error
    warn(f"{domain.where}: {len(problems)} of {len(domain.pairs)} pairs left out, see {listing}")
