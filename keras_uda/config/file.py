"""A configuration file: its content with every key where it is now, and the line of each key."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from keras_uda.config.data_schema import DataConfig
from keras_uda.config.fields import unknown_key
from keras_uda.config.moved import read_moved
from keras_uda.config.schema import RunConfig
from keras_uda.config.validation import shown
from keras_uda.config.validation import validated
from keras_uda.core.errors import UsageError
from keras_uda.core.strict_yaml import load_yaml_lines


@dataclass(frozen=True)
class ConfigFile:
    """The content of a file.

    Args:
        path: of the file.
        content: plain YAML values.
        lines: dotted key -> line.
    """

    path: str
    content: dict
    lines: dict[str, int]

    @contextmanager
    def placing(self, overridden: tuple[str, ...] = ()) -> Iterator[None]:
        """Errors about keys of this file name their line, unless the command line gave the value."""
        try:
            yield
        except UsageError as error:
            place = self.place(error.where, overridden)
            if place is None:
                raise
            raise UsageError(f"{place}: {error.where}", error.what, error.remedy) from error

    def place(self, key: str, overridden: tuple[str, ...]) -> str | None:
        """`file:line` of a key, or of the mapping that lacks it; None if the file has no part in the mistake."""
        if key.startswith(("-", self.path)) or any(_within(key, one) for one in overridden):
            return None
        holder = key
        while holder and holder not in self.lines:
            holder = holder.rpartition(".")[0]
        return f"{self.path}:{self.lines[holder]}" if holder else self.path


def read_config_file(path: Path | str) -> ConfigFile:
    """Loads a configuration file and checks its keys, types and ranges.

    Raises:
        UsageError: not strict YAML; an unknown key, a wrong type or an impossible value at any depth.
    """
    content, lines = load_yaml_lines(path)
    file = ConfigFile(str(path), content, lines)
    with file.placing():
        _require_words(content, "")
        read_moved(content, lines)
        from_content(content, lines)
    return file


def from_content(content: dict, lines: dict[str, int] | None = None) -> RunConfig:
    """The configuration that plain data means; see `checks.check` for what one field cannot know of another."""
    if "weak" in content:  # `read_moved` found no stage that it belongs to
        what = f"`{content['weak']}`, but no stage learns from weak labels"
        raise UsageError("weak", what, "Use `method: weaklabel`, and set `arguments.weak` of its stage")
    data = content.get("data")
    target = data.get("target") if isinstance(data, dict) else None
    if isinstance(target, dict) and "name" not in target:  # the default of one domain is `sim`, that of the target not
        content = content | {"data": data | {"target": {"name": DataConfig().target.name} | target}}
    return validated(RunConfig, content, unknown=unknown_key, lines=lines)


def _within(key: str, other: str) -> bool:
    """Whether one of two dotted keys lies at or below the other."""
    return f"{key}.".startswith(f"{other}.") or f"{other}.".startswith(f"{key}.")


def _require_words(content: object, key: str) -> None:
    """Keys are text: `1:` and `true:` are not."""
    for name, value in content.items() if isinstance(content, dict) else ():
        here = f"{key}.{name}" if key else str(name)
        if not isinstance(name, str):
            here = f"{key}.{shown(name)}".lstrip(".")
            raise UsageError(here, f"unknown key: the name `{shown(name)}` is not text", "Write it in quotes")
        _require_words(value, here)
