"""Mapillary Vistas: streets of the whole world."""

from pathlib import Path
from typing import Literal

from keras_uda.core.classes import ClassMap
from keras_uda.core.console import warn
from keras_uda.core.errors import DataError
from keras_uda.core.json_records import Record
from keras_uda.core.json_records import parse_json
from keras_uda.data.formats.class_map import shipped_map
from keras_uda.data.formats.images import read_bytes
from keras_uda.data.readers.layout import PNG
from keras_uda.data.readers.layout import LayoutReader
from keras_uda.data.readers.places import Files

CONFIGS = {"mapillary_v1.2": ("config_v1.2.json", "config.json"), "mapillary_v2.0": ("config_v2.0.json",)}


class Named(Record):
    """A class of a configuration; its id is its place in the list."""

    name: str


class Configuration(Record):
    """What is read of a configuration."""

    labels: list[Named]


class Mapillary(LayoutReader):
    """`training/images/*.jpg`, `training/v1.2/labels/*.png` or `training/v2.0/labels`; before 2.0 `training/labels`.

    The ids are those of the configuration of the data set (`config_v1.2.json`, ...) where it is beside the splits.

    Args:
        version: of the labels; None: 1.2, for which there are published tables to the classes of Cityscapes, where it
            is there.
    Source: Neuhold et al., The Mapillary Vistas Dataset, ICCV 2017; folders of the published archives
    """

    class_map = "mapillary_v1.2"
    images = (Files("{split}/images"),)
    folders = {"train": "training", "val": "validation", "test": "testing"}

    def __init__(self, *, version: Literal["v1.2", "v2.0"] | None = None):
        kinds = (
            Files("{split}/v1.2/labels", suffixes=PNG, class_map="mapillary_v1.2"),
            Files("{split}/labels", suffixes=PNG, class_map="mapillary_v1.2"),
            Files("{split}/v2.0/labels", suffixes=PNG, class_map="mapillary_v2.0"),
        )
        self.labels = tuple(kind for kind in kinds if kind.class_map == f"mapillary_{version or 'v1.2'}" or not version)

    def map_of(self, root: Path, kind: Files, folder: Path) -> str | ClassMap:
        for place in (one for one in folder.parents if one.is_relative_to(root)):
            for name in CONFIGS[kind.class_map]:
                if (place / name).is_file():
                    return map_of_configuration(place / name, kind.class_map)
        return kind.class_map


def map_of_configuration(path: Path, version: str) -> ClassMap:
    """What the shipped maps say of names, with the ids of a configuration: the places of the names in its `labels`."""
    try:
        names = [label["name"] for label in parse_json(read_bytes(path), Configuration)["labels"]]
    except ValueError as error:
        raise DataError(path, "no list `labels` of entries with a `name`", "Take it from the archive again") from error
    meanings = {name: one.ids.get(number) for one in map(shipped_map, CONFIGS) for name, number in one.objects.items()}
    foreign = [name for name in names if name not in meanings]
    if foreign:
        warn(f"{path}: {', '.join(foreign[:5])} in no published version; their pixels are ignored")
    ids = {number: meanings.get(name) for number, name in enumerate(names)}
    return ClassMap(
        f"{version} with the ids of {path.name}",
        {number: name for number, name in ids.items() if name is not None},
        ignored_ids=frozenset(number for number, name in ids.items() if name is None),
    )
