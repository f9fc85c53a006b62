"""The memory that this process has used."""

import sys

try:
    import resource
except ImportError:  # Windows
    resource = None


def peak_memory() -> float:
    """The most memory that this process has held at once, in bytes; NaN where the system does not say."""
    if resource is None:
        return float("nan")
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
