"""Class maps as YAML: `classes: {road: [7, '#804080'], ...}, ignore: [0]`, shipped, from a file, or inline."""

import re
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import ClassMap
from keras_uda.core.classes import Colour
from keras_uda.core.classes import train_ids
from keras_uda.core.console import warn
from keras_uda.core.errors import UsageError
from keras_uda.core.errors import did_you_mean
from keras_uda.core.errors import nearest
from keras_uda.core.files import home_path
from keras_uda.core.strict_yaml import load_yaml_lines
from keras_uda.data.formats.tool_maps import tool_map

SHIPPED = Path(__file__).parents[1] / "class_maps"
KEYS = ("classes", "ignore", "unknown", "channel", "objects")
EXAMPLE = "Write `classes: {road: [7, '#804080'], ...}` and `ignore: [0]`"
LARGEST_ID = 65535
MOST_FOREIGN = 200  # names of no class that are compared with those of classes, and listed


def shipped_names() -> list[str]:
    return sorted(path.name.removesuffix(".yaml") for path in SHIPPED.glob("*.yaml"))


def load_class_map(
    choice: str | dict | None,
    root: Path | None,
    default: str | ClassMap | None,
    classes: Sequence[str],
    tools: bool = False,
    merge: Mapping[str, str] | None = None,
) -> ClassMap:
    """The class map of a domain.

    Args:
        choice: inline mapping, name of a shipped map, path of a YAML file (also below `root`), or None.
        root: folder of the data; its `classes.yaml` is used where `choice` is None and the reader has no map.
        default: shipped map of the reader, or the map that it made; None means train ids of `classes`.
        classes: names that are trained.
        tools: read what annotation tools write beside their masks, where nothing else says what they mean.
        merge: class of the labels -> class that it will count as; such a name is no mistake.
    Raises:
        UsageError: no such map, a mistake in it, or no class in common with `classes`.
    """
    if isinstance(choice, dict):
        return _checked(parse_class_map(choice, "data.*.class_map"), classes, merge or {})
    if choice is None and default is None:
        beside = root / "classes.yaml" if root else None
        if beside is None or not beside.is_file():
            written = tool_map(root) if root is not None and tools else None
            if written is None:
                return train_ids(classes)
            return _checked(parse_class_map(written[1], str(written[0])), classes, merge or {})
        return _checked(parse_class_map(*_named(beside, str(beside))), classes, merge or {})
    if choice is None and isinstance(default, ClassMap):
        return _checked(default, classes, merge or {})
    path = _find(choice or default, root)
    return _checked(parse_class_map(*_named(path, choice or default)), classes, merge or {})


def shipped_map(name: str) -> ClassMap:
    """A map of `class_maps/`, whatever the classes that are trained."""
    return parse_class_map(*_named(SHIPPED / f"{name}.yaml", name))


def _named(path: Path, name: str) -> tuple[dict, str, dict[str, int]]:
    content, lines = load_yaml_lines(path)
    return content, name, lines


def _find(choice: str, root: Path | None) -> Path:
    if choice in shipped_names():
        return SHIPPED / f"{choice}.yaml"
    for path in (home_path(choice, "data.*.class_map"), *([root / choice] if root else [])):
        if path.is_file():
            return path
    otherwise = f"Shipped are {', '.join(shipped_names())}; or give a YAML file"
    remedy = did_you_mean(choice, shipped_names(), otherwise)
    raise UsageError("data.*.class_map", f"`{choice}` is neither a shipped map nor a file", remedy)


