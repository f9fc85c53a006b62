"""What pydantic finds wrong, as one `UsageError`: dotted key, the value received, and what would be right."""

import json
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import get_args

from pydantic import TypeAdapter
from pydantic import ValidationError

from keras_uda.config.source_code import MISSING
from keras_uda.config.source_code import Argument
from keras_uda.core.errors import UsageError
from keras_uda.core.errors import did_you_mean

KINDS = {
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "finite_number": "a number that is finite",
    "string_type": "text",
    "tuple_type": "a list in brackets",
    "list_type": "a list in brackets",
    "dict_type": "a mapping of keys to values",
    "dataclass_type": "a mapping of keys to values",
}
RANGES = {
    "greater_than_equal": ("ge", "at least {}"),
    "greater_than": ("gt", "more than {}"),
    "less_than_equal": ("le", "at most {}"),
    "less_than": ("lt", "less than {}"),
    "too_short": ("min_length", "at least {}, as a list: A,B"),
    "too_long": ("max_length", "at most {}"),
}


@lru_cache(maxsize=None)
def _adapter(kind: object) -> TypeAdapter:
    return TypeAdapter(kind)


def validated(kind: object, content: object, key: str = "", unknown=None, lines: dict[str, int] | None = None):
    """`content` as a value of type `kind`, by the rules of JSON: no text is a number, no number is true.

    Args:
        kind: a type or a dataclass.
        content: plain data.
        key: dotted name of the place, for messages.
        unknown: function of an unknown key and of its neighbours -> remedy.
        lines: dotted key -> line; of several mistakes the first one is told.
    Raises:
        UsageError: naming the dotted key, the value and what would be right.
    """
    try:
        return _adapter(kind).validate_json(json.dumps(content), strict=True)
    except ValidationError as error:
        mistakes = [_mistake(one, content, key, unknown) for one in error.errors(include_url=False)]
        first = min(mistakes, key=lambda mistake: (lines or {}).get(mistake.where, 10**9))
        raise _joined([mistake for mistake in mistakes if mistake.where == first.where]) from error
    except TypeError as error:
        raise UsageError(key, f"not plain data ({error})", "Give numbers, texts, lists and mappings") from error


def check_class_names(options: dict, known: dict[str, Argument], key: str, classes: Sequence[str]) -> None:
    """Raises UsageError for an option that names a class which is not there.

    Args:
        options, known, key: as for `check_options`.
        classes: names, in order.
    """
    for name, value in options.items():
        if "class names" not in get_args(known[name].type)[1:]:
            continue
        for one in value:
            if isinstance(one, str) and one not in classes:
                raise UsageError(f"{key}.{name}", f"`{one}` is not in data.classes", did_you_mean(one, classes))
            if not isinstance(one, str) and one >= len(classes):
                raise UsageError(f"{key}.{name}", f"there is no class {one}", f"Give at most {len(classes) - 1}")


def check_options(options: dict, known: dict[str, Argument], key: str, owner: str, counts: dict[str, int]) -> None:
    """Raises UsageError for an option that its owner does not have, or whose value cannot be meant.

    Args:
        options: name -> value, as configured.
        known: the arguments of the owner.
        key: dotted name of the options.
        owner: what has them, for messages.
        counts: "levels" and "classes": how many there are, for options with one number for each.
    """
    for name, value in options.items():
        where = f"{key}.{name}"
        if name not in known:
            there = did_you_mean(name, known) if known else "It has no options"
            raise UsageError(where, f"{owner} has no such argument", there)
        validated(known[name].type, value, where)
        _check_count(value, known[name].type, where, counts)
    missing = [name for name, argument in known.items() if argument.default is MISSING and name not in options]
    if missing:
        raise UsageError(f"{key}.{missing[0]}", f"{owner} needs it", "Give a value")


def _check_count(value: object, kind: object, where: str, counts: dict[str, int]) -> None:
    marks = get_args(kind)[1:]
    if "levels" in marks and 0 < len(value) < counts["levels"]:
        what = f"{len(value)} weights, but segmenter.levels is {counts['levels']}"
        raise UsageError(where, what, "Give one weight per level, the main level first")
    if "classes" in marks and len(value) not in (0, counts["classes"]):
        raise UsageError(where, f"{len(value)} for {counts['classes']} classes", "Give one per class")


def shown(value: object) -> str:
    """As it stands in YAML."""
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, (bool, type(None), list, dict)) else str(value)


def _mistake(error: dict, content: object, key: str, unknown) -> UsageError:
    path, place = [], content
    for part in error["loc"]:  # behind the place itself pydantic names the branches of a union
        inside = part in place if isinstance(place, dict) else isinstance(place, list) and part in range(len(place))
        if not inside:
            break
        place = place[part]
        path.append((part, place))  # numbers of lists are named where their entries have keys
    named = [str(part) for part, entry in path if not isinstance(part, int) or isinstance(entry, dict)]
    where = ".".join([key, *named] if key else named) or "configuration"
    if error["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        remedy = unknown(where) if unknown else "Remove it"
        return UsageError(where, "unknown key", remedy)
    value = error["input"]
    return UsageError(where, f"`{shown(value)}` is not valid", remedy_of(error, value))


def _joined(mistakes: list[UsageError]) -> UsageError:
    """Mistakes about one value, which fits none of several types, as one."""
    first, *others = mistakes
    wanted = dict.fromkeys(one.remedy.removeprefix("Give ") for one in mistakes if one.remedy.startswith("Give "))
    if not (others and wanted):
        return first
    give = f"ive {' or '.join(wanted)}"
    choose = next((one.remedy for one in mistakes if not one.remedy.startswith("Give ")), None)
    if choose is None:
        return UsageError(first.where, first.what, f"G{give}")
    return UsageError(first.where, first.what, choose if choose.endswith("?") else f"{choose}, or g{give}")


def remedy_of(error: dict, value: object) -> str:
    """What to give instead, in words."""
    kind, context = error["type"], error.get("ctx") or {}
    if kind == "missing":  # in a list of fixed length
        return f"Give {error['loc'][-1] + 1} of them"
    if isinstance(value, float) and math.isnan(value):
        return f"Give {KINDS['float_type']}"
    if kind in KINDS:
        return f"Give {KINDS[kind]}"
    if kind in RANGES:
        name, words = RANGES[kind]
        limit = context[name]
        return f"Give {words.format(int(limit) if limit == int(limit) else limit)}"
    if kind == "choice":
        return did_you_mean(str(value), context["choices"])
    if kind == "literal_error":
        return _of_literal(value, context["expected"])
    if kind == "form":
        return f"Give {context['remedy']}"
    return f"{error['msg']}"


def _of_literal(value: object, expected: str) -> str:
    words = [word.strip(" '") for word in expected.replace(" or ", ", ").split(",")]
    if isinstance(value, str) and "'" not in expected:
        return f"Give {' or '.join(words)}, a number without quotes"
    return did_you_mean(str(value), words)
