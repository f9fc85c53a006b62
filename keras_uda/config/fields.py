"""The fields of the configuration by their dotted keys: types, help, nearest names."""

import dataclasses
import re
import types
import typing
from collections.abc import Iterator
from functools import lru_cache

from keras_uda.config.data_schema import DataConfig
from keras_uda.config.schema import RunConfig
from keras_uda.core.errors import did_you_mean
from keras_uda.core.errors import nearest

# Defaults that a field has at one place only.
DEFAULTS = {"data.target.name": DataConfig().target.name}


def type_at(key: str, kind: object = RunConfig) -> object | None:
    """The type of the field at a dotted key; None where no field has that key. Names of a mapping may be any.

    An entry of a list of domains has its number in the key: `data.sources.0.root`.
    """
    if not key:
        return kind
    name, _, rest = key.partition(".")
    for option in options_of(kind):
        if dataclasses.is_dataclass(option):
            fields = {field.name: field.type for field in dataclasses.fields(option)}
            return type_at(rest, fields[name]) if name in fields else None
        entries = typing.get_args(option)[:1] if typing.get_origin(option) is tuple else ()
        if name.isdigit() and entries and dataclasses.is_dataclass(entries[0]):
            return type_at(rest, entries[0])
        if typing.get_origin(option) is dict:
            return type_at(rest, typing.get_args(option)[1])
    return None


def options_of(kind: object) -> tuple[object, ...]:
    """The members of a union, each without its ranges."""
    if typing.get_origin(kind) is typing.Annotated:
        return options_of(typing.get_args(kind)[0])
    if isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union:
        return tuple(option for member in typing.get_args(kind) for option in options_of(member))
    return (kind,)


def is_group(kind: object) -> bool:
    """Whether a value of this type has fields, so that no single value can stand for it."""
    return dataclasses.is_dataclass(kind)


def unknown_key(key: str) -> str:
    """The remedy for an unknown key: the nearest one beside it, else the nearest one elsewhere, else all beside it."""
    if type_at(key) is not None:  # it stands at the top with its dots, as on the command line
        nested = ": {".join(key.split("."))
        return f"Write `{nested}: VALUE{'}' * key.count('.')}`"
    parent, _, name = key.rpartition(".")
    groups = [option for option in options_of(type_at(parent) or RunConfig) if dataclasses.is_dataclass(option)]
    beside = [field.name for group in groups for field in dataclasses.fields(group)]
    in_list = parent.rpartition(".")[2].isdigit()  # what stands elsewhere is not meant of an entry of a list
    elsewhere = {} if in_list else {one.rsplit(".", 1)[-1]: one for one, _, _ in reversed(leaves())}
    home = elsewhere.get(nearest(name, elsewhere))
    return did_you_mean(name, beside, home and f"Did you mean `{home}`?")


@lru_cache(maxsize=1)
def leaves() -> list[tuple[str, object, str]]:
    """(dotted key, type, help) of every field that is no group; names of mappings stand as NAME."""
    return list(_leaves(RunConfig, ""))


def _leaves(kind: type, prefix: str) -> Iterator[tuple[str, object, str]]:
    helps = _helps(kind)
    for field in dataclasses.fields(kind):
        key, below = prefix + field.name, prefix + field.name + "."
        for option in options_of(field.type):
            if dataclasses.is_dataclass(option):
                yield from _leaves(option, below)
                break
            values = typing.get_args(option)
            if typing.get_origin(option) is dict and dataclasses.is_dataclass(values[1]):
                yield from _leaves(values[1], f"{below}NAME.")
                break
        else:
            default = DEFAULTS.get(key, _default(field))
            yield key, field.type, f"{helps.get(field.name, '')} (default {default})"


def _default(field: dataclasses.Field) -> str:
    value = field.default if field.default is not dataclasses.MISSING else field.default_factory()
    if isinstance(value, tuple) and len(value) > 4:
        return f"{value[0]}, {value[1]}, ...: {len(value)} of them"
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _helps(kind: type) -> dict[str, str]:
    """Field -> what the docstring of the dataclass says of it."""
    text = (kind.__doc__ or "").partition("Args:")[2]
    found = re.findall(r"^ {8}(\w+): (.*(?:\n {12}.*)*)", text, re.MULTILINE)
    return {name: " ".join(words.split()) for name, words in found}
