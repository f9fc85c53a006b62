"""From the command line and a YAML file to a `RunConfig`: dotted overrides, one-line errors with the nearest name."""

import dataclasses
import typing
from collections.abc import Callable
from pathlib import Path

from keras_uda.config.checks import check
from keras_uda.config.checks import check_methods
from keras_uda.config.data_checks import warn_of_idle_frames
from keras_uda.config.defaults import with_defaults
from keras_uda.config.field_types import MOST_STEPS
from keras_uda.config.fields import is_group
from keras_uda.config.fields import leaves
from keras_uda.config.fields import options_of
from keras_uda.config.fields import type_at
from keras_uda.config.file import ConfigFile
from keras_uda.config.file import from_content
from keras_uda.config.file import read_config_file
from keras_uda.config.fitting import without_idle_add_ons
from keras_uda.config.method_spec import add_on_facts
from keras_uda.config.moved import MOVED
from keras_uda.config.moved import WEAK_NAMES
from keras_uda.config.moved import mapping
from keras_uda.config.moved import read_moved
from keras_uda.config.moved import weak_stages
from keras_uda.config.names import ADD_ONS
from keras_uda.config.names import DEFAULT
from keras_uda.config.names import RUN_METHODS
from keras_uda.config.names import WEAK_LABELS
from keras_uda.config.parser import Parser
from keras_uda.config.presets import apply_preset
from keras_uda.config.schema import RunConfig
from keras_uda.config.several import LISTS
from keras_uda.config.several import check_flags
from keras_uda.config.several import replaced_by_lists
from keras_uda.config.several import several
from keras_uda.config.several import with_inherited
from keras_uda.config.source_free import source_free
from keras_uda.config.source_free import without_source
from keras_uda.core.errors import UsageError
from keras_uda.core.errors import did_you_mean
from keras_uda.core.strict_yaml import LONGEST_SCALAR
from keras_uda.core.strict_yaml import UNWRITABLE
from keras_uda.core.strict_yaml import parse_yaml

PACKAGE = Path(__file__).resolve().parents[1]
OPEN_MAPPINGS = ("stages", "optimizers")  # a configuration names their entries; a flag changes one that is there
NEVER_GIVEN = object()


def configs_folder() -> Path:
    """Where the shipped configurations are: in the package when installed, beside it in a checkout."""
    packaged = PACKAGE / "configs"
    return packaged if packaged.is_dir() else PACKAGE.parent / "configs"


def default_config(method: str) -> Path:
    """The file that `train.py --method <method>` means; that of the recipe is beside the folders of pairs."""
    if method not in RUN_METHODS:
        raise UsageError("--method", f"`{method}` is not a method", did_you_mean(method, RUN_METHODS))
    folder = configs_folder() if method == DEFAULT else configs_folder() / "sim_to_street"
    path = folder / f"{method}.yaml"
    if not path.is_file():
        raise UsageError("--method", f"`{method}` has no configuration {path}", "Write it, or name one with --config")
    return path


def add_run_flags(parser: Parser) -> None:
    """The flags that every verb shares; fields of the configuration are flags too, by their dotted keys."""
    parser.of_runs = True
    text = f"YAML file; without it configs/sim_to_street/<method>.yaml, without --method configs/{DEFAULT}.yaml"
    parser.add_argument("--config", metavar="FILE", help=text)
    parser.add_argument("--output", metavar="DIR", help="folder to write (default: a new one)")
    parser.add_argument("--method", metavar="NAME", help=f"one of {', '.join(RUN_METHODS)} (default {DEFAULT})")
    parser.add_argument("--steps", type=int, metavar="N", help="optimiser steps of every stage")
    parser.add_argument("--weak", metavar="KIND", help="weak labels of `weaklabel`: pseudo, tags (or oracle), point")
    text = "losses that join those of the last stage's method, with their default options"
    parser.add_argument("--add-ons", nargs="+", default=[], metavar="NAME", help=text)
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    lines = "".join(f"  --{key}\n        {text}\n" for key, _, text in leaves() if key != "method")
    parser.epilog = f"Every field of the configuration is a flag:\n{lines}"


