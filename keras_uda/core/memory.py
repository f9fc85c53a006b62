"""The memory that this process has used, and may use."""

import re
import sys
from pathlib import Path

from keras_uda.core.errors import ResourceError

try:
    import resource
except ImportError:  # Windows
    resource = None

STATUS = Path("/proc/self/status")
GROUPS = Path("/proc/self/cgroup")
GROUP_ROOT = Path("/sys/fs/cgroup")


def peak_memory() -> float:
    """The most memory that this process has held at once, in bytes; NaN where the system does not say."""
    found = re.search(r"VmHWM:\s*(\d+) kB", STATUS.read_text()) if STATUS.exists() else None
    if found:  # getrusage would count the process that started this one
        return 1024.0 * int(found[1])
    if resource is None:
        return float("nan")
    unit = 1 if sys.platform == "darwin" else 1024
    return float(unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def address_space() -> int | None:
    """What this process has reserved, in bytes; None where the system does not say."""
    found = re.search(r"VmSize:\s*(\d+) kB", STATUS.read_text()) if STATUS.exists() else None
    return 1024 * int(found[1]) if found else None


def container_limit() -> int | None:
    """What the container, or the control group, of this process may use, in bytes; None: no limit is known."""
    try:
        groups = re.findall(r"^\d+:(memory|):/(.*)$", GROUPS.read_text(), re.MULTILINE)
    except OSError:
        return None
    leaves = [GROUP_ROOT / kind / name for kind, name in groups]
    places = {place for leaf in leaves for place in (leaf, *leaf.parents) if place.is_relative_to(GROUP_ROOT)}
    found = [_limit_of(place / file) for place in places for file in ("memory.max", "memory.limit_in_bytes")]
    return min((one for one in found if one is not None), default=None)


def _limit_of(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (OSError, ValueError):  # there is none, or it is `max`
        return None


def require_memory(least: int, what: str) -> None:
    """Refuses to begin in a container that would be killed without a word.

    Args:
        least: bytes that are used, as measured.
        what: needs them, for the message.
    Raises:
        ResourceError: the container may use less.
    """
    limit = container_limit()
    if limit is not None and limit < least:
        found = f"this container may use {limit / 1e9:.1f} GB, and {what} needs {least / 1e9:.1f} GB at least"
        raise ResourceError("memory", found, "Give it more (`docker run --memory`)")


def require_address_space(least: int, what: str) -> None:
    """Refuses to begin where a limit on the address space (`ulimit -v`) would end the process without a word.

    TensorFlow reserves far more than it uses, for its threads and libraries, and ends at once where it gets less.

    Args:
        least: bytes, as measured.
        what: needs it, for the message.
    Raises:
        ResourceError: the limit is lower.
    """
    if resource is None:
        return
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < least:
        found = (
            f"the limit of the address space is {limit / 1e9:.1f} GB, and {what} needs {least / 1e9:.1f} GB at least"
        )
        raise ResourceError("memory", found, "Raise the limit: `ulimit -v unlimited`")


def limit_further_memory(size: int) -> None:
    """Lets this process reserve at most `size` bytes more, on systems that have such a limit."""
    used = address_space()
    if resource is None or used is None:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = used + size if hard == resource.RLIM_INFINITY else min(used + size, hard)
    resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
