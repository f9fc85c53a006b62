"""Where each data set keeps its files: (root, split) -> pairs of image and label.

Source: the folders of the published archives; `docs/data.md` shows each as a tree.
"""

from pathlib import Path

from keras_uda.core.errors import DataError
from keras_uda.data.formats.images import SUFFIXES
from keras_uda.data.problems import Problem
from keras_uda.data.problems import data_error
from keras_uda.data.readers.pairing import LABEL_SUFFIXES
from keras_uda.data.readers.pairing import Pair
from keras_uda.data.readers.pairing import by_stem
from keras_uda.data.readers.pairing import chosen
from keras_uda.data.readers.pairing import join
from keras_uda.data.readers.pairing import lines_of
from keras_uda.data.readers.pairing import no_orphans

CONVERTED = "_labelTrainIds"  # what other toolkits write beside the labels
SPLITS = ("train", "val", "test")
WHOLE = "train"  # the split that means everything where a data set has no splits


def gta5(root: Path, split: str, labels: bool = True) -> list[Pair]:
    """`images/00001.png` and `labels/00001.png` (palette); `<split>.txt` chooses if there is one."""
    return _flat(root, split, "images", "labels" if labels else None)


def synthia(root: Path, split: str, labels: bool = True) -> list[Pair]:
    """SYNTHIA-RAND-CITYSCAPES: `RGB/0000000.png` and `GT/LABELS/0000000.png` (16-bit, three channels)."""
    return _flat(root, split, "RGB", "GT/LABELS" if labels else None)


def cityscapes(root: Path, split: str, labels: bool = True) -> list[Pair]:
    """`leftImg8bit/<split>/<city>/*_leftImg8bit.png` and `gtFine/<split>/<city>/*_gtFine_labelIds.png`."""
    image_folder, label_folder = root / "leftImg8bit" / split, root / "gtFine" / split
    _need(image_folder, split)
    images = by_stem(image_folder, SUFFIXES, "_leftImg8bit")
    found = by_stem(label_folder, (".png",), "_gtFine_labelIds") if labels and label_folder.is_dir() else None
    return join(images, found or None, image_folder, label_folder)


def camvid(root: Path, split: str, labels: bool = True) -> list[Pair]:
    """SegNet tutorial: `<split>/`, `<split>annot/`, and `<split>.txt` of `image annotation` lines if there is one."""
    listing = root / f"{split}.txt"
    if listing.is_file():
        return _camvid_list(root, listing, labels)
    image_folder, label_folder = root / split, root / f"{split}annot"
    _need(image_folder, split)
    found = by_stem(label_folder, LABEL_SUFFIXES) if labels and label_folder.is_dir() else None
    return join(by_stem(image_folder, SUFFIXES), found, image_folder, label_folder)


def _camvid_list(root: Path, listing: Path, labels: bool) -> list[Pair]:
    pairs, wrong = [], []
    lines = lines_of(listing)
    for line in lines:
        # The published lists begin with /SegNet/CamVid/: only the last folder and the name hold anywhere.
        image, *label = [root.joinpath(*Path(part).parts[-2:]) for part in line.split()[: 1 + labels]]
        for path in (image, *label):
            if not path.is_file():
                wrong.append(Problem(path.relative_to(root).as_posix(), "no such file"))
        pairs.append(Pair(image.name, image, label[0] if label else None))
    if wrong:
        raise data_error(listing, wrong, (1 + labels) * len(lines), "Put the files back or shorten the list")
    if not pairs:
        raise DataError(listing, "an empty list", "Write one `image annotation` pair per line")
    return sorted(pairs)


def folder(root: Path, split: str, labels: bool = True) -> list[Pair]:
    """Any images and labels.

    In this order: `images/<split>/` with `labels/<split>/`; `images/` with `labels/`, chosen by `<split>.txt`; a folder
    `<split>/`, or the root itself, with images only.
    """
    for images, label_name in (("images", "labels"), ("image", "label")):
        label_name = label_name if labels else None
        if (root / images / split).is_dir():
            return _flat(root, split, f"{images}/{split}", label_name and f"{label_name}/{split}", lists=False)
        others = [name for name in SPLITS if (root / images / name).is_dir()]
        if others:
            there = f"there is only {', '.join(others)}"
            raise DataError(root / images, f"no folder `{split}`, {there}", "Correct data.*.split or add the folder")
        if (root / images).is_dir():
            return _flat(root, split, images, label_name)
    if (root / split).is_dir():
        return _flat(root, split, split, None, lists=False)
    return _flat(root, split, ".", None)


def _flat(root: Path, split: str, image_folder: str, label_folder: str | None, lists: bool = True) -> list[Pair]:
    """A folder of images, perhaps one of labels, and perhaps a list for each split."""
    place = root / image_folder
    _need(place, split)
    images = by_stem(place, SUFFIXES)
    label_place = root / label_folder if label_folder and (root / label_folder).is_dir() else None
    labels = by_stem(label_place, LABEL_SUFFIXES) if label_place else None
    if labels is not None:
        labels = {key: path for key, path in labels.items() if not key.endswith(CONVERTED)}
        no_orphans(images, labels, label_place)
    return join(_chosen(images, place, root, split) if lists else images, labels, place, label_place)


def _chosen(images: dict[str, Path], place: Path, root: Path, split: str) -> dict[str, Path]:
    listing = root / f"{split}.txt"
    if listing.is_file():
        return chosen(images, listing, root)
    lists = sorted(path.name for path in root.glob("*.txt") if path.stem in SPLITS)
    if split == WHOLE and not lists:
        return images
    there = f"there is only {', '.join(lists)}" if lists else "there are no lists"
    raise DataError(place, f"no `{split}` split: {there}", f"Write {split}.txt with one image name per line in {root}")


def _need(place: Path, split: str) -> None:
    if not place.is_dir():
        raise DataError(place, f"no such folder (split `{split}`)", "Check the root, the split, and the reader's name")
