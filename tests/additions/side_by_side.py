"""Images and labels of one folder, told apart by the ends of their names."""

from pathlib import Path

from keras_uda.data.readers.file_names import KNOWN_SUFFIXES
from keras_uda.data.readers.pairing import Pair
from keras_uda.data.readers.pairing import by_stem
from keras_uda.data.readers.pairing import join
from keras_uda.data.readers.reader import Reader


class SideBySide(Reader):
    """`<split>/<name><image_end>.png` with `<split>/<name><label_end>.png`, labels as train ids.

    Args:
        image_end, label_end: of the names.
    """

    def __init__(self, *, image_end: str = "_image", label_end: str = "_label"):
        self.image_end, self.label_end = image_end, label_end

    def pairs(self, root: Path, split: str, labels: bool = True) -> list[Pair]:
        folder = root / split
        self.require_folder(folder, split)
        images = by_stem(folder, KNOWN_SUFFIXES, self.image_end)
        return join(images, by_stem(folder, KNOWN_SUFFIXES, self.label_end) if labels else None, folder, folder)
