"""Changes of a stored configuration on the command line: another target, more steps."""

from argparse import Namespace
from collections.abc import Iterable
from collections.abc import Sequence

from keras_uda.config.command_line import merge
from keras_uda.config.command_line import override_value
from keras_uda.config.command_line import split_overrides
from keras_uda.config.file import from_content
from keras_uda.config.parser import Parser
from keras_uda.config.schema import RunConfig
from keras_uda.config.stored import to_dict
from keras_uda.core.errors import UsageError


def parser_of_changes(verb: str, description: str, allowed: Sequence[str]) -> Parser:
    """The parser of a verb that takes a run, and values for some fields of its configuration.

    Args:
        verb: as it is typed behind `python -m keras_uda`.
        description: of the verb, without a full stop.
        allowed: keys, or groups of keys, that may change.
    """
    parser = Parser(prog=f"python -m keras_uda {verb}", description=f"{description}.")
    parser.of_runs = True  # keys of the configuration are flags
    parser.add_argument("--run", metavar="DIR", help="run folder (default: the newest finished one)")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    parser.epilog = f"Every field below {', '.join(allowed)} of the configuration is a flag too."
    return parser


def parse_changes(parser: Parser, arguments: list[str], allowed: Sequence[str]) -> tuple[Namespace, dict[str, str]]:
    """The flags of a parser of `parser_of_changes`, and dotted key -> text of the fields to change.

    Raises:
        UsageError: an unknown flag, or another field of the configuration.
    """
    rest, changes = split_changes(parser, arguments, allowed)
    return parser.parse_args(rest), changes


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
