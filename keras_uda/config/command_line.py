"""From the command line and YAML to a `RunConfig`: strict loading, dotted overrides, one-line errors with a hint."""

import dataclasses
import re
import types
import typing
from pathlib import Path

import jsonargparse

from keras_uda.config.checks import check
from keras_uda.config.file import KINDS
from keras_uda.config.file import check_fields
from keras_uda.config.file import leaf_types
from keras_uda.config.file import read_config_file
from keras_uda.config.names import METHODS
from keras_uda.config.presets import apply_preset
from keras_uda.config.schema import RunConfig
from keras_uda.core.errors import UsageError
from keras_uda.core.errors import did_you_mean
from keras_uda.core.strict_yaml import parse_yaml

PACKAGE = Path(__file__).resolve().parents[1]
# Mappings by name lie deeper than the parser can reach; their overrides are merged into the file's content before it.
DEEP_OVERRIDE = re.compile(r"--((?:stages|optimizers)\.[^=]+)(?:=(.*))?", re.DOTALL)


class Parser(jsonargparse.ArgumentParser):
    """A jsonargparse parser whose errors are `UsageError` with the nearest known key."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"allow_abbrev": False, **kwargs})  # half a name is a mistake, not another name

    def error(self, message: str, ex: Exception | None = None) -> typing.NoReturn:
        if not self.exit_on_error:  # a parser that jsonargparse makes for itself
            super().error(message, ex)
        text = " ".join(re.sub(r"Problem with given class_path '[^']*':", "", message).split())
        keys, value = re.findall(r'Parser key "([\w.]+)":', text), re.search(r"(?:Got|Given) value: (.*)$", text)
        if keys and "Unable to load config" in text:
            raise UsageError(
                f"--{keys[0]}", "a group of fields, not a value", f"Set a field: --{keys[0]}.KEY VALUE"
            ) from ex
        if keys and value:
            told = [words for kind, words in KINDS.items() if f"<class '{kind.__name__}'>" in text]
            remedy = f"Give {told[0]}" if told else "See --help"
            raise UsageError(".".join(dict.fromkeys(keys)), f"`{value[1]}` is not possible", remedy) from ex
        unknown = re.search(r"(?:option '?|arguments: )-*([\w.-]+)", text, re.IGNORECASE)
        if unknown and "Got value" not in text:
            key = unknown.group(1)
            raise UsageError(key, "unknown key", _nearest_key(key, known_keys() + _flags(self))) from ex
        raise UsageError("command line", text, "See --help") from ex


def _flags(parser: Parser) -> list[str]:
    return [flag.lstrip("-") for action in parser._actions for flag in action.option_strings]


def _nearest_key(key: str, known: list[str]) -> str:
    last = key.rsplit(".", 1)[-1]
    return did_you_mean(key, known, did_you_mean(last, known, "See --help for the keys"))


def known_keys(kind: type = RunConfig, prefix: str = "") -> list[str]:
    """All field names of the configuration, dotted and bare: `data.batch`, `batch`, ..."""
    keys = []
    for field in dataclasses.fields(kind):
        keys += [prefix + field.name, field.name]
        for part in (field.type, *typing.get_args(field.type)):
            if dataclasses.is_dataclass(part):
                keys += known_keys(part, f"{prefix}{field.name}.")
    return list(dict.fromkeys(keys))


def configs_folder() -> Path:
    """Where the shipped configurations are: in the package when installed, beside it in a checkout."""
    packaged = PACKAGE / "configs"
    return packaged if packaged.is_dir() else PACKAGE.parent / "configs"


def default_config(method: str) -> Path:
    """The file that `train.py --method <method>` means."""
    if method not in METHODS:
        raise UsageError("--method", f"`{method}` is not a method", did_you_mean(method, METHODS))
    return configs_folder() / "sim_to_street" / f"{method}.yaml"


def add_run_flags(parser: Parser) -> None:
    """The flags that every verb shares, and the fields of the configuration as dotted overrides."""
    parser.add_argument("--config", metavar="FILE", help="YAML file; without it configs/sim_to_street/<method>.yaml")
    parser.add_argument("--output", metavar="DIR", help="folder to write (default: a new one)")
    parser.add_argument("--steps", type=int, metavar="N", help="optimiser steps of every stage")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    parser.add_class_arguments(RunConfig)


def run_config(parser: Parser, arguments: list[str]) -> tuple[RunConfig, dict]:
    """Parses a command line.

    Args:
        parser: with `add_run_flags` and the flags of the verb.
        arguments: `sys.argv[1:]`.
    Returns:
        The validated configuration, and the flags that are not part of it.
    Raises:
        UsageError: anything that cannot be meant.
    """
    arguments, deep = _split_deep_overrides(arguments)
    flags = parser.parse_args(arguments)
    file = read_config_file(default_config(flags.method) if flags.config is None else flags.config)
    content = file.content
    if (
        flags.config is not None
        and _given(arguments, "--method")
        and content.get("method", flags.method) != flags.method
    ):
        raise UsageError("--method", f"`{flags.method}`, but {flags.config} is for `{content['method']}`", "Drop one")
    content.setdefault("method", flags.method)
    for key, value in deep:
        _merge(content, key.split("."), value)
    overridden = tuple(key for key in file.lines if _given(arguments, f"--{key}")) + tuple(key for key, _ in deep)
    with file.placing(overridden):
        check_fields(RunConfig, content, "")  # with what the command line has put in
        base = parser.parse_object({**content, **{"config": flags.config}})
        namespace = parser.parse_args(arguments, namespace=base)
        _refuse_null(namespace)
        settings = parser.instantiate(namespace)
        values = {field.name: settings[field.name] for field in dataclasses.fields(RunConfig)}
        options = {key: value for key, value in vars(settings).items() if key not in values}
        run = apply_preset(_sized(_stepped(RunConfig(**values), options.pop("steps")), arguments))
        check(run)
    return run, options


def _refuse_null(settings) -> None:
    """jsonargparse takes `null` for a value of any type."""
    for key, kind in leaf_types().items():
        if settings.get(key) is None and types.NoneType not in typing.get_args(kind):
            raise UsageError(key, "`null` is not possible", "Give a value, or drop it for the default")


def _given(arguments: list[str], flag: str) -> bool:
    return any(argument == flag or argument.startswith(flag + "=") for argument in arguments)


def _split_deep_overrides(arguments: list[str]) -> tuple[list[str], list[tuple[str, object]]]:
    rest, deep, pending = [], [], iter(arguments)
    for argument in pending:
        match = DEEP_OVERRIDE.fullmatch(argument)
        if not match:
            rest.append(argument)
            continue
        text = match[2] if match[2] is not None else next(pending, None)
        if text is None:
            raise UsageError(argument, "needs a value", f"Write {argument} VALUE")
        deep.append((match[1], parse_yaml(text, argument)))
    return rest, deep


def _merge(content: dict, keys: list[str], value: object) -> None:
    known = content.get(keys[0]) or {}
    if keys[1] in known and len(keys) < 3:
        raise UsageError(".".join(keys), f"`{value}` is not possible", f"Set a field: --{'.'.join(keys)}.KEY VALUE")
    if keys[1] not in known:
        raise UsageError(".".join(keys), f"there is no `{keys[1]}` in {keys[0]}", f"There are {', '.join(known)}")
    place = content
    for key in keys[:-1]:
        place = place.setdefault(key, {})
    place[keys[-1]] = value


def _stepped(run: RunConfig, steps: int | None) -> RunConfig:
    if steps is None:
        return run
    if steps < 1:
        raise UsageError("--steps", f"{steps} is not a number of steps", "Give at least 1")
    stages = {name: dataclasses.replace(stage, steps=steps) for name, stage in run.stages.items()}
    return dataclasses.replace(run, stages=stages)


def _sized(run: RunConfig, arguments: list[str]) -> RunConfig:
    """`data.size` sets both domains, unless a domain's own size is on the command line as well."""
    if run.data.size is None:
        return run
    domains = {}
    for name in ("source", "target"):
        domain = getattr(run.data, name)
        if not _given(arguments, f"--data.{name}.size"):
            domains[name] = dataclasses.replace(domain, size=run.data.size)
    return dataclasses.replace(run, data=dataclasses.replace(run.data, **domains))
