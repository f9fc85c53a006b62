"""JSON of anybody: the first key that is missing or wrong is named, and nothing but plain data comes back."""

import json
from typing import Annotated

import pytest
from pydantic import Field

from keras_uda.core.json_records import Record
from keras_uda.core.json_records import checked_json
from keras_uda.core.json_records import described

Share = described(Annotated[float, Field(ge=0, le=1)], "a number from 0 to 1")


class Part(Record):
    share: Share
    count: int = 0


class Whole(Record):
    name: str
    parts: dict[str, Part]
    listed: list = []
    kind: str = Field(default="", alias="from")


GOOD = {"name": "a", "parts": {"x": {"share": 1, "more": [1]}}, "further": {"b": None}, "from": "c"}


def test_what_stands_there_comes_back_as_it_is():
    assert checked_json(json.dumps(GOOD), Whole) == GOOD
    assert isinstance(checked_json(json.dumps(GOOD).encode(), Whole)["parts"]["x"]["share"], int)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "the whole must be a mapping"),
        (7, "the whole must be a mapping"),
        ({}, "name is missing"),
        (GOOD | {"name": 7}, "name must be a text"),
        (GOOD | {"parts": []}, "parts must be a mapping"),
        (GOOD | {"parts": {"x": None}}, "parts.x must be a mapping"),
        (GOOD | {"parts": {"x": {}}}, "parts.x.share is missing"),
        (GOOD | {"listed": {}}, "listed must be a list"),
        (GOOD | {"from": None}, "from must be a text"),
    ]
    + [
        (GOOD | {"parts": {"x": {"share": share}}}, "parts.x.share must be a number from 0 to 1")
        for share in (-1, 2, "1", True, None, float("nan"), float("inf"), 10**400, [])
    ]
    + [
        (GOOD | {"parts": {"x": {"share": 1, "count": count}}}, "parts.x.count must be a whole number")
        for count in ("1", True, None)
    ],
)
def test_the_first_key_that_is_wrong_is_named(content, message):
    with pytest.raises(ValueError) as refusal:
        checked_json(json.dumps(content), Whole)
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    "text", [b"", b"\xff", b"[" * 200_000, b'{"name": ' * 50_000, b"9" * 9000, '{"name": "\\ud800"}', "{]", 7]
)
def test_what_is_no_json_is_refused(text):
    with pytest.raises(ValueError, match="JSON"):
        checked_json(text, Whole)


def test_a_number_that_python_will_not_read_is_refused_everywhere():
    with pytest.raises(ValueError):
        checked_json(json.dumps(GOOD)[:-1] + ', "big": ' + "9" * 9000 + "}", Whole)
