"""Where each data set keeps its files: (root, split) -> pairs of image and label.

Source: the folders of the published archives; `docs/data.md` shows each as a tree.
"""

from pathlib import Path

from keras_uda.data.image_files import SUFFIXES
from keras_uda.data.pairing import LABEL_SUFFIXES
from keras_uda.data.pairing import Pair
from keras_uda.data.pairing import by_stem
from keras_uda.data.pairing import chosen
from keras_uda.data.pairing import join
from keras_uda.data.pairing import lines_of
from keras_uda.data.pairing import no_orphans
from keras_uda.data.problems import Problem
from keras_uda.data.problems import data_error
from keras_uda.errors import DataError

CONVERTED = "_labelTrainIds"  # what other toolkits write beside the labels
WHOLE = "train"  # the split that means everything where a data set has no splits


def gta5(root: Path, split: str) -> list[Pair]:
    """`images/00001.png` and `labels/00001.png` (palette); `<split>.txt` chooses if there is one."""
    return _flat(root, split, "images", ("labels",))


def synthia(root: Path, split: str) -> list[Pair]:
    """SYNTHIA-RAND-CITYSCAPES: `RGB/0000000.png` and `GT/LABELS/0000000.png` (16-bit, three channels)."""
    return _flat(root, split, "RGB", ("GT/LABELS",))


def cityscapes(root: Path, split: str) -> list[Pair]:
    """`leftImg8bit/<split>/<city>/*_leftImg8bit.png` and `gtFine/<split>/<city>/*_gtFine_labelIds.png`."""
    image_folder, label_folder = root / "leftImg8bit" / split, root / "gtFine" / split
    _need(image_folder, split)
    images = by_stem(image_folder, SUFFIXES, "_leftImg8bit")
    labels = by_stem(label_folder, (".png",), "_gtFine_labelIds") if label_folder.is_dir() else None
    return join(images, labels or None, image_folder, label_folder)


def camvid(root: Path, split: str) -> list[Pair]:
    """SegNet tutorial: `<split>/`, `<split>annot/`, and `<split>.txt` of `image annotation` lines if there is one."""
    listing = root / f"{split}.txt"
    if listing.is_file():
        return _camvid_list(root, listing)
    image_folder, label_folder = root / split, root / f"{split}annot"
    _need(image_folder, split)
    labels = by_stem(label_folder, LABEL_SUFFIXES) if label_folder.is_dir() else None
    return join(by_stem(image_folder, SUFFIXES), labels, image_folder, label_folder)


def _camvid_list(root: Path, listing: Path) -> list[Pair]:
    pairs, wrong = [], []
    lines = lines_of(listing)
    for line in lines:
        # The published lists begin with /SegNet/CamVid/: only the last folder and the name hold anywhere.
        image, *label = [root.joinpath(*Path(part).parts[-2:]) for part in line.split()]
        for path in (image, *label):
            if not path.is_file():
                wrong.append(Problem(path.relative_to(root).as_posix(), "no such file"))
        pairs.append(Pair(image.name, image, label[0] if label else None))
    if wrong:
        raise data_error(listing, wrong, 2 * len(lines), "Put the files back or shorten the list")
    if not pairs:
        raise DataError(listing, "an empty list", "Write one `image annotation` pair per line")
    return sorted(pairs)


def folder(root: Path, split: str) -> list[Pair]:
    """Any images and labels.

    In this order: `images/<split>/` with `labels/<split>/`; `images/` with `labels/`, chosen by `<split>.txt`; a folder
    `<split>/`, or the root itself, with images only.
    """
    for name in ("images", "image"):
        if (root / name / split).is_dir():
            return _joined(root / name / split, root / f"{name.replace('image', 'label')}" / split)
        if (root / name).is_dir():
            return _flat(root, split, name, (name.replace("image", "label"),))
    if (root / split).is_dir():
        return _joined(root / split, None)
    images = _chosen(by_stem(root, SUFFIXES), root, root, split)
    return join(images, None, root, None)


def _flat(root: Path, split: str, image_folder: str, label_folders: tuple[str, ...]) -> list[Pair]:
    """One folder of images, one of labels, and perhaps a list for each split."""
    place = root / image_folder
    _need(place, split)
    images = by_stem(place, SUFFIXES)
    label_folder = next((root / name for name in label_folders if (root / name).is_dir()), None)
    labels = by_stem(label_folder, LABEL_SUFFIXES) if label_folder else None
    if labels is not None:
        labels = {key: path for key, path in labels.items() if not key.endswith(CONVERTED)}
        no_orphans(images, labels, label_folder)
    return join(_chosen(images, place, root, split), labels, place, label_folder)


def _joined(image_folder: Path, label_folder: Path | None) -> list[Pair]:
    images = by_stem(image_folder, SUFFIXES)
    if label_folder is None or not label_folder.is_dir():
        return join(images, None, image_folder, None)
    labels = by_stem(label_folder, LABEL_SUFFIXES)
    no_orphans(images, labels, label_folder)
    return join(images, labels, image_folder, label_folder)


def _chosen(images: dict[str, Path], place: Path, root: Path, split: str) -> dict[str, Path]:
    listing = root / f"{split}.txt"
    if listing.is_file():
        return chosen(images, listing, root)
    lists = sorted(path.name for path in root.glob("*.txt") if path.stem in ("train", "val", "test"))
    if split == WHOLE and not lists:
        return images
    there = f"there is only {', '.join(lists)}" if lists else "there are no lists"
    raise DataError(place, f"no `{split}` split: {there}", f"Write {split}.txt with one image name per line in {root}")


def _need(place: Path, split: str) -> None:
    if not place.is_dir():
        raise DataError(place, f"no such folder (split `{split}`)", "Check the root, the split, and the reader's name")
