"""The labelled images of semi-supervised adaptation: the source, and some of the target as often as it."""

import dataclasses

import numpy as np

from keras_uda.core.errors import UsageError
from keras_uda.data.prepared import Prepared

SEED = 0  # which images keep their labels does not depend on the run


def labelled_rows(total: int, count: int) -> np.ndarray:
    """Rows of the images that keep their labels; a larger count holds the smaller ones.

    Raises:
        UsageError: there are not so many, or none would be left without labels.
    """
    if count >= total:
        what = f"{count}, but the target has {total} training images"
        raise UsageError("data.labelled_images", what, f"Give less than {total}")
    return np.sort(np.random.default_rng(SEED).permutation(total)[:count])


def labelled_stream(source: Prepared, target: Prepared) -> Prepared:
    """Both as one domain, the labelled target images repeated so that a batch holds about as many of each.

    Args:
        source: with labels.
        target: its images with labels, at the same size.
    Raises:
        UsageError: the sizes differ.
    """
    if source.size != target.size:
        what = f"source images have {source.size}, target images {target.size}"
        raise UsageError("data.size", what, "Learn both in one stream at one size: set data.size")
    times = max(1, round(len(source) / len(target)))
    keys = ("images", "labels", "names", "digests")
    columns = {key: getattr(source, key) + times * getattr(target, key) for key in keys}
    return dataclasses.replace(source, **columns, memory={})
