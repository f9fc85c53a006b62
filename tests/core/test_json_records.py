"""JSON of anybody: the first key that is missing or wrong is named, and nothing but plain data comes back."""

import json
from typing import Annotated

import pytest
from pydantic import Field

from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import DataError
from keras_uda.core.json_records import Record
from keras_uda.core.json_records import described
from keras_uda.core.json_records import parse_json
from keras_uda.core.json_records import read_json
from keras_uda.core.json_records import read_json_lines

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
    assert parse_json(json.dumps(GOOD), Whole) == GOOD
    assert isinstance(parse_json(json.dumps(GOOD).encode(), Whole)["parts"]["x"]["share"], int)


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
        parse_json(json.dumps(content), Whole)
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    "text", [b"", b"\xff", b"[" * 200_000, b'{"name": ' * 50_000, b"9" * 9000, '{"name": "\\ud800"}', "{]", 7]
)
def test_what_is_no_json_is_refused(text):
    with pytest.raises(ValueError, match="JSON"):
        parse_json(text, Whole)


def test_a_number_that_python_will_not_read_is_refused_everywhere():
    with pytest.raises(ValueError):
        parse_json(json.dumps(GOOD)[:-1] + ', "big": ' + "9" * 9000 + "}", Whole)


def refusal(call):
    with pytest.raises((DataError, ValueError)) as found:
        call()
    return getattr(found.value, "what", str(found.value))


@pytest.mark.parametrize("kind", [dict, object, Whole, list, dict[str, int]])
@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"a":' * 100_000,
        "[" * 300 + "]" * 300,
        '{"name": ' + "1" * 5000 + "}",
        '{"name": "\\ud800"}',
        b'{"name": "\xff"}',
        "",
        "{} {}",
        "nonsense",
        '{"name": "a',
    ],
)
def test_what_is_no_json_is_a_value_error(kind, text):
    assert refusal(lambda: parse_json(text, kind))


def test_kinds_are_any_types():
    assert parse_json("[1, 2]", list[int]) == [1, 2] and parse_json('{"a": NaN}')["a"] != 1
    assert refusal(lambda: parse_json("[1, 2]")) == "the whole must be a mapping"
    assert refusal(lambda: parse_json("[1, true]", list[int])) == "1 must be a whole number"
    assert refusal(lambda: parse_json('{"a": {"b": "1"}}', dict[str, dict[str, float]])) == "a.b must be a number"


def test_numbers_and_texts_are_those_of_the_standard_library():
    for value in (0.1, -1e-320, 1.7976931348623157e308, 2**70, -0.0, "grün \U0001f600 \x00", [None, True], {"": {}}):
        text = json.dumps(value)
        assert json.dumps(parse_json(text, object)) == text


def test_files_are_read_through_the_door(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(GOOD).encode())
    assert read_json(path, Whole) == GOOD
    path.write_text('{"name": 7}')
    with pytest.raises(ArtefactError, match=r"a.json: name must be a text. Make it again\."):
        read_json(path, Whole, error=ArtefactError, remedy="Make it again")
    assert refusal(lambda: read_json(tmp_path / "none")) == "no such file"
    assert refusal(lambda: read_json(path, most_bytes=5)) == "larger than 5 bytes"


class Named(Record):
    name: str


def test_lines_are_checked_one_by_one(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"name": "a\x85"}\n\n[]\n{"name": 7}\n{"name": "b"}\n{"na')
    found = list(read_json_lines(path, Named))
    assert [number for number, _ in found] == [1, 3, 4, 5, 6]
    assert [str(line) for _, line in found[1:3]] == ["the whole must be a mapping", "name must be a text"]
    assert found[0][1] == {"name": "a\x85"} and found[3][1] == {"name": "b"}
    assert isinstance(found[4][1], ValueError)
    assert refusal(lambda: list(read_json_lines(path, Whole, most_bytes=5))) == "larger than 5 bytes"
