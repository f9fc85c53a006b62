"""A configuration file against the dataclasses of `config`: every mistake is told with its file, line and key."""

import dataclasses
import types
import typing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from keras_uda.config.schema import RunConfig
from keras_uda.core.errors import UsageError
from keras_uda.core.errors import did_you_mean
from keras_uda.core.errors import nearest
from keras_uda.core.strict_yaml import load_yaml_lines

KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}


@dataclass(frozen=True)
class ConfigFile:
    """The checked content of a file.

    Args:
        path: of the file.
        content: plain YAML values that fit `RunConfig`.
        lines: dotted key -> line.
    """

    path: str
    content: dict
    lines: dict[str, int]

    def place(self, key: str) -> str:
        """`file:line: key`, as far as the file has the key."""
        return f"{self.path}:{self.lines[key]}: {key}" if key in self.lines else key

    @contextmanager
    def placing(self, overridden: tuple[str, ...]) -> Iterator[None]:
        """Errors about keys of this file name their line, unless the command line gave the value."""
        try:
            yield
        except UsageError as error:
            if error.where not in self.lines or error.where in overridden:
                raise
            raise UsageError(self.place(error.where), error.what, error.remedy) from error


def read_config_file(path: Path | str) -> ConfigFile:
    """Loads and checks a configuration file.

    Raises:
        UsageError: not strict YAML; an unknown key, a wrong type or an impossible value at any depth.
    """
    content, lines = load_yaml_lines(path)
    file = ConfigFile(str(path), content, lines)
    try:
        check_fields(RunConfig, content, "")
    except UsageError as error:
        raise UsageError(file.place(error.where), error.what, error.remedy) from error
    return file


def check_fields(kind: type, content: object, key: str) -> None:
    """Raises UsageError where `content` is not what the dataclass `kind` can be made of; `key` is its dotted name."""
    if not isinstance(content, dict):
        names = ", ".join(field.name for field in dataclasses.fields(kind))
        raise UsageError(key, f"`{content}` is not a mapping", f"Give fields of it: {names}")
    types_of = {field.name: field.type for field in dataclasses.fields(kind)}
    for name, value in content.items():
        here = f"{key}.{name}" if key else str(name)
        if name not in types_of:
            raise UsageError(here, "unknown key", _nearest_key(str(name), list(types_of)))
        _check_value(types_of[name], value, here)
    _check_ranges(kind, content, key)


def _nearest_key(name: str, known: list[str]) -> str:
    elsewhere = {key.rsplit(".", 1)[-1]: key for key in reversed(leaf_types())}
    home = elsewhere.get(nearest(name, elsewhere))
    return did_you_mean(name, known, home and f"Did you mean `{home}`?")


def _check_value(kind: object, value: object, key: str) -> None:
    options = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    if value is None and types.NoneType in options:
        return
    fitting = [option for option in options if _is_like(option, value)]
    if not fitting:
        raise UsageError(key, f"`{_shown(value)}` is not possible", f"Give {' or '.join(map(_told, options))}")
    option = fitting[0]
    if dataclasses.is_dataclass(option):
        check_fields(option, value, key)
    inner = typing.get_args(option)
    if typing.get_origin(option) is dict:
        for name, item in value.items():
            if not isinstance(name, str):
                raise UsageError(f"{key}.{name}", f"the name `{name}` is not text", "Write it in quotes")
            _check_value(inner[1], item, f"{key}.{name}")
    elif inner:
        for item in value:
            if not _is_like(inner[0], item):
                raise UsageError(key, f"`{_shown(item)}` is not possible", f"Give {_told(option)}")


def _is_like(kind: object, value: object) -> bool:
    """Whether a YAML value has the outer form of a type."""
    if dataclasses.is_dataclass(kind) or kind is dict or typing.get_origin(kind) is dict:
        return isinstance(value, dict)
    if typing.get_origin(kind) in (tuple, list):
        return isinstance(value, list)
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, kind) and isinstance(value, bool) == (kind is bool)


def _shown(value: object) -> str:
    """As it stands in YAML."""
    return str(value).lower() if isinstance(value, bool) else "null" if value is None else str(value)


def _told(kind: object) -> str:
    if kind in KINDS:
        return KINDS[kind]
    if kind is types.NoneType:
        return "null"
    if typing.get_origin(kind) in (tuple, list):
        return f"a list in brackets, each {_told(typing.get_args(kind)[0])}"
    return "a mapping of keys to values"


def _check_ranges(kind: type, content: dict, key: str) -> None:
    """The rules of the dataclass itself for its plain fields; its errors get the key of this place."""
    plain = {name: tuple(v) if isinstance(v, list) else v for name, v in content.items() if not isinstance(v, dict)}
    try:
        made = kind(**plain)
        if hasattr(made, "check"):
            made.check()
    except UsageError as error:
        field = error.where.rsplit(".", 1)[-1].lstrip("-")
        raise UsageError(f"{key}.{field}" if key else field, error.what, error.remedy) from error


def leaf_types(kind: type = RunConfig, prefix: str = "") -> dict[str, object]:
    """Dotted key -> type of every field that is no group; mappings by name have no keys of their own."""
    leaves = {}
    for field in dataclasses.fields(kind):
        if dataclasses.is_dataclass(field.type):
            leaves |= leaf_types(field.type, f"{prefix}{field.name}.")
        else:
            leaves[prefix + field.name] = field.type
    return leaves