def run_config(
    parser: Parser, arguments: list[str], base: Callable[[dict], ConfigFile | None] | None = None
) -> tuple[RunConfig, dict]:
    """Parses a command line.

    Args:
        parser: with `add_run_flags` and the flags of the verb.
        arguments: `sys.argv[1:]`.
        base: gives the configuration that the flags stand on, where it is in no file of `--config` or `--method`.
    Returns:
        The validated configuration, and the flags that are not part of it.
    Raises:
        UsageError: anything that cannot be meant.
    """
    rest, overrides = split_overrides(parser, arguments)
    options = vars(parser.parse_args(rest))
    based = base(options) if base else None
    method, config = options.pop("method"), options["config"]
    file = based or read_config_file(default_config(method or DEFAULT) if config is None else config)
    content = file.content
    if config is not None and method is not None and content.get("method", method) != method:
        raise UsageError("--method", f"`{method}`, but {config} is for `{content['method']}`", "Drop one")
    content.setdefault("method", method or RunConfig.method)
    values = {key: override_value(key, text) for key, text in overrides.items()}
    for key, value in values.items():
        merge(content, key, value)
    given = [*overrides, *_set_add_ons(content, options.pop("add_ons"))]
    _set_weak(content, options.pop("weak"))
    with file.placing((*given, *replaced_by_lists(overrides))):
        run = from_content(_completed(read_moved(content, file.lines), overrides, given), file.lines)
        run = _with_steps(_with_sizes(several(run), overrides), options.pop("steps"))
        check_methods(run)
        run = apply_preset(source_free(run))
        check(run)
        warn_of_idle_frames(run, values)
    return with_defaults(run), options


def _completed(content: dict, overrides: dict[str, str], given: list[str]) -> dict:
    """The content with what other parts of it, or a segmenter that it names, say for those that say nothing."""
    check_flags(content, overrides)
    return without_source(without_idle_add_ons(with_inherited(content), given), overrides)


def split_overrides(parser: Parser, arguments: list[str]) -> tuple[list[str], dict[str, str]]:
    """The arguments of the parser, and dotted key -> text for the fields of the configuration."""
    fields = {field.name for field in dataclasses.fields(RunConfig)}
    rest, overrides, pending = [], {}, iter(arguments)
    for argument in pending:
        flag, equals, text = argument.partition("=")
        name = flag[2:]
        if not flag.startswith("--") or flag in parser._option_string_actions:
            rest.append(argument)
        elif name.partition(".")[0] in fields:
            text = text if equals else next(pending, NEVER_GIVEN)
            if text is NEVER_GIVEN or (not equals and text.startswith("--")):
                raise UsageError(flag, "needs a value", f"Write {flag} VALUE")
            if type_at(name) is None and name.rpartition(".")[2] not in MOVED:
                raise UsageError(name, "unknown key", parser.nearest_flag(name))
            overrides[name] = text
        elif "." in name:
            raise UsageError(name, "unknown key", parser.nearest_flag(name))
        else:
            rest.append(argument)
    return rest, overrides


def override_value(key: str, text: str) -> object:
    """What a text on the command line means for the field at a dotted key."""
    if UNWRITABLE.search(text):
        raise UsageError(f"--{key}", "not UTF-8, as a configuration is", "Rename the file or folder, or link to it")
    if len(text) > LONGEST_SCALAR:  # the configuration of the run could not be read again
        raise UsageError(f"--{key}", f"a value of {len(text)} characters", f"At most {LONGEST_SCALAR} are accepted")
    kind = type_at(key)
    if kind is not None and is_group(options_of(kind)[0]) and len(options_of(kind)) == 1:
        raise UsageError(f"--{key}", "a group of fields, not a value", f"Set a field: --{key}.KEY VALUE")
    plain = [one for one in options_of(kind) if one is str or typing.get_origin(one) is typing.Literal]
    numbers = any(isinstance(word, int) for one in plain for word in typing.get_args(one))
    if plain and not numbers:
        nullable = type(None) in options_of(kind)
        mapping = dict in options_of(kind) and text.lstrip().startswith("{")
        return parse_yaml(text, f"--{key}") if mapping else None if nullable and text == "null" else text
    listed = any(typing.get_origin(one) is tuple and str in typing.get_args(one) for one in options_of(kind))
    if listed and not text.lstrip().startswith("["):
        return [word.strip() for word in text.split(",")]
    return parse_yaml(text, f"--{key}")


