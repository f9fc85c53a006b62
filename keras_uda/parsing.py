"""From the command line and YAML to a `RunConfig`: strict loading, dotted overrides, one-line errors with a hint."""

import dataclasses
import difflib
import json
import re
import typing
from pathlib import Path

import jsonargparse

from keras_uda.config import EVERY_METHOD
from keras_uda.config import METHODS
from keras_uda.config import ON_PSEUDO_LABELS
from keras_uda.config import ON_SOFT_LABELS
from keras_uda.config import ON_SOME_TARGET_LABELS
from keras_uda.config import RunConfig
from keras_uda.config import StageConfig
from keras_uda.errors import UsageError
from keras_uda.presets import apply_preset
from keras_uda.signatures import fits
from keras_uda.signatures import method_arguments
from keras_uda.strict_yaml import load_yaml
from keras_uda.strict_yaml import parse_yaml

PACKAGE = Path(__file__).resolve().parent
# Mappings by name lie deeper than the parser can reach; their overrides are merged into the file's content before it.
DEEP_OVERRIDE = re.compile(r"--((?:stages|optimizers)\.[^=]+)(?:=(.*))?", re.DOTALL)


class Parser(jsonargparse.ArgumentParser):
    """A jsonargparse parser whose errors are `UsageError` with the nearest known key."""

    def error(self, message: str, ex: Exception | None = None) -> typing.NoReturn:
        if not self.exit_on_error:  # a parser that jsonargparse makes for itself
            super().error(message, ex)
        text = " ".join(re.sub(r"Problem with given class_path '[^']*':", "", message).split())
        unknown = re.search(r"(?:option '?|arguments: )-*([\w.-]+)", text, re.IGNORECASE)
        if unknown and "Got value" not in text:
            key = unknown.group(1)
            raise UsageError(key, "unknown key", _did_you_mean(key, known_keys() + _flags(self))) from ex
        raise UsageError("command line", text, "See --help") from ex


def _flags(parser: Parser) -> list[str]:
    return [flag.lstrip("-") for action in parser._actions for flag in action.option_strings]


def _did_you_mean(word: str, known: list[str]) -> str:
    last = word.rsplit(".", 1)[-1]
    near = difflib.get_close_matches(word, known, n=1) or difflib.get_close_matches(last, known, n=1)
    return f"Did you mean `{near[0]}`?" if near else "See --help for the keys"


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
        raise UsageError("--method", f"`{method}` is not a method", _method_hint(method))
    return configs_folder() / "sim_to_street" / f"{method}.yaml"


def _method_hint(method: str, known: dict = METHODS) -> str:
    near = difflib.get_close_matches(method, known, n=1)
    return f"Did you mean `{near[0]}`?" if near else f"Choose one of {', '.join(known)}"


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
    content = load_yaml(flags.config) if flags.config else load_yaml(default_config(flags.method))
    if flags.config and _given(arguments, "--method") and content.get("method", flags.method) != flags.method:
        raise UsageError("--method", f"`{flags.method}`, but {flags.config} is for `{content['method']}`", "Drop one")
    content.setdefault("method", flags.method)
    for key, value in deep:
        _merge(content, key.split("."), value)
    base = parser.parse_object({**content, **{"config": flags.config}})
    namespace = parser.parse_args(arguments, namespace=base)
    settings = parser.instantiate(namespace)
    values = {field.name: settings[field.name] for field in dataclasses.fields(RunConfig)}
    options = {key: value for key, value in vars(settings).items() if key not in values}
    run = apply_preset(_sized(_stepped(RunConfig(**values), options.pop("steps")), arguments))
    check(run)
    return run, options


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
    if keys[1] not in known or len(keys) < 3:
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


