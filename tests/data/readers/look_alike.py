"""Small copies of published data sets: the folders and names of their archives, images of 16x8 pixels."""

import json
from pathlib import Path

import numpy as np

from keras_uda.config.data_schema import DataConfig
from keras_uda.config.data_schema import DomainConfig
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import IGNORE
from keras_uda.data.doctor.examine import Examination
from keras_uda.data.doctor.examine import examine
from keras_uda.data.domain import Domain
from keras_uda.data.formats.labels import read_label
from tests.data import making

SIZE = (16, 8)


def image(root: Path, *names: str) -> None:
    """Pictures; no two of one call are alike."""
    for name in names:
        making.save(root / name, making.picture(sum(name.encode()) * 31 + len(name), SIZE))


def label(root: Path, name: str, *values: int) -> None:
    """Columns of these values, each as wide as the others."""
    making.save(root / name, np.repeat(np.array([values], np.uint8), SIZE[1], axis=0).repeat(SIZE[0] // len(values), 1))


def polygons(root: Path, name: str, *objects: tuple, size=SIZE) -> None:
    """A file of (name, points) or (name, points, more keys)."""
    content = [{"label": one[0], "polygon": one[1], **(one[2] if len(one) > 2 else {})} for one in objects]
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(json.dumps({"imgWidth": size[0], "imgHeight": size[1], "objects": content}))


def litter(root: Path) -> None:
    """What copies of data sets have besides: notes, traces of a Mac and of Windows, at the top and in every folder."""
    folders = [root, *(path for path in root.rglob("*") if path.is_dir())]
    for folder in folders:
        for name in ("README.md", ".DS_Store", "._0001.png", "._a.jpg", "Thumbs.db", "license.pdf"):
            (folder / name).write_bytes(b"no picture")
    for folder in folders[1:]:
        hidden = root / "__MACOSX" / folder.relative_to(root)
        hidden.mkdir(parents=True, exist_ok=True)
        (hidden / "._0001.png").write_bytes(b"no picture")


def classes_of(domain: Domain, row: int = 0) -> list[str | None]:
    """Names of the classes along the first line of a label, one for each pixel; None: ignored."""
    line = read_label(domain.pairs[row].label, domain.class_map, CITYSCAPES)[0]
    return [None if value == IGNORE else CITYSCAPES[value] for value in line]


def columns(*names: str | None) -> list[str | None]:
    """The classes of `label`."""
    return [name for name in names for _ in range(SIZE[0] // len(names))]


def examined(root: Path, name: str, **arguments) -> Examination:
    """What the doctor says of the data set as a source."""
    source = DomainConfig(name=name, root=str(root), arguments=arguments)
    result = examine(DataConfig(source=source, target=DomainConfig("street", frames=1, eval_frames=1)))[0]
    assert not result.problems, result.problems
    return result
