"""JSON that anybody may have written: checked against a record before anything in it is used."""

import json
from typing import Annotated

from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import ValidationError
from pydantic import WrapValidator
from pydantic_core import PydanticCustomError

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


def checked_json(text: str | bytes, kind: type[Record]) -> dict:
    """The content of a JSON text, as it stands there, if it is a record of this kind.

    Raises:
        ValueError: in one line, the first key that is missing or not what it must be.
    """
    try:
        kind.model_validate_json(text)
    except ValidationError as error:
        raise ValueError(_first(error.errors(include_url=False)[0])) from error
    return json.loads(text)


def _first(error: dict) -> str:
    place = ".".join(map(str, error["loc"])) or "the whole"
    if error["type"] == "missing":
        return f"{place} is missing"
    if error["type"] in KINDS or error["type"] == "described":
        return f"{place} must be {KINDS.get(error['type'], error['msg'])}"
    return error["msg"] if error["type"] == "json_invalid" else f"{place}: {error['msg']}"
