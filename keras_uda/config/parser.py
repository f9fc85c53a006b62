"""The parser of every verb: its errors are one line with the nearest flag or key."""

import argparse
import typing

from keras_uda.config.fields import leaves
from keras_uda.config.fields import type_at
from keras_uda.core.errors import UsageError
from keras_uda.core.errors import did_you_mean
from keras_uda.core.errors import nearest


class Parser(argparse.ArgumentParser):
    """A parser whose errors are `UsageError` with the nearest known flag; half a name of a flag is a mistake."""

    def __init__(self, *args, **kwargs):
        options = {"allow_abbrev": False, "formatter_class": argparse.RawDescriptionHelpFormatter}
        super().__init__(*args, **{**options, **kwargs})

    def error(self, message: str) -> typing.NoReturn:
        head, _, rest = message.partition(": ")
        if head == "unrecognized arguments":
            word = rest.split()[0]
            name = word.lstrip("-").partition("=")[0]
            if type_at(name) is not None and not getattr(self, "of_runs", False):
                raise UsageError(name, "a key of the configuration, which this verb does not take", "See --help")
            if not word.startswith("-"):
                raise UsageError(word, "belongs to no flag", self._as_flag(name))
            raise UsageError(name, "unknown key", self.nearest_flag(name))
        if head.startswith("argument ") and rest:
            flag = head.removeprefix("argument ").split("/")[-1]
            raise UsageError(flag, rest, "See --help")
        raise UsageError("command line", message, "See --help")

    def parse_args(self, args=None, namespace=None):
        if any("\0" in argument for argument in args or ()):
            raise UsageError("command line", "an argument with a NUL, which no name of a file has", "Leave it out")
        flags, unknown = self.parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return flags

    def _as_flag(self, name: str) -> str:
        """The remedy for a word without dashes."""
        found = nearest(name, [flag.lstrip("-") for flag in self._option_string_actions], cutoff=0.8)
        return f"Write --{found}" if found else "Name the flag before it, as in --output DIR; see --help"

    def nearest_flag(self, name: str) -> str:
        known = [flag.lstrip("-") for flag in self._option_string_actions]
        if getattr(self, "of_runs", False):
            keys = [key for key, _, _ in leaves()]
            last = {key.rsplit(".", 1)[-1]: key for key in reversed(keys)}
            found = nearest(name, keys + known) or last.get(nearest(name.rsplit(".", 1)[-1], last))
            return f"Did you mean `{found}`?" if found else "See --help for the keys"
        return did_you_mean(name, known, "See --help")