def parse_class_map(content: dict, name: str, lines: dict[str, int] | None = None) -> ClassMap:
    """A `ClassMap` from the content of a YAML file; every id and colour may stand only once.

    Args:
        content: of the file, or the mapping itself.
        name: for messages.
        lines: of the keys, where it is a file.
    """

    def place(key: str) -> str:
        return f"{name}:{lines[key]}" if lines and key in lines else name

    for key in content:
        if key not in KEYS:
            raise UsageError(place(str(key)), f"unknown key `{key}`", f"Keys are {', '.join(KEYS)}")
    classes = content.get("classes")
    if not isinstance(classes, dict) or not classes:
        raise UsageError(place("classes"), "no `classes:` mapping", EXAMPLE)
    ids, colours, ignored = {}, {}, (set(), set())
    for class_name, values in classes.items():
        here = place(f"classes.{class_name}")
        for value in _values(here, class_name, values):
            table = ids if isinstance(value, int) else colours
            if table.get(value, class_name) != class_name:
                raise UsageError(here, f"{_shown(value)} is both {table[value]} and {class_name}", "Keep one of them")
            table[value] = str(class_name)
    for value in _values(place("ignore"), "ignore", content.get("ignore") or []):
        table = ids if isinstance(value, int) else colours
        if value in table:
            raise UsageError(place("ignore"), f"{_shown(value)} is both ignored and {table[value]}", "Keep one of them")
        ignored[0 if isinstance(value, int) else 1].add(value)
    unknown, channel = content.get("unknown", "refuse"), content.get("channel", "any")
    if unknown not in ("refuse", "ignore") or channel not in ("any", "first"):
        here = place("channel" if unknown in ("refuse", "ignore") else "unknown")
        raise UsageError(here, f"unknown: {unknown}, channel: {channel}", "Use refuse or ignore; any or first")
    objects = _objects(place("objects"), content.get("objects") or {}, {*ids, *ignored[0]})
    return ClassMap(name, ids, colours, frozenset(ignored[0]), frozenset(ignored[1]), unknown, channel, objects)


def _objects(where: str, objects: object, known: set[int]) -> dict[str, int | None]:
    """What polygon files call the ids; every id is one of the map."""
    fits = isinstance(objects, dict) and all(isinstance(name, str) for name in objects)
    if not fits or not all(value is None or (type(value) is int and value in known) for value in objects.values()):
        raise UsageError(where, "not names of objects with ids of this map", "Write `objects: {road: 7, ...}`")
    return objects


def _values(name: str, key: str, values: object) -> list[int | Colour]:
    return [_value(name, key, value) for value in (values if isinstance(values, list) else [values])]


def _value(name: str, key: str, value: object) -> int | Colour:
    if type(value) is int and 0 <= value <= LARGEST_ID:
        return value
    match = re.fullmatch(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})", str(value))
    if match:
        return tuple(int(part, 16) for part in match.groups())
    raise UsageError(name, f"`{value}` under {key} is neither an id nor a colour", "Write 7 or '#804080' (in quotes)")


def _shown(value: int | Colour) -> str:
    return f"id {value}" if isinstance(value, int) else "#{:02x}{:02x}{:02x}".format(*value)


def _checked(class_map: ClassMap, classes: Sequence[str], merge: Mapping[str, str]) -> ClassMap:
    """Underscores and capitals of names are forgiven; a name that is nobody's but nearly one of ours is not."""
    spelling = {_plain(name): name for name in (*CITYSCAPES, *classes)}
    ids = {key: spelling.get(_plain(name), name) for key, name in class_map.ids.items()}
    colours = {key: spelling.get(_plain(name), name) for key, name in class_map.colours.items()}
    found = set(ids.values()) | set(colours.values())
    foreign = sorted(name for name in found if name not in {*classes, *CITYSCAPES, *merge})
    for name in foreign[:MOST_FOREIGN]:
        near = nearest(name, [known for known in classes if known not in found], cutoff=0.8)
        if near:
            raise UsageError(class_map.name, f"class `{name}` is not in data.classes", f"Did you mean `{near}`?")
    if not {merge.get(name, name) for name in found} & set(classes):
        remedy = "Name classes of data.classes, or set data.classes"
        raise UsageError(class_map.name, f"none of its classes ({', '.join(sorted(found))}) is trained", remedy)
    if foreign:
        more = f" and {len(foreign) - MOST_FOREIGN} more" if len(foreign) > MOST_FOREIGN else ""
        names = ", ".join(foreign[:MOST_FOREIGN])
        warn(f"{class_map.name}: {names}{more} not in data.classes; their pixels are ignored")
    return replace(class_map, ids=ids, colours=colours)


def _plain(name: str) -> str:
    return name.lower().replace("_", " ").replace("-", " ")
