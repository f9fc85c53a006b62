"""Changes of a stored configuration on the command line: another target, more steps."""

from collections.abc import Iterable
from collections.abc import Sequence

from keras_uda.config.command_line import Parser
from keras_uda.config.command_line import merge
from keras_uda.config.command_line import override_value
from keras_uda.config.command_line import split_overrides
from keras_uda.config.file import from_content
from keras_uda.config.schema import RunConfig
from keras_uda.config.stored import to_dict
from keras_uda.core.errors import UsageError


def split_changes(parser: Parser, arguments: list[str], allowed: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The arguments of the parser, and dotted key -> text of the fields to change.

    Args:
        parser: of the verb.
        arguments: of the command line.
        allowed: keys, or groups of keys, that may change.
    Raises:
        UsageError: another field of the configuration.
    """
    rest, changes = split_overrides(parser, arguments)
    check_changes(changes, allowed)
    return rest, changes


def check_changes(keys: Iterable[str], allowed: Sequence[str]) -> None:
    """Raises `UsageError` for a key that is neither one of `allowed` nor below one."""
    for key in keys:
        if not any(f"{key}.".startswith(f"{one}.") for one in allowed):
            remedy = f"Here {', '.join(f'--{one}' for one in allowed)} can change"
            raise UsageError(f"--{key}", "was decided when the run was trained", remedy)


def with_changes(run: RunConfig, changes: dict[str, str]) -> RunConfig:
    """The configuration with values of the command line.

    Args:
        run: as stored.
        changes: dotted key -> text.
    """
    content = to_dict(run)
    for key, text in changes.items():
        merge(content, key, override_value(key, text))
    return from_content(content)