def merge(content: dict, key: str, value: object) -> None:
    """Puts a value at a dotted key; the file wins nothing over the command line."""
    parts = key.split(".")
    if parts[0] in OPEN_MAPPINGS and len(parts) > 1:
        known = mapping(content.get(parts[0]))
        if parts[1] not in known:
            raise UsageError(key, f"there is no `{parts[1]}` in {parts[0]}", f"There are {', '.join(map(str, known))}")
    place = content
    for part in parts[:-1]:
        place = _below(place, part, key)
    place[parts[-1]] = value


def _below(place: dict | list, part: str, key: str) -> dict | list:
    """What stands below a name in a mapping, made where there is nothing, or the entry of this number of a list."""
    if isinstance(place, dict):
        if not isinstance(place.get(part), dict | list):
            place[part] = {}
        return place[part]
    if not part.isdigit() or int(part) >= len(place) or not isinstance(place[int(part)], dict):
        raise UsageError(key, f"there is no entry {part}", f"There are {len(place)}, the first is 0")
    return place[int(part)]


def _set_weak(content: dict, kind: str | None) -> None:
    """`--weak`: the argument of the stages that learn from weak labels."""
    if kind is None:
        return
    given, kind = kind, WEAK_NAMES.get(kind, kind)
    if kind not in WEAK_LABELS:
        raise UsageError("--weak", f"`{kind}` is not valid", did_you_mean(kind, (*WEAK_LABELS, *WEAK_NAMES)))
    stages = weak_stages(content)
    if not stages and not (kind == "point" and _add_ons_read_points(content)):
        what = f"`{given}` has no meaning for --method {content['method']}"
        raise UsageError("--weak", what, "Use --method weaklabel, or --add-ons points")
    content.pop("weak", None)
    for stage in stages.values():
        stage.setdefault("arguments", {})["weak"] = kind


def _add_ons_read_points(content: dict) -> bool:
    stages = mapping(content.get("stages")).values()
    names = [name for stage in stages for name in mapping(mapping(stage).get("add_ons"))]
    return any("points" in add_on_facts(name).reads for name in names if name in ADD_ONS)


def _set_add_ons(content: dict, names: list[str]) -> list[str]:
    """`--add-ons`: those of the last stage. Returns the dotted keys that it set."""
    stages = mapping(content.get("stages"))
    last = next(reversed(stages), None)
    stage = mapping(stages.get(last))
    if names and isinstance(stage.get("add_ons", {}), dict | None):  # else the schema refuses it
        stage["add_ons"] = dict.fromkeys(names, {}) | (stage.get("add_ons") or {})
    return [f"stages.{last}.add_ons.{name}" for name in names]


def _with_steps(run: RunConfig, steps: int | None) -> RunConfig:
    if steps is None:
        return run
    if not 1 <= steps <= MOST_STEPS:
        raise UsageError("--steps", f"{steps} is not a number of steps", f"Give at least 1, at most {MOST_STEPS}")
    stages = {name: dataclasses.replace(stage, steps=steps) for name, stage in run.stages.items()}
    return dataclasses.replace(run, stages=stages)


def _with_sizes(run: RunConfig, overrides: dict[str, str]) -> RunConfig:
    """`data.size` sets all domains, unless a domain's own size is on the command line as well."""
    if run.data.size is None:
        return run

    def sized(domain):
        return dataclasses.replace(domain, size=run.data.size)

    sides = [side for side in LISTS if f"data.{side}.size" not in overrides]
    domains = {side: sized(getattr(run.data, side)) for side in sides}
    domains |= {LISTS[side]: tuple(sized(entry) for entry in getattr(run.data, LISTS[side])) for side in sides}
    also = tuple(sized(entry) for entry in run.evaluation.also)
    data, evaluation = dataclasses.replace(run.data, **domains), dataclasses.replace(run.evaluation, also=also)
    return dataclasses.replace(run, data=data, evaluation=evaluation)
