"""Counts what target labels are read for, and refuses what a method may not read."""

from collections import Counter
from collections.abc import Iterable

PURPOSES = ("evaluation", "weak labels", "selection", "training", "oracle")


class ForbiddenLabels(AssertionError):
    """Code of ours tried to open target labels for a purpose that this run has not declared."""


class LabelLedger:
    """How many target label files were opened, by purpose.

    Args:
        allowed: the purposes that may occur.
        counts: files by purpose, from an earlier process of the same run.
    """

    def __init__(self, allowed: Iterable[str] = PURPOSES, counts: dict[str, int] | None = None):
        self.allowed = frozenset(allowed)
        self._counts: Counter = Counter(counts or {})

    def allow(self, purposes: Iterable[str]) -> None:
        """From now on only these purposes may occur."""
        unknown = set(purposes) - set(PURPOSES)
        if unknown:
            raise ValueError(f"Purposes {sorted(unknown)} must be among {PURPOSES}.")
        self.allowed = frozenset(purposes)

    def read(self, purpose: str | None, files: int = 1) -> None:
        """Called before target label files are opened.

        Raises:
            ForbiddenLabels: no purpose, or one that is not allowed.
        """
        if purpose not in PURPOSES or purpose not in self.allowed:
            raise ForbiddenLabels(f"target labels would be opened for {purpose!r}; allowed: {sorted(self.allowed)}")
        self._counts[purpose] += files

    def note(self, purpose: str) -> None:
        """Records a purpose that another process served (a baseline trained on target labels)."""
        self.read(purpose, 0)

    @property
    def purposes(self) -> list[str]:
        """What target labels were read for, sorted; empty = never."""
        return sorted(self._counts)

    def counts(self) -> dict[str, int]:
        """Purpose -> label files opened; goes into `run.json`, and back into the constructor."""
        return dict(sorted(self._counts.items()))
