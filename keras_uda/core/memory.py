"""The memory that this process has used."""

import re
import sys
from pathlib import Path

try:
    import resource
except ImportError:  # Windows
    resource = None

STATUS = Path("/proc/self/status")


def peak_memory() -> float:
    """The most memory that this process has held at once, in bytes; NaN where the system does not say."""
    found = re.search(r"VmHWM:\s*(\d+) kB", STATUS.read_text()) if STATUS.exists() else None
    if found:  # getrusage would count the process that started this one
        return 1024.0 * int(found[1])
    if resource is None:
        return float("nan")
    unit = 1 if sys.platform == "darwin" else 1024
    return float(unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
