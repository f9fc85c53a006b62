"""Where tools put images and labels: one table of layouts, and what folders are called in them."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from keras_uda.core.files import entries_below
from keras_uda.core.files import is_folder
from keras_uda.data.readers.splits import names_of_split

SURE_IMAGES = ("images", "image")  # read as the images also where no folder of labels is beside them
IMAGES = (*SURE_IMAGES, "img", "imgs", "img_dir", "jpegimages", "rgb", "frames", "photos", "pictures", "leftimg8bit")
LABELS = (
    *("labels", "label", "masks", "mask", "ann_dir", "annotations", "annotation", "annots", "segmentationclass"),
    *("segmentationclasspng", "masks_machine", "gt", "gts", "groundtruth", "ground_truth", "segmentation"),
    *("segmentations", "semantic", "seg", "labels_png", "label_images", "gtfine", "sem_seg"),
    *("segmentation_images", "semantic_segmentation", "semantic_labels", "labelids", "label_ids", "segs"),
)
# Folders of pictures that are neither images nor labels of classes.
OTHERS = (
    *("segmentationobject", "masks_human", "masks_instances", "instances", "instance", "ann", "colormaps", "bitmasks"),
    *("color_masks", "color_mask", "colour_masks", "panoptic", "depth", "disparity", "overlays", "annots_color"),
    *("segmentationclassvisualization", "segmentationclassnpy", "segmentationobjectpng", "visualization", "thumbnails"),
)
SOUGHT = (
    f"`folder` looks for them in {', '.join(LABELS[:8])} and others beside the images, or as `a_mask.png` of `a.jpg`"
)


class Layout(NamedTuple):
    """A row of the table: folders below the root; `{images}`, `{labels}` and `{split}` stand for their usual names.

    Args:
        images, labels: folders. No labels: they are beside the images if anywhere.
        lists: `<split>.txt` selects the images.
        written_by: who writes it so.
    """

    images: str
    labels: str | None
    lists: bool
    written_by: str


LAYOUTS = (
    Layout("{images}/{split}", "{labels}/{split}", False, "this project, MMSegmentation, ADE20K"),
    Layout("{split}/{images}", "{split}/{labels}", False, "segmentation_models, YOLO"),
    Layout("{images}", "{labels}", True, "this project, Pascal VOC, CVAT, Supervisely, Pytorch-UNet"),
    Layout("{split}", "{split}annot", False, "SegNet"),
    Layout("{split}", "{split}_{labels}", False, "scripts"),
    Layout("{split}_{images}", "{split}_{labels}", False, "scripts"),
    Layout("{split}", None, False, "images only, Roboflow"),
    Layout(".", None, True, "images only"),
)


class Place(NamedTuple):
    """Folders that are there.

    Args:
        root: where lists are looked for.
        images, labels: below the root, with `/`; no labels: None.
        lists: `<split>.txt` selects the images.
    """

    root: Path
    images: str
    labels: str | None
    lists: bool


class Tree:
    """Folders below a root, whatever their capitals are; each is listed once.

    Args:
        root: folder of the data.
    """

    def __init__(self, root: Path):
        self.root = root
        self._known: dict[Path, dict[str, str]] = {}

    def subfolders(self, place: Path) -> dict[str, str]:
        """Lower-case name -> name of the folders in a folder, hidden ones left out."""
        if place not in self._known:
            with os.scandir(place) as entries:
                names = sorted(one.name for one in entries if is_folder(one) and not one.name.startswith("."))
            self._known[place] = {name.lower(): name for name in names}
        return self._known[place]

    def spelt(self, folder: str) -> str | None:
        """A folder below the root as it is spelt there; None where there is none."""
        if folder in ("", "."):
            return folder
        place, parts = self.root, []
        for part in folder.split("/"):
            names = self.subfolders(place)
            found = part if part in names.values() else names.get(part.lower())
            if found is None:
                return None
            parts.append(found)
            place = place / found
        return "/".join(parts)


def find_place(root: Path, split: str, images: tuple[str, ...], labels: tuple[str, ...], depth: int = 3) -> Place:
    """The first layout of the table whose folders are there; the last one always is.

    Args:
        root: folder of the data. Where it holds nothing but one folder (an unpacked archive), that one may be meant.
        split: `train`, `val`, ...
        images, labels: usual names of folders, or the one that a user gave.
        depth: folders to go down.
    """
    tree = Tree(root)
    for layout in LAYOUTS[:-2]:
        place = _fitting(layout, tree, split, images, labels)
        if place is not None:
            return place
    inner = _only_folder(tree)
    if inner is not None and depth:
        place = find_place(inner, split, images, labels, depth - 1)
        if place.labels is not None:
            return place
    return _fitting(LAYOUTS[-2], tree, split, images, labels) or Place(root, ".", None, True)


def _fitting(layout: Layout, tree: Tree, split: str, images: tuple[str, ...], labels: tuple[str, ...]) -> Place | None:
    root = tree.root
    for folder in _folders(layout.images, tree, split, images, labels):
        beside = list(_folders(layout.labels, tree, split, images, labels)) if layout.labels else []
        beside = [other for other in beside if other != folder and not folder.startswith(other + "/")]
        beside = [other for other in beside if not other.startswith(folder + "/")]
        found = next((other for other in beside if _holds_labels(root / other)), next(iter(beside), None))
        if found or layout.labels is None or _surely_images(folder, tree, images):
            return Place(root, folder, found, layout.lists)
    return None


def _holds_labels(folder: Path) -> bool:
    """Whether there is a PNG below: tools write boxes and arrays into folders of such names too."""
    return any(entry.name.lower().endswith(".png") for entry in entries_below(folder))


def _surely_images(folder: str, tree: Tree, images: tuple[str, ...]) -> bool:
    """Named by the user or by one of the two plain names, or beside a folder of labels of some kind."""
    own = folder.lower().split("/")
    if len(images) == 1 or set(own) & set(SURE_IMAGES):
        return True
    named = [place for place, part in enumerate(own) if part in IMAGES]
    if not named:
        return False
    above = tree.root.joinpath(*Path(folder).parts[: named[0]])
    return any(name in (*LABELS, *OTHERS) for name in tree.subfolders(above))


def _folders(pattern: str, tree: Tree, split: str, images: tuple[str, ...], labels: tuple[str, ...]) -> Iterator[str]:
    """Folders below the root that a pattern of the table can mean, as they are spelt there."""
    for image in images if "{images}" in pattern else ("",):
        for label in labels if "{labels}" in pattern else ("",):
            for name in names_of_split(split) if "{split}" in pattern else ("",):
                folder = tree.spelt(pattern.format(images=image, labels=label, split=name))
                if folder is not None:
                    yield folder


def _only_folder(tree: Tree) -> Path | None:
    """The one folder in a root that holds no picture."""
    folders = list(tree.subfolders(tree.root).values())
    if len(folders) != 1:
        return None
    files = [entry.name for entry in os.scandir(tree.root) if not is_folder(entry) and not entry.name.startswith(".")]
    pictures = any(Path(name).suffix.lower() in (".png", ".jpg", ".jpeg") for name in files)
    return None if pictures else tree.root / folders[0]
