"""A domain in the form that training reads: files that TensorFlow decodes exactly, one row per sample."""

import dataclasses
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

import numpy as np

from keras_uda.data.problems import Problem
from keras_uda.data.problems import data_error


@dataclass
class Prepared:
    """A domain as training reads it; the lists belong together.

    Args:
        images: files that TensorFlow decodes exactly, of any size.
        labels: 8-bit grey PNG of train ids, at `size` or (for evaluation) at their own size; None without labels.
        names: of the samples, as in the domain.
        size: (width, height) that the network sees.
        native_labels: labels have their own size.
        extras: further arrays or files per sample, see `join`.
        skipped: bad files that were left out.
        digests: SHA-256 of each image file; world and frame of a built-in one.
    """

    images: list[str]
    labels: list[str] | None
    names: list[str]
    size: tuple[int, int]
    native_labels: bool = False
    extras: dict[str, np.ndarray | list[str]] = field(default_factory=dict, repr=False)
    skipped: list[Problem] = field(default_factory=list, repr=False)
    digests: list[str] = field(default_factory=list, repr=False)
    memory: dict = field(default_factory=dict, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.images)

    def join(self, key: str, values: dict[str, np.ndarray] | dict[str, str]) -> "Prepared":
        """The same samples with `weak`, `points` or `pseudo_label` beside each, found by the name of the sample.

        Args:
            key: entry of the target batch.
            values: sample name -> array (all of one shape), or file with an 8-bit label map at `size`.
        Raises:
            DataError: a sample has no value.
        """
        missing = [Problem(name, f"no {key}") for name in self.names if name not in values]
        if missing:
            raise data_error(key, missing, len(self.names), "Make them again for these images")
        rows = [values[name] for name in self.names]
        joined = [str(row) for row in rows] if isinstance(rows[0], str | Path) else np.stack(rows)
        extras = {**self.extras, key: joined}
        return dataclasses.replace(self, extras=extras, memory={})

    def must_not_share(self, held_out: "Prepared") -> None:
        """Raises DataError if an image to train on is also one to score on, by the bytes of the file."""
        known = dict(zip(held_out.digests, held_out.names, strict=True))
        pairs = zip(self.digests, self.names, strict=True)
        shared = [Problem(name, f"also to score on: {known[digest]}") for digest, name in pairs if digest in known]
        if shared:
            raise data_error("data", shared, len(self), "Score on other images (`eval_split`), or leave these out")
