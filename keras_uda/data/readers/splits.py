"""What tools call the splits of a data set, in folders and lists."""

from pathlib import Path

SPLITS = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation"),
    "test": ("test", "testing"),
}
LIST_FOLDERS = (".", "ImageSets/Segmentation", "splits", "lists")


def names_of_split(split: str) -> tuple[str, ...]:
    """`val` -> `val`, `valid`, `validation`; a name of somebody's own stands for itself."""
    return SPLITS.get(split, (split,))


def split_in(name: str) -> str | None:
    """The published split whose folder stands in a path: `10k/valid/a` -> `val`."""
    parts = {part.lower() for part in name.split("/")[:-1]}
    return next((split for split, names in SPLITS.items() if parts & set(names)), None)


def list_of(root: Path, split: str) -> Path | None:
    """The list of the images of a split, in one of the usual places."""
    places = [root / folder / f"{name}.txt" for folder in LIST_FOLDERS for name in names_of_split(split)]
    return next((place for place in places if place.is_file()), None)
