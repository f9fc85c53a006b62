"""What is read from the source is what importing it would give."""

import importlib
import inspect
from typing import Any
from typing import Literal

import pytest

from keras_uda.config import ranges
from keras_uda.config.names import EVERY_METHOD
from keras_uda.config.names import SEGMENTERS
from keras_uda.config.names import TRANSFORMS
from keras_uda.config.names import resolve
from keras_uda.config.source_code import MISSING
from keras_uda.config.source_code import Argument
from keras_uda.config.source_code import arguments_of
from keras_uda.config.source_code import decorator_of
from keras_uda.config.source_code import literal_beside
from keras_uda.config.source_code import literal_of

SOURCE = """
from dataclasses import dataclass

from keras_uda.config.ranges import Share
from keras_uda.somewhere import Unknown

Side = Literal["left", "right"]

@marked(number=3, names=("a", "b"))
def function(first, *, share: Share = 1 / 4, side: Side = "left", bare=None, needed: int):
    pass

def unreadable(*, odd: Unknown = None):
    pass

@dataclass(frozen=True)
class Reader:
    folder: str = "images"
    words: tuple[str, ...] = ()

class Base:
    colour = "red"
    def __init__(self, *, share: Share = 0.5, size: int = 3, **kwargs): ...

class Child(Base):
    def __init__(self, *, share: Share = 0.25, **kwargs): ...
"""


@pytest.fixture
def table(tmp_path, monkeypatch) -> dict[str, str]:
    """A table of what stands in a file of its own, in a package of ours."""
    import keras_uda.augment

    (tmp_path / "only_here.py").write_text(SOURCE)
    monkeypatch.setattr(keras_uda.augment, "__path__", [*keras_uda.augment.__path__, str(tmp_path)])
    return {name: f"only_here.{name}" for name in ("function", "unreadable", "Reader", "Base", "Child", "Absent")}


def test_arguments_of_a_function(table):
    found = arguments_of(table, "function", "augment")
    assert found["share"] == Argument(ranges.Share, 0.25)
    assert found["side"] == Argument(Literal["left", "right"], "left")  # a name of the file itself
    assert found["bare"] == Argument(Any, None) and found["needed"] == Argument(int, MISSING)


def test_what_cannot_be_read_is_named(table):
    with pytest.raises(LookupError, match=r"only_here.py:\d+: .*`Unknown`; use the names of config/ranges.py"):
        arguments_of(table, "unreadable", "augment")
    with pytest.raises(LookupError, match="only_here.py has no `Absent`"):
        arguments_of(table, "Absent", "augment")
    with pytest.raises(LookupError, match="nowhere.py, which is not there"):
        arguments_of({"x": "nowhere.X"}, "x", "augment")


def test_arguments_of_a_dataclass(table):
    found = arguments_of(table, "Reader", "augment")
    assert found == {"folder": Argument(str, "images"), "words": Argument(tuple[str, ...], ())}


def test_own_arguments_and_facts_stand_before_those_of_bases(table):
    assert arguments_of(table, "Child", "augment") == {
        "share": Argument(ranges.Share, 0.25),
        "size": Argument(int, 3),
    }
    assert literal_of(table, "Child", "augment", "colour") == "red"
    assert literal_of(table, "Child", "augment", "absent", 5) == 5
    with pytest.raises(AssertionError, match="absent"):
        literal_of(table, "Child", "augment", "absent")


def test_arguments_of_decorators(table):
    assert decorator_of(table, "function", "augment", "marked") == {"number": 3, "names": ("a", "b")}
    assert (
        decorator_of(table, "function", "augment", "other") == {} == decorator_of(table, "Child", "augment", "marked")
    )


def test_a_changed_file_is_read_again(table, tmp_path):
    assert arguments_of(table, "Base", "augment")["size"].default == 3
    (tmp_path / "only_here.py").write_text(SOURCE.replace("size: int = 3", "size: int = 44"))
    assert arguments_of(table, "Base", "augment")["size"].default == 44


@pytest.mark.parametrize("name", EVERY_METHOD)
def test_defaults_of_methods_are_those_of_the_classes(name):
    kind, defaults = resolve(EVERY_METHOD, name, "methods"), {}
    for base in reversed(inspect.getmro(kind)):
        if base.__module__.startswith("keras_uda.") and "__init__" in vars(base):
            signature = inspect.signature(vars(base)["__init__"]).parameters.values()
            defaults |= {one.name: one.default for one in signature if one.kind is one.KEYWORD_ONLY}
    read = arguments_of(EVERY_METHOD, name, "methods")
    assert {argument: read[argument].default for argument in defaults} == defaults


@pytest.mark.parametrize("name", SEGMENTERS)
def test_defaults_of_networks_are_those_of_the_factories(name):
    signature = inspect.signature(resolve(SEGMENTERS, name, "segmenters")).parameters.values()
    defaults = {one.name: one.default for one in signature if one.kind is one.KEYWORD_ONLY}
    assert {key: one.default for key, one in arguments_of(SEGMENTERS, name, "segmenters").items()} == defaults


def test_a_constant_beside_a_function():
    assert literal_beside(TRANSFORMS, "fda", "augment", "OFFICIAL", {}) == resolve_module("fda").OFFICIAL
    assert literal_beside(TRANSFORMS, "lab", "augment", "OFFICIAL", {}) == {}


def resolve_module(name: str):
    return importlib.import_module(resolve(TRANSFORMS, name, "augment").__module__)