def check(run: RunConfig) -> None:
    """What one field cannot know of another; names both keys.

    Raises:
        UsageError: unknown method, a weak mode for a method that has none, bad method arguments, no stages.
    """
    if run.method not in METHODS:
        raise UsageError("method", f"`{run.method}` is not a method", _method_hint(run.method))
    for name, stage in run.stages.items():
        if stage.method not in EVERY_METHOD:
            what, hint = f"`{stage.method}` is not a method", _method_hint(stage.method, EVERY_METHOD)
            raise UsageError(f"stages.{name}.method", what, hint)
    if not run.stages:
        raise UsageError("stages", "the configuration has no stage", "Give at least one under `stages:`")
    if run.weak is not None and run.method != "weaklabel":
        raise UsageError("--weak", f"`{run.weak}` has no meaning for --method {run.method}", "Use --method weaklabel")
    given = [key for key in ("weak_labels", "weak_images") if getattr(run.data, key) is not None]
    if given and run.weak in (None, "pseudo"):
        raise UsageError(f"data.{given[0]}", "nothing reads it here", "Add --method weaklabel --weak oracle or point")
    _check_labelled_images(run)
    for name, stage in run.stages.items():
        known = method_arguments(stage.method)
        for key, value in stage.arguments.items():
            where = f"stages.{name}.arguments.{key}"
            if key not in known:
                raise UsageError(where, f"{stage.method} has no such argument", _did_you_mean(key, list(known)))
            if not fits(value, known[key]):
                raise UsageError(where, f"{json.dumps(value)} is not a {known[key]}", "Give a value of that type")
        earlier = list(run.stages)[: list(run.stages).index(name)]
        if stage.teacher is not None and stage.teacher not in earlier:
            what = f"there is no stage `{stage.teacher}` before `{name}`"
            raise UsageError(f"stages.{name}.teacher", what, "Name an earlier stage")
        _check_pseudo_labels(run, f"stages.{name}", stage, bool(earlier))


def _check_labelled_images(run: RunConfig) -> None:
    readers = [stage.method for stage in run.stages.values() if stage.method in ON_SOME_TARGET_LABELS]
    if readers and run.data.labelled_images is None:
        what = f"{readers[0]} learns from labels of some target images"
        raise UsageError("data.labelled_images", what, "Say how many")
    if run.data.labelled_images is not None and not readers:
        what = f"no stage reads labels of {run.data.labelled_images} target images"
        raise UsageError("data.labelled_images", what, f"Drop it, or name {ON_SOME_TARGET_LABELS[0]} in a stage")


def _check_pseudo_labels(run: RunConfig, key: str, stage: StageConfig, follows: bool) -> None:
    labels, key = stage.pseudo_labels, f"{key}.pseudo_labels"
    if labels is None and stage.method in ON_PSEUDO_LABELS:
        raise UsageError(key, f"{stage.method} trains on pseudo-labels, and there are none", "Say how to make them")
    if labels is None:
        return
    if stage.method not in ON_PSEUDO_LABELS:
        raise UsageError(key, f"{stage.method} does not read them", "Drop them")
    if not follows and run.segmenter.weights in ("imagenet", "none"):
        what = f"the first stage has no trained segmenter to label with (segmenter.weights: {run.segmenter.weights})"
        raise UsageError(key, what, "Train one in a stage before, or name its folder as segmenter.weights")
    if (labels.policy == "landmarks") != (stage.method == "cda"):
        what = f"`{labels.policy}` is not what {stage.method} learns from"
        raise UsageError(f"{key}.policy", what, "`landmarks` is for cda, and cda needs it")
    if stage.method in ON_SOFT_LABELS and not labels.soft:
        raise UsageError(f"{key}.soft", f"{stage.method} corrects whole predictions", "Set it to true")
    if labels.mine and run.data.zoom == 1:
        raise UsageError(f"{key}.mine", f"{labels.mine}, but images are not cropped", "Set data.zoom above 1")
    if stage.arguments.get("soft_labels", False) != bool(labels.label_entropy):
        what = f"label_entropy is {labels.label_entropy}, soft_labels {stage.arguments.get('soft_labels', False)}"
        raise UsageError(key, what, "Set both for LRENT, or neither")


def to_dict(run: RunConfig) -> dict:
    """The configuration as plain YAML / JSON values."""
    return json.loads(json.dumps(dataclasses.asdict(run)))


def from_dict(content: dict) -> RunConfig:
    """The inverse of `to_dict`; used for the `config.yaml` of a run folder."""
    parser = Parser()
    parser.add_class_arguments(RunConfig)
    settings = parser.instantiate(parser.parse_object(content))
    return RunConfig(**{field.name: settings[field.name] for field in dataclasses.fields(RunConfig)})


def differences(old: dict, new: dict, prefix: str = "") -> list[tuple[str, object, object]]:
    """(dotted key, old value, new value) wherever two configurations differ."""
    changed = []
    for key in {**old, **new}:
        before, after = old.get(key), new.get(key)
        if isinstance(before, dict) and isinstance(after, dict):
            changed += differences(before, after, f"{prefix}{key}.")
        elif before != after:
            changed.append((prefix + key, before, after))
    return changed
