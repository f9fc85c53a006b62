"""Fields of the configuration as Python values: the keys are those of the command line."""

import json
import os
from collections.abc import Mapping

from keras_uda.config.command_line import add_run_flags
from keras_uda.config.command_line import run_config
from keras_uda.config.parser import Parser
from keras_uda.config.schema import RunConfig

AnyPath = str | os.PathLike
Options = Mapping[str, object]


def text_of(value: object) -> str:
    """What stands on the command line for a value: text and paths as they are, all else as YAML."""
    return os.fspath(value) if isinstance(value, AnyPath) else json.dumps(value, default=list)


def texts_of(options: Options | None) -> dict[str, str]:
    """Dotted key -> text of the command line.

    Args:
        options: dotted key -> value: a number, text, a path, a list, a mapping, True, False or None.
    """
    return {key: text_of(value) for key, value in (options or {}).items()}


def configured(
    method: str | None = None,
    steps: int | None = None,
    config: AnyPath | None = None,
    options: Options | None = None,
    base=None,
) -> RunConfig:
    """The checked configuration of a call, as the command line would have it.

    Args:
        method, steps, config, options: see `adapt`.
        base: see `run_config`.
    Raises:
        UsageError: anything that cannot be meant.
    """
    parser = Parser(prog="keras_uda.adapt")
    add_run_flags(parser)
    given = {"method": method, "steps": steps, "config": config}
    arguments = [f"--{key}={text_of(value)}" for key, value in given.items() if value is not None]
    return run_config(parser, arguments + [f"--{key}={text}" for key, text in texts_of(options).items()], base=base)[0]
