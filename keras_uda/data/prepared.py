"""A domain in the form that training reads: files that TensorFlow decodes exactly, one row per sample."""

import dataclasses
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

import numpy as np
from PIL import Image

from keras_uda.core.outside import opened
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
        shapes: (height, width, channels) of extras that are files with several channels.
        skipped: bad files that were left out.
        digests: SHA-256 of each image file; world and frame of a built-in one.
        cache: folder of the cache that labels are in; None: what is counted of them is not kept.
        shares: of the images that are drawn of each of several domains; (): it is one domain.
    """

    images: list[str]
    labels: list[str] | None
    names: list[str]
    size: tuple[int, int]
    native_labels: bool = False
    extras: dict[str, np.ndarray | list[str]] = field(default_factory=dict, repr=False)
    shapes: dict[str, tuple[int, int, int]] = field(default_factory=dict, repr=False)
    skipped: list[Problem] = field(default_factory=list, repr=False)
    digests: list[str] = field(default_factory=list, repr=False)
    cache: Path | None = field(default=None, repr=False)
    shares: tuple[float, ...] = ()
    memory: dict = field(default_factory=dict, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.images)

    def take(self, rows: Sequence[int]) -> "Prepared":
        """Some of the samples, in this order."""
        columns = {key: _rows(getattr(self, key), rows) for key in ("images", "labels", "names", "digests")}
        extras = {key: _rows(values, rows) for key, values in self.extras.items()}
        return dataclasses.replace(self, **columns, extras=extras, memory={})

    def join(
        self,
        key: str,
        values: dict[str, np.ndarray] | dict[str, str],
        shape: tuple[int, int, int] | None = None,
    ) -> "Prepared":
        """The same samples with `weak`, `points`, `pseudo_label`, ... beside each, found by the name of the sample.

        Args:
            key: entry of the target batch.
            values: sample name -> array (all of one shape), or file: an 8-bit label map at `size`, or with `shape` a
                16-bit grey PNG with one channel below the other.
            shape: (height, width, channels) of such a file.
        Raises:
            DataError: a sample has no value.
        """
        missing = [Problem(name, f"no {key}") for name in self.names if name not in values]
        if missing:
            raise data_error(key, missing, len(self.names), "Make them again for these images")
        rows = [values[name] for name in self.names]
        joined = [str(row) for row in rows] if isinstance(rows[0], str | Path) else np.stack(rows)
        extras = {**self.extras, key: joined}
        shapes = {**self.shapes, **({key: shape} if shape else {})}
        return dataclasses.replace(self, extras=extras, shapes=shapes, memory={})

    def must_not_share(self, held_out: "Prepared") -> None:
        """Raises DataError if an image to train on is also one to score on, by the bytes of the file."""
        known = dict(zip(held_out.digests, held_out.names, strict=True))
        pairs = zip(self.digests, self.names, strict=True)
        shared = [Problem(name, f"also to score on: {known[digest]}") for digest, name in pairs if digest in known]
        if shared:
            raise data_error("data", shared, len(self), "Score on other images (`eval_split`), or leave these out")


def labels_of(prepared: Prepared) -> Iterator[tuple[str, np.ndarray]]:
    """(name, uint8 (H, W) of class ids) of every sample."""
    for name, file in zip(prepared.names, prepared.labels, strict=True):
        with opened(file) as stream, Image.open(stream, formats=("PNG",)) as label:
            yield name, np.asarray(label)


def _rows(values: np.ndarray | list[str] | None, rows: Sequence[int]):
    if isinstance(values, list):
        return [values[row] for row in rows] if values else []
    return None if values is None else values[np.asarray(rows, int)]
