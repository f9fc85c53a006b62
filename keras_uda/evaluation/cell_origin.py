"""Where a run comes from: which pair of domains it is of, and the command that makes it again, without local paths."""

import json
import shlex
from pathlib import Path

from keras_uda.config.command_line import add_run_flags
from keras_uda.config.command_line import configs_folder
from keras_uda.config.command_line import default_config
from keras_uda.config.command_line import run_config
from keras_uda.config.names import NO_SOURCE
from keras_uda.config.parser import Parser
from keras_uda.config.schema import RunConfig
from keras_uda.config.several import domains_of
from keras_uda.config.stored import differences
from keras_uda.config.stored import to_dict
from keras_uda.core.errors import UsageError

OF_THIS_PLACE = ("--output", "--data.cache")  # flags that say where, not what
ROOTS = ("--data.source.root", "--data.target.root")


def pair_of(run: RunConfig, command: str | None) -> str:
    """`sim_to_camvid`: the folder of the configuration that was named, or the names of both domains."""
    named = _named_config(command)
    if named and "_to_" in named.parent.name:
        return named.parent.name
    sides = [[_called(domain) for domain in domains_of(run.data, side)] for side in ("source", "target")]
    return "_to_".join("+".join(names) or NO_SOURCE for names in sides)


def command_of(run: RunConfig, command: str | None, pair: str) -> str | None:
    """The command of a run with `configs/...` for shipped files and `CAMVID` for a folder of data.

    Args:
        run: its configuration.
        command: as recorded; of older runs None, and then it is made of what differs from the file of the method.
        pair: folder of configurations.
    Returns:
        None where neither is to be had.
    """
    words = _words(command) or _flags_of(run, pair)
    if words is None:
        return None
    return shlex.join(_without_places(words))


def _called(domain) -> str:
    return Path(domain.root).name.lower() if domain.root else domain.name


def _named_config(command: str | None) -> Path | None:
    words = _separated(_words(command))
    return Path(words[words.index("--config") + 1]) if "--config" in words[:-1] else None


def _words(command: str | None) -> list[str]:
    """The words of a command line; none of one with an open quotation mark, which a damaged record can hold."""
    try:
        return shlex.split(command or "")
    except ValueError:
        return []


def _separated(words: list[str]) -> list[str]:
    """`--key=value` as two words."""
    return [part for word in words for part in (word.split("=", 1) if word.startswith("--") else [word])]


def _without_places(words: list[str]) -> list[str]:
    if words[:4] == ["python", "-m", "keras_uda", "train"]:
        words = ["python", "train.py", *words[4:]]
    kept, pending = [], iter(_separated(words))
    for word in pending:
        if word in OF_THIS_PLACE:
            next(pending, None)
        elif word in ROOTS:
            kept += [word, Path(next(pending, "")).name.upper()]
        elif word == "--config":
            kept += [word, _shipped(Path(next(pending, "")))]
        else:
            kept.append(word)
    return kept


def _shipped(path: Path) -> str:
    """`configs/...` of a file in a checkout or an installed package, the name of any other."""
    parts = path.parts
    return "/".join(parts[parts.index("configs") :]) if "configs" in parts else path.name


def _flags_of(run: RunConfig, pair: str) -> list[str] | None:
    """A command that gives this configuration, from the file of its method."""
    path = configs_folder() / pair / f"{run.method}.yaml"
    try:
        path = path if path.is_file() else default_config(run.method)
        parser = Parser()
        add_run_flags(parser)
        roots = {f"--data.{side}.root": getattr(run.data, side).root for side in ("source", "target")}
        given = [word for flag, root in roots.items() if root for word in (flag, root)]
        base, _ = run_config(parser, ["--config", str(path), *given])
    except UsageError:
        return None
    flags = [
        f"--{key}={value if isinstance(value, str) else json.dumps(value)}"
        for key, _, value in differences(to_dict(base), to_dict(run))
        if f"--{key}" not in OF_THIS_PLACE
    ]
    return ["python", "train.py", "--config", str(path), *given, *flags]
