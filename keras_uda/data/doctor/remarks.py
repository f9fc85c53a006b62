"""What the doctor says of a split that is not an error of one file: doubts, and contradictions of all of its labels."""

import os
from collections import Counter
from pathlib import Path

import numpy as np

from keras_uda.core.classes import IGNORE
from keras_uda.core.files import list_files
from keras_uda.data.doctor.examination import Finding
from keras_uda.data.domain import Domain
from keras_uda.data.formats.images import OTHER_PICTURES
from keras_uda.data.shape import size_of_shape

DISTORTION = 1.15
DARK = 64  # of 255: images of 10, 12 or 14 bits that are stored as if they had 16
CLIPS = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".mts", ".wmv")
MOSTLY = 0.5


def remarks_on(domain: Domain, found: list[Finding], size: tuple[int, int]) -> list[str]:
    """What is not an error but worth a look.

    Args:
        domain: of the findings.
        found: of every pair.
        size: (width, height) that the network sees.
    """
    below = domain.pairs[0].image.is_relative_to(domain.root)  # a reader that makes images elsewhere says what it read
    files = [*_places(domain), *_other_files(domain)] if below else []
    return [*files, *_labels(found), *_sizes(found, size), *_pictures(found), *_classes(domain, found)]


def contradictions(domain: Domain, found: list[Finding]) -> list[str]:
    """What cannot be meant, as all files of a split say it together."""
    lines = []
    if found and all(finding.few_values for finding in found):
        lines.append("every image has few values, as label files have: give the folder of the images")
    labelled = [finding for finding in found if finding.pixels is not None]
    if labelled and not any(finding.pixels[:IGNORE].any() for finding in labelled):
        lines.append(f"no label has a pixel of a class: {_shown_ids(labelled)} in class map `{domain.class_map.name}`")
    else:
        lines += _train_ids_as_others(domain, labelled)
    return lines


def _shown_ids(labelled: list[Finding]) -> str:
    ids = _ids(labelled)
    if not ids:
        return "all of it is transparent or of ignored colours"
    return "ids " + ", ".join(str(value) for value, _ in Counter(ids).most_common(8)) + " are ignored"


def _ids(labelled: list[Finding]) -> dict[int, int]:
    total: Counter = Counter()
    for finding in labelled:
        total.update(finding.ids or {})
    return dict(total)


def _train_ids_as_others(domain: Domain, labelled: list[Finding]) -> list[str]:
    """Ids 0 to 18 where the map has larger ones, and most pixels would be ignored: train ids, not ids of the map."""
    ids, known = _ids(labelled), domain.class_map.ids
    classes = {value: count for value, count in ids.items() if value != IGNORE}
    ignored = sum(count for value, count in classes.items() if value not in known)
    if not classes or max(classes) > 18 or max(known, default=0) <= 18 or ignored <= MOSTLY * sum(classes.values()):
        return []
    most = max(classes, key=classes.get)
    here, share = known.get(most, "ignored"), ignored / sum(classes.values())
    return [
        f"ids are 0 to {max(classes)} only: class map `{domain.class_map.name}` ignores {share:.0%} of the pixels, id "
        f"{most} is {here}; as train ids of Cityscapes all are classes, with class_map `cityscapes_train_ids`"
    ]


def _places(domain: Domain) -> list[str]:
    """Where images and labels were found."""
    images = _below(domain.root, [pair.image for pair in domain.pairs])
    labels = [pair.label for pair in domain.pairs if pair.label is not None]
    return [f"images in {images}, labels in {_below(domain.root, labels)}" if labels else f"images in {images}"]


def _below(root: Path, files: list[Path]) -> str:
    shared = os.path.commonpath([file.parent for file in files])
    return "the root" if os.path.samefile(shared, root) else os.path.relpath(shared, root) + "/"


def _other_files(domain: Domain) -> list[str]:
    labels = {pair.label for pair in domain.pairs}
    others = [file for file in list_files(domain.root, OTHER_PICTURES, irregular=True) if file not in labels]
    clips = list_files(domain.root, CLIPS, irregular=True)
    lines = (
        [f"{len(others)} pictures of other formats ({_suffixes(others)}) are not read: convert them"] if others else []
    )
    if clips:
        lines.append(f"{len(clips)} clips ({_suffixes(clips)}) are not read: `python -m keras_uda frames` cuts them")
    return lines


