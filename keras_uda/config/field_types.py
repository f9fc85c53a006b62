"""Types of the fields of the configuration, with their ranges."""

import re
from collections.abc import Callable
from collections.abc import Iterable
from typing import Annotated
from typing import Any

from pydantic import AfterValidator
from pydantic import ConfigDict
from pydantic import Field
from pydantic_core import PydanticCustomError

from keras_uda.core.errors import UsageError

STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)
MOST_MEMBERS = 16
MOST_FRAMES = 1_000_000  # of a split of the built-in world
MOST_STEPS = 10**9
MOST_PIXELS = 64_000_000  # of an image


def parse_size(text: str) -> tuple[int, int]:
    """`"256x192"` -> (width, height) = (256, 192)."""
    match = re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})", text)
    if not match:
        raise UsageError("size", f"`{text}` is not WIDTHxHEIGHT", "Write for example 256x192")
    width, height = int(match[1]), int(match[2])
    if width * height > MOST_PIXELS:
        raise UsageError("size", f"`{text}` is more than {MOST_PIXELS // 10**6} million pixels", "Take a smaller one")
    return width, height


def _size(text: str) -> str:
    try:
        parse_size(text)
    except UsageError as error:
        remedy = f"WIDTHxHEIGHT of at most {MOST_PIXELS // 10**6} million pixels, for example 256x192"
        raise PydanticCustomError("form", "not a size", {"remedy": remedy}) from error
    return text


def one_of(choices: Callable[[], Iterable[str]]) -> AfterValidator:
    """A text that is one of the names of a table, which is looked at when it is needed."""

    def check(name: str) -> str:
        if name not in choices():
            raise PydanticCustomError("choice", "no such name", {"choices": list(choices())})
        return name

    return AfterValidator(check)


def no_name_twice(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise PydanticCustomError("form", "a name twice", {"remedy": f"each class once (`{twice}` stands twice)"})
    return names


def _place(text: str) -> str:
    if not text.strip():  # a variable of the shell that is not set; an empty path would be the current folder
        raise PydanticCustomError("form", "nothing", {"remedy": "a file or folder; the current one is `.`"})
    return text


Place = Annotated[str, AfterValidator(_place)]
Size = Annotated[str, AfterValidator(_size)]
Share = Annotated[float, Field(ge=0, le=1)]
OpenShare = Annotated[float, Field(gt=0, le=1)]
Rate = Annotated[float, Field(gt=0, le=1000)]
Frames = Annotated[int, Field(ge=0, le=MOST_FRAMES)]
Natural = Annotated[int, Field(ge=1, le=MOST_STEPS)]
Seed = Annotated[int, Field(ge=0, lt=2**31)]
Batch = Annotated[int, Field(ge=1, le=4096)]
Options = dict[str, Any]
