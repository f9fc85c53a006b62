"""What a reader is: an object that finds the images and labels of a data set below the folder that a user gives."""

from pathlib import Path

from keras_uda.core.classes import ClassMap
from keras_uda.core.errors import DataError
from keras_uda.data.readers.pairing import Pair
from keras_uda.data.readers.pairing import select_listed
from keras_uda.data.readers.splits import list_of


class Reader:
    """A data set on disk. A new one is a subclass in a file of its own, and its line in `READERS`.

    Options of a reader are the keyword-only arguments of its `__init__`, with types of `config/ranges.py`. A
    configuration gives them as `data.source.arguments` and `data.target.arguments`.

    Attributes:
        class_map: name of the shipped class map of its label files; None: `classes.yaml` in the root, or train ids. A
            reader whose labels come in several forms sets it when it lists pairs, to a name or to the map itself.
        splits: the published names; the first one means everything where a data set has no splits.
        takes_files: the root may be a file.
        holds_out: the reader keeps part of the data out of training by itself, so that what is shown and compared
            without labels is of that part.
        cache: `data.cache`, for what a reader makes of the data; set before pairs are listed, as `skip_bad` is.
        skip_bad: leave out what cannot be read, and say so, instead of refusing all of it.
        remarks: what is worth knowing of the training split, once its pairs are listed.
        subsets: name -> pattern of names of samples: parts that are scored beside the whole split where there are any.
    """

    class_map: str | ClassMap | None = None
    splits: tuple[str, ...] = ("train", "val", "test")
    subsets = {}
    takes_files = False
    holds_out = False
    cache: str | None = None
    skip_bad = False
    remarks: tuple[str, ...] = ()

    def pairs(self, root: Path, split: str, labels: bool = True) -> list[Pair]:
        """The images of a split with their labels, sorted by name.

        Args:
            root: folder of the data (or file, of a reader that takes files), which exists.
            split: `train`, `val`, ...
            labels: look for labels; without, the pairs have none, and it does not matter whether there are any.
        Raises:
            DataError: no such split, images without labels, labels without images, two files of one stem.
        """
        raise NotImplementedError

    def look(self, root: Path, split: str, labels: bool = True) -> list[Pair]:
        """As `pairs`, for those who only ask whether there is anything: nothing is decoded or written."""
        return self.pairs(root, split, labels)

    def require_folder(self, folder: Path, split: str) -> None:
        """Raises DataError if a folder of the data set is not there."""
        if not folder.is_dir():
            remedy = f"Check the root, the name of the reader, and the split ({', '.join(self.splits)})"
            raise DataError(folder, f"no such folder (split `{split}`)", remedy)

    def of_split(self, images: dict[str, Path], folder: Path, root: Path, split: str) -> dict[str, Path]:
        """The images of a split where the data set has none: what the list `<split>.txt` in the root names.

        Of the first split are all images that no other list names, where it has no list of its own.
        """
        listing = list_of(root, split)
        if listing is not None:
            return select_listed(images, listing, root)
        lists = [found for found in (list_of(root, name) for name in self.splits) if found]
        if split == self.splits[0]:
            named = {key for listing in lists for key in select_listed(images, listing, root)}
            return {key: path for key, path in images.items() if key not in named}
        found = f"there is only {', '.join(one.name for one in lists)}" if lists else "there are no lists"
        remedy = f"Write {split}.txt with one image name per line in {root}; the other images are trained on"
        raise DataError(folder, f"no `{split}` split: {found}", remedy)
