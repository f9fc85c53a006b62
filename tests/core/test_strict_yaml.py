"""YAML is read as plain data: what means other things to other readers is text, what is dangerous is refused."""

import contextlib
import math
import os
import time

import pytest

from keras_uda.core.errors import UsageError
from keras_uda.core.strict_yaml import dump_yaml
from keras_uda.core.strict_yaml import load_yaml
from keras_uda.core.strict_yaml import load_yaml_lines
from keras_uda.core.strict_yaml import parse_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("-0", 0),
        ("1e-4", 1e-4),
        ("2.", 2.0),
        (".5", 0.5),
        ("-.inf", -math.inf),
        ("true", True),
        ("'true'", "true"),
        ("null", None),
        ("", None),
        ("!!str 5", "5"),
        ("|\n a\n b\n", "a\nb\n"),
        ("{a: [1, {b: ~}]}", {"a": [1, {"b": None}]}),
    ],
)
def test_values(text, value):
    read = parse_yaml(text)
    assert read == value and type(read) is type(value)


@pytest.mark.parametrize("text", ["no", "on", "yes", "1:30", "0x1f", "0o17", "017", "1_000", "2026-01-01", "1e4x"])
def test_what_versions_of_yaml_read_differently_is_text(text):
    assert parse_yaml(text) == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: &x 1\nb: *x\n", ":1: anchors and aliases"),
        ("a: 1\nb: 2\na: 3\n", ":3: the key `a` stands twice"),
        ("a: 1\n<<: {b: 1}\n", ":2: a key must be a word"),
        ("? [a]\n: 1\n", ":1: a key must be a word"),
        ("a: !!int ''\n", ":1: not YAML data"),
        ("a: !!binary aGk=\n", ":1: not YAML data"),
        ("a: !!python/object/apply:os.system ['true']\n", ":1: not YAML data"),
        ("a: [1\n", "not YAML"),
        ("[" * 200 + "]" * 200, "nested deeper than 50"),
        ("[" * 5000 + "]" * 5000, "nested deeper than 50"),
        ("[" * 20_000, "too many brackets"),
        ("9" * 5000, ":1: a number of 5000 digits"),
        ("seed: " + ":".join("1" * 450_000), "more than 20000 lines and values"),
        ("a: 0b" + "1" * 900_000, ":1: a value of 900002 characters"),
        ("a: " + "1_" * 300_000, ":1: a value of 600000 characters"),
        ("b: 1\na: " + "9" * 5000, ":2: a number of 5000 digits"),
        ("a: 1" + "\na: 1" * 20_001, "more than 20000 lines and values"),
        ("[" + "1," * 20_001 + "1]", "more than 20000 lines and values"),
        ("{" * 5000, "nested deeper than 50"),
        ('a: "b\\0"', ":1: a value with a NUL"),
        ('a: "\\ud800"', ":1: a value with a NUL, or with half a character"),
        ('"\\0": 1', ":1: a value with a NUL"),
        ("a: !!set {b, c}", ":1: not YAML data"),
        ("a: !!omap [b: 1]", ":1: not YAML data"),
        ("%TAG ! tag:yaml.org,2002:\n---\na: !int ''", ":3: not YAML data"),
        ("%YAML 9.9\n---\na: 1", "not YAML"),
        ("a:\t1", "not YAML"),
        ("a: 1\n--- \nb: 2\n", "not YAML"),
    ],
)
def test_what_is_refused(text, told):
    with pytest.raises(UsageError) as error:
        parse_yaml(text, "my.yaml")
    assert told in str(error.value) and "my.yaml" in str(error.value)


def test_lines_of_keys(tmp_path):
    path = tmp_path / "my config ü.yaml"
    path.write_text("\ufeffa:\n  b: 1\n  c: {d: 2}\n'e f': 3\n", encoding="utf-8")
    content, lines = load_yaml_lines(path)
    assert content == {"a": {"b": 1, "c": {"d": 2}}, "e f": 3}
    assert lines == {"a": 1, "a.b": 2, "a.c": 3, "a.c.d": 3, "e f": 4}


@pytest.mark.parametrize("content", [b"- 1\n", b"3\n", b"", b"a: \xff\n", b"a: 1\n" * 300_000])
def test_files_that_hold_no_configuration(tmp_path, content):
    path = tmp_path / "a.yaml"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="a.yaml"):
        load_yaml_lines(path)


def test_what_is_written_is_read_back():
    words = [
        "1e-4",
        "null",
        "true",
        "1:30",
        "0x1f",
        "~",
        "",
        " a",
        "x: y",
        "#",
        "ä 道路",
        "a\nb",
        "2026-01-01",
        "no",
        "'",
    ]
    content = {
        "z": 1e-5,
        "words": words,
        "numbers": [1, -2, 0.1, 1e300, 3.0],
        "none": None,
        "empty": [{}, []],
        "b": True,
    }
    assert parse_yaml(dump_yaml(content)) == content
    assert list(parse_yaml(dump_yaml(content))) == list(content)
    assert math.isnan(parse_yaml(dump_yaml({"a": math.nan}))["a"])


@pytest.mark.parametrize(
    "text",
    ["!!bool maybe", "!!timestamp xyz", "1:1:1", "1_000", "0b101", "0o17", "0x1f", "2026-01-01", "2001-12-14t21:59:43Z",
     "yes", "off", "1:30.5", "+.5e", "1e", "0777"],
)  # fmt: skip
def test_odd_scalars_are_text(text):
    value = parse_yaml(f"a: {text}")["a"]
    assert value == text.removeprefix("!!bool ").removeprefix("!!timestamp ")


def test_what_a_parser_could_be_kept_busy_with_ends_soon():
    bombs = ["[" * 9999, "- " * 9000, "? " * 9000, "\n".join(" " * n + "a:" for n in range(900)), "#" * 900_000]
    began = time.process_time()
    for text in bombs:
        with contextlib.suppress(UsageError):
            parse_yaml(text)
    assert time.process_time() - began < 10  # a second or two; minutes for a parser that is let go


def test_pipes_devices_and_endless_files_are_no_configuration(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero", tmp_path, tmp_path / "none", f"{tmp_path}/a\0b"):
        with pytest.raises(UsageError, match="check --config"):
            load_yaml(path)
