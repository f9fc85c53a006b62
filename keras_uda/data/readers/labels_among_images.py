"""Label files that lie among the images: found by name and look, so that none of them is trained on as an image."""

import re
from collections import Counter
from pathlib import Path

from keras_uda.core.errors import DataError
from keras_uda.data.formats.look_alikes import looks_like_label
from keras_uda.data.readers.folder_layouts import LABELS
from keras_uda.data.readers.folder_layouts import OTHERS
from keras_uda.data.readers.label_names import IMAGE_ENDS
from keras_uda.data.readers.label_names import LABEL_END
from keras_uda.data.readers.label_names import base_of

# Nobody names a photograph so; pictures of instances have many colours.
SURE_WORDS = ("mask", "masks", "labelids", "labeltrainids", "instanceids", "instance", "instances", "panoptic")
SAMPLED = 3
MOST, FEW = 50, 8  # folders that are looked at, folders of one name that are remembered


def split_off_labels(images: dict[str, Path]) -> tuple[dict[str, Path], dict[str, Path]]:
    """(images, labels) of files in one folder: labels are named after an image, or as labels are, and look so.

    A file that is named after another one is looked at; so nothing that looks like a label stays among the images.
    """
    groups: dict[str, list[str]] = {}
    bases = dict.fromkeys(key.removesuffix(end) for key in images for end in ("", *IMAGE_ENDS))
    for key in images:
        end = _label_end(key, bases)
        if end:
            groups.setdefault(end, []).append(key)
    labels = [key for end, keys in groups.items() if _are_labels(end, keys, images, bases) for key in keys]
    labels = dict.fromkeys(labels)
    if len(labels) == len(images):
        return images, {}
    kept = {key: path for key, path in images.items() if key not in labels}
    return kept, {key: images[key] for key in labels}


def _label_end(key: str, bases: dict[str, None]) -> str:
    """`_mask` of `a_mask` beside `a`, of `a.jpg_mask` too; `_labelIds` of any name; numbers are no end."""
    base = base_of(key, bases)
    match = LABEL_END.search(key)
    if base is not None and re.search(r"[A-Za-z]", key[len(base) :]):
        return "" if key[len(base) :] in IMAGE_ENDS else key[len(base) :]
    return match.group() if match else ""


def _are_labels(end: str, keys: list[str], images: dict[str, Path], bases: dict[str, None]) -> bool:
    match = LABEL_END.search(end)
    if match and match.group(1).lower() in SURE_WORDS and all(base_of(key, bases) for key in keys):
        return True
    return _look_like_labels(images, keys)


def _look_like_labels(images: dict[str, Path], keys: list[str]) -> bool:
    return all(looks_like_label(images[key]) for key in keys[:: max(1, len(keys) // SAMPLED)][:SAMPLED])


def require_neighbours(images: dict[str, Path], labels: dict[str, Path], folder: Path) -> None:
    """Refuses labels that lie in a folder of their own below the images, as none of them is beside an image."""
    if images.keys() & labels.keys():
        return
    places = [dict.fromkeys(key.rpartition("/")[0] for key in files) for files in (images, labels)]
    shown = [", ".join(f"{place or '.'}/" for place in list(found)[:3]) for found in places]
    what = f"images in {shown[0]}, and what looks like labels in {shown[1]}"
    remedy = "Name the folders: data.*.arguments.images and data.*.arguments.labels"
    raise DataError(folder, what, remedy)


def no_labels_among(images: dict[str, Path], folder: Path) -> None:
    """Refuses images that lie in folders of their own for labels, showing what was seen and would be read."""
    groups: dict[str, list[str]] = {}
    for key in images:
        groups.setdefault(key.rpartition("/")[0], []).append(key)
    partners = _partners(groups)
    doubted = [place for place in groups if _is_label_folder(place)]
    # Of folders of one name (`mask` in every drive), one stands for all.
    doubted += list({place.rpartition("/")[2]: place for place in partners if place not in doubted}.values())[:MOST]
    for place in doubted:
        partner = partners.get(place)
        if _look_like_labels(images, groups[place]):
            if partner is None or not _look_like_labels(images, groups[partner]):
                raise _among(place, partner, groups, folder)


def _partners(groups: dict[str, list[str]]) -> dict[str, str]:
    """Folder -> another one that has most of the names in it, of the first few that have a name."""
    owners: dict[str, list[str]] = {}
    for place, keys in groups.items():
        for key in keys:
            named = owners.setdefault(key.rpartition("/")[2], [])
            if len(named) < FEW:
                named.append(place)
    found = {}
    for place, keys in groups.items():
        shared = Counter(other for key in keys for other in owners[key.rpartition("/")[2]] if other != place)
        other, count = shared.most_common(1)[0] if shared else ("", 0)
        if 2 * count > len(keys):
            found[place] = other
    return found


def _is_label_folder(place: str) -> bool:
    return any(part.lower() in (*LABELS, *OTHERS) for part in place.split("/"))


def _among(place: str, partner: str | None, groups: dict[str, list[str]], folder: Path) -> DataError:
    seen = ", ".join(f"{name or '.'}/ ({len(keys)})" for name, keys in list(groups.items())[:6])
    what = f"`{place or '.'}/` looks like labels, and would be read as images; seen: {seen}"
    if partner == "" or (partner is None and "" in groups):
        return DataError(folder, what, f"Move the images into a folder `images/` beside `{place}/`")
    remedy = f"Name the folders: data.*.arguments.images {partner or 'FOLDER'} and data.*.arguments.labels {place}"
    return DataError(folder, what, remedy)
