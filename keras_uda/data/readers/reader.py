"""What a reader is: an object that finds the images and labels of a data set below the folder that a user gives."""

from pathlib import Path

from keras_uda.core.errors import DataError
from keras_uda.data.readers.pairing import Pair


class Reader:
    """A data set on disk. A new one is a subclass in a file of its own, and its line in `READERS`.

    Options of a reader are the keyword-only arguments of its `__init__`, with types of `config/ranges.py`. A
    configuration gives them as `data.source.arguments` and `data.target.arguments`.

    Attributes:
        class_map: name of the shipped class map of its label files; None: `classes.yaml` in the root, or train ids.
        splits: the published names; the first one means everything where a data set has no splits.
    """

    class_map: str | None = None
    splits: tuple[str, ...] = ("train", "val", "test")

    def pairs(self, root: Path, split: str, labels: bool = True) -> list[Pair]:
        """The images of a split with their labels, sorted by name.

        Args:
            root: folder of the data, which exists.
            split: `train`, `val`, ...
            labels: look for labels; without, the pairs have none, and it does not matter whether there are any.
        Raises:
            DataError: no such split, images without labels, labels without images, two files of one stem.
        """
        raise NotImplementedError

    def require_folder(self, folder: Path, split: str) -> None:
        """Raises DataError if a folder of the data set is not there."""
        if not folder.is_dir():
            remedy = f"Check the root, the name of the reader, and the split ({', '.join(self.splits)})"
            raise DataError(folder, f"no such folder (split `{split}`)", remedy)
