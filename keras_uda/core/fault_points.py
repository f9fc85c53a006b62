"""Places where a test kills this process: between the steps that must leave old or new files, never half of one."""

import os
import signal
from collections import Counter

_passages: Counter = Counter()


def fault_point(name: str) -> None:
    """Kills this process at the n-th passage if `KERAS_UDA_FAULT` is `<name>:<n>`; for tests only."""
    wanted = os.environ.get("KERAS_UDA_FAULT")
    if not wanted:
        return
    _passages[name] += 1
    if wanted == f"{name}:{_passages[name]}":
        os.kill(os.getpid(), signal.SIGKILL)
