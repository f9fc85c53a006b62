"""Parses a command line or a configuration text as `train.py` does."""

from pathlib import Path

import pytest

from keras_uda.config.command_line import add_run_flags
from keras_uda.config.command_line import run_config
from keras_uda.config.parser import Parser
from keras_uda.config.schema import RunConfig
from keras_uda.core.errors import UsageError


def parse(*arguments: str) -> RunConfig:
    parser = Parser(prog="train.py")
    add_run_flags(parser)
    return run_config(parser, list(arguments))[0]


def parse_text(folder: Path, text: str, *arguments: str) -> RunConfig:
    path = folder / "my config ü.yaml"
    path.write_text(text, encoding="utf-8")
    return parse("--config", str(path), *arguments)


def mistake(folder: Path, text: str, *arguments: str) -> str:
    """The one line that a text ends with."""
    with pytest.raises(UsageError) as error:
        parse_text(folder, text, *arguments)
    assert "\n" not in str(error.value)
    return str(error.value)