def _suffixes(files: list[Path]) -> str:
    counts = Counter(file.suffix.lower() for file in files)
    return ", ".join(f"{suffix} {count}" for suffix, count in counts.most_common(4))


def _labels(found: list[Finding]) -> list[str]:
    lines = []
    forms = Counter(finding.form for finding in found if finding.form)
    if forms:
        lines.append("labels are " + ", ".join(f"{form} ({count})" for form, count in forms.most_common()))
    clear = [finding for finding in found if finding.transparent]
    if clear:
        share = sum(f.transparent for f in clear) / sum(f.size[0] * f.size[1] for f in clear if f.size)
        lines.append(f"{len(clear)} labels have transparent pixels ({share:.1%} of theirs): they are ignored")
    doubted = Counter(finding.readings for finding in found if finding.readings and finding.pixels is not None)
    lines += [f"palette of {count} labels: {readings}; the indices count" for readings, count in doubted.most_common(2)]
    empty = [finding.name for finding in found if finding.pixels is not None and not finding.pixels[:IGNORE].any()]
    if empty:
        lines.append(f"{len(empty)} labels have no pixel of a class, among them {empty[0]}")
    masks = sum(f.pixels is not None and set(np.flatnonzero(f.pixels)) == {0, IGNORE} for f in found)
    if masks and masks == sum(f.pixels is not None for f in found) and not clear:
        lines.append("every label holds 0 and 255 only: 0/255 masks? Then give a class map, `classes: {road: 255}`")
    return lines


def _sizes(found: list[Finding], size: tuple[int, int]) -> list[str]:
    lines = []
    sizes = Counter(finding.size for finding in found if finding.size)
    if len(sizes) > 1:
        lines.append(f"{len(sizes)} image sizes, " + ", ".join(f"{w}x{h} ({n})" for (w, h), n in sizes.most_common(3)))
    for (width, height), count in sizes.most_common(1):
        stretch = (size[0] / size[1]) / (width / height)
        if max(stretch, 1 / stretch) > DISTORTION:
            fitting = "x".join(map(str, size_of_shape(width, height, size)))
            lines.append(
                f"{width}x{height} ({count} images) is squeezed into {size[0]}x{size[1]}: another ratio of sides; "
                f"--data.size {fitting} keeps the shape"
            )
    return lines


def _pictures(found: list[Finding]) -> list[str]:
    lines = []
    rotated = sum(finding.rotated for finding in found)
    if rotated:
        lines.append(f"{rotated} images have an EXIF orientation that is not applied; pixels are used as stored")
    dark = [finding for finding in found if finding.brightest is not None and finding.brightest < DARK]
    dark = [finding for finding in dark if finding.bits == 16 or finding.brightest < DARK // 4]
    if dark:
        brightest = max(finding.brightest for finding in dark)
        deep = any(finding.bits == 16 for finding in dark)
        why = "; of 16 bits the upper 8 are read: 12-bit values need to be spread first" if deep else ""
        lines.append(f"{len(dark)} images are nearly black, values end at {brightest} of 255, e.g. {dark[0].name}{why}")
    like_labels = [finding.name for finding in found if finding.few_values]
    if 0 < len(like_labels) < len(found):
        lines.append(f"{len(like_labels)} images have as few values as label files, among them {like_labels[0]}")
    repeated = [names for names in by_digest(found).values() if len(names) > 1]
    if repeated:
        lines.append(f"{sum(map(len, repeated))} images are copies of each other, among them {repeated[0][:2]}")
    return lines


def _classes(domain: Domain, found: list[Finding]) -> list[str]:
    counted = [finding.pixels for finding in found if finding.pixels is not None]
    pixels = np.sum(counted, axis=0) if counted else np.ones(256)
    absent = [name for number, name in enumerate(domain.classes) if not pixels[number]]
    return [f"no pixel of {', '.join(absent)}"] if absent else []


def by_digest(found: list[Finding]) -> dict[str, list[str]]:
    """Names of the images of each content."""
    table: dict[str, list[str]] = {}
    for finding in found:
        if finding.digest:
            table.setdefault(finding.digest, []).append(finding.name)
    return table
