"""What to do after a call of `predict` that was stopped, or that ran out of disk or memory."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from keras_uda.core.errors import ResourceError
from keras_uda.core.errors import interrupted

AGAIN = "run the same command again"


class Call(NamedTuple):
    """What decides how a call can go on.

    Args:
        kind: `camera`, `footage`, `folder` or `image`; of a single image no record is kept.
        flags: that were given, of `--resume`, `--overwrite`, `--server`.
        chosen: the output, where `--output` was left out.
    """

    kind: str
    flags: frozenset[str] = frozenset()
    chosen: Path | None = None

    def again(self) -> str:
        """How it goes on, as a part of a remedy."""
        if self.kind == "camera":
            return "record again with another --output"
        flag = "--resume" if self.kind != "image" else "--overwrite"
        named = [flag] if flag not in self.flags else []
        named += [f"--output {shlex.quote(str(self.chosen))}"] if self.chosen is not None else []
        instead = " instead of --overwrite" if flag == "--resume" and "--overwrite" in self.flags else ""
        return AGAIN + (f" with {' '.join(named)}{instead}" if named else "")

    def smaller(self) -> str:
        """What takes less memory."""
        lower = ["--in-flight"] if "--server" in self.flags else []
        lower += ["--hardest"] if self.kind in ("camera", "footage") else []
        return "Scale the input down" + (f", or lower {' or '.join(lower)}" if lower else "")


@contextmanager
def advice(call: Call) -> Iterator[None]:
    """Errors inside end with a remedy that this command has.

    Raises:
        Interrupted: Ctrl-C or SIGTERM. ResourceError: disk or memory ran out.
    """
    try:
        yield
    except KeyboardInterrupt as error:
        again = call.again()
        raise interrupted(error, again[0].upper() + again[1:]) from error
    except ResourceError as error:
        if AGAIN not in error.remedy:
            raise
        raise ResourceError(error.where, error.what, error.remedy.replace(AGAIN, call.again())) from error
    except Exception as error:
        if not isinstance(error, MemoryError) and type(error).__name__ != "ResourceExhaustedError":
            raise
        raise ResourceError("memory", "not enough for frames of this size", call.smaller()) from error
