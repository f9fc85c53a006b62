"""The ids of a class map for the classes of a model: the way back from train ids."""

from collections.abc import Callable
from collections.abc import Sequence

import numpy as np

from keras_uda.core.classes import ClassMap
from keras_uda.core.console import warn
from keras_uda.core.errors import UsageError
from keras_uda.core.errors import did_you_mean
from keras_uda.core.files import home_path
from keras_uda.core.strict_yaml import load_yaml_lines
from keras_uda.data.formats.class_map import SHIPPED
from keras_uda.data.formats.class_map import parse_class_map
from keras_uda.data.formats.class_map import shipped_names


def read_class_ids(choice: str) -> Callable[[Sequence[str]], np.ndarray]:
    """A class map as a function: names of classes -> what stands for each in a label picture.

    Args:
        choice: name of a shipped map, or a YAML file.
    Raises:
        UsageError: no such map, or a mistake in it.
    """
    path = SHIPPED / f"{choice}.yaml" if choice in shipped_names() else home_path(choice, "--ids")
    if not path.is_file():
        otherwise = f"Shipped are {', '.join(shipped_names())}; or give a YAML file"
        remedy = did_you_mean(choice, shipped_names(), otherwise)
        raise UsageError("--ids", f"`{choice}` is neither a shipped map nor a file", remedy)
    content, lines = load_yaml_lines(path)
    class_map = parse_class_map(content, choice, lines)
    return lambda classes: class_ids(class_map, classes)


def class_ids(class_map: ClassMap, classes: Sequence[str]) -> np.ndarray:
    """The first id that the map names for each class; its colours, if it has no ids.

    Classes that the map does not know get what it ignores, and are told.

    Returns:
        uint8 or uint16 (classes,), or uint8 (classes, 3).
    Raises:
        UsageError: none of the classes is in the map, or nothing in it is ignored and a class is not in it.
    """
    table, ignored = class_map.ids, class_map.ignored_ids
    if not table:
        table, ignored = class_map.colours, class_map.ignored_colours
    first: dict[str, object] = {}
    for value, name in table.items():
        first.setdefault(_plain(name), value)
    unknown = [name for name in classes if _plain(name) not in first]
    if len(unknown) == len(classes) or (unknown and not ignored):
        what = f"{class_map.name} has no id for {', '.join(unknown)}"
        raise UsageError("--ids", what, "Add them to the map, or ids that it ignores")
    # `unlabeled`, 0 nearly everywhere.
    named = (value for name, value in class_map.objects.items() if name.endswith("unlabeled") and value in ignored)
    nothing = next(named, min(ignored, default=None))
    if unknown:
        warn(f"{class_map.name} has no id for {', '.join(unknown)}: written as {nothing}, which it ignores")
    values = np.array([first.get(_plain(name), nothing) for name in classes])
    return values.astype(np.uint8 if values.max() <= 255 else np.uint16)


def _plain(name: str) -> str:
    return name.lower().replace("_", " ").replace("-", " ")
