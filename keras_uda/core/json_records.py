"""JSON that anybody may have written: checked against a record before anything in it is used.

The parser is pydantic's: it refuses nesting deeper than 200, whole numbers of more than 4300 digits and halves of
characters, none of which a value that anybody needs has.
"""

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import TypeAdapter
from pydantic import ValidationError
from pydantic import WrapValidator
from pydantic_core import PydanticCustomError
from pydantic_core import from_json

from keras_uda.core.errors import DataError
from keras_uda.core.errors import UdaError
from keras_uda.core.outside import MEGABYTE
from keras_uda.core.outside import REMEDY
from keras_uda.core.outside import read_bytes

LARGEST_RECORD = 16 * MEGABYTE
LARGEST_LOG = 256 * MEGABYTE
KINDS = {
    "model_type": "a mapping",
    "dict_type": "a mapping",
    "list_type": "a list",
    "string_type": "a text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
}


class Record(BaseModel):
    """The keys that somebody reads, with their types; further ones may stand beside them. No text is a number."""

    model_config = ConfigDict(extra="allow", strict=True)


def described(kind: object, words: str) -> object:
    """The type `kind`; what is none must be `words`, the error says."""

    def check(value, handler):
        try:
            return handler(value)
        except ValidationError as error:
            raise PydanticCustomError("described", words) from error

    return Annotated[kind, WrapValidator(check)]


def parse_json(text: str | bytes, kind: object = dict):
    """The content of a JSON text, as it stands there, if it is of this kind.

    Args:
        text: in UTF-8 if bytes; at most as long as the caller allows.
        kind: a `Record`, or any type that pydantic knows: `dict`, `list[str]`, `dict[str, float]`.
    Raises:
        ValueError: in one line, the first key that is missing or not what it must be.
    """
    try:
        _adapter(kind).validate_json(text, strict=True)
    except ValidationError as error:
        raise ValueError(_first(error.errors(include_url=False)[0])) from error
    return from_json(text)


def read_json(
    path: Path | str,
    kind: object = dict,
    most_bytes: int = LARGEST_RECORD,
    *,
    error: type[UdaError] = DataError,
    remedy: str = REMEDY,
):
    """`parse_json` of a file.

    Args:
        path, kind: as said.
        most_bytes: that such a file can have.
        error, remedy: as of `outside.require_regular`.
    Raises:
        error: as of `outside.read_bytes`; not JSON, or the first key that is missing or not what it must be.
    """
    content = read_bytes(path, most_bytes, error=error, remedy=remedy)
    try:
        return parse_json(content.removeprefix(b"\xef\xbb\xbf"), kind)
    except ValueError as failure:
        raise error(path, str(failure), remedy) from failure


def read_json_lines(
    path: Path | str,
    kind: object = dict,
    most_bytes: int = LARGEST_LOG,
    *,
    error: type[UdaError] = DataError,
    remedy: str = REMEDY,
) -> Iterator[tuple[int, object]]:
    """(number of the line, its content) of every line of a file; arguments and errors as of `read_json`.

    The content of a line that is damaged, or not of this kind, is the `ValueError` that says why.
    """
    for number, line in enumerate(read_bytes(path, most_bytes, error=error, remedy=remedy).split(b"\n"), 1):
        if line.strip():
            yield number, _content(line, kind)


def _content(line: bytes, kind: object) -> object:
    try:
        return parse_json(line, kind)
    except ValueError as failure:
        return failure


_adapter = functools.cache(TypeAdapter)


def _first(error: dict) -> str:
    place = ".".join(map(str, error["loc"])) or "the whole"
    if error["type"] == "missing":
        return f"{place} is missing"
    if error["type"] in KINDS or error["type"] == "described":
        return f"{place} must be {KINDS.get(error['type'], error['msg'])}"
    return error["msg"] if error["type"] == "json_invalid" else f"{place}: {error['msg']}"
