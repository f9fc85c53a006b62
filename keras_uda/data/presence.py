"""Whether every class that is trained has pixels in the source: one without could only ever be wrong."""

from collections.abc import Sequence

import numpy as np

from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import IGNORE
from keras_uda.core.errors import DataError
from keras_uda.core.errors import nearest
from keras_uda.data.cache.label_pixels import count_pixels
from keras_uda.data.cache.label_pixels import label_pixels
from keras_uda.data.domain import Domain
from keras_uda.data.prepared import Prepared

REMEDY = "Map ids or colours to it (data.source.class_map), or leave it out of --data.classes"
LOOKED_AT = 32  # labels


def may_be_absent(classes: Sequence[str]) -> bool:
    """The 19 classes of Cityscapes are what nobody chose: most data sets lack some of them."""
    return tuple(classes) == CITYSCAPES


def absent(domain: Domain, pixels: np.ndarray | None) -> list[str]:
    """Classes that no label of a domain can hold, or, by the pixels that were counted, holds.

    Args:
        domain: opened.
        pixels: int64 (256,) of each train id; None: not counted, or not over all frames.
    """
    named = set(domain.class_map.names())
    counts = np.ones(len(domain.classes)) if pixels is None else pixels[: len(domain.classes)]
    return [name for name, count in zip(domain.classes, counts, strict=True) if name not in named or not count]


def reason(domain: Domain, names: Sequence[str]) -> str:
    """What is wrong, for messages."""
    listed = ", ".join(f"`{name}`" for name in names)
    unmapped = [name for name in names if name not in domain.class_map.names()]
    close = nearest(unmapped[0], domain.class_map.names(), cutoff=0.7) if len(unmapped) == 1 else None
    instead = f", did you mean `{close}`?" if close else ""
    why = f" (class map `{domain.class_map.name}` has no such class{instead})" if unmapped == list(names) else ""
    return f"no source pixel of {listed}{why}"


def require_source_classes(domains: Sequence[Domain], prepared: Sequence[Prepared]) -> None:
    """Raises `DataError` for a class without a pixel in any source, unless the classes are the 19 that nobody chose.

    Args:
        domains: the sources.
        prepared: the samples of each, with labels. Frames of a built-in world are not counted: it draws all of its
            classes.
    """
    if may_be_absent(domains[0].classes):
        for domain, samples in zip(domains, prepared, strict=True):
            _require_any(domain, samples)
        return
    alone = len(domains) == 1
    missing = [_absent_in(domain, samples, alone) for domain, samples in zip(domains, prepared, strict=True)]
    everywhere = [name for name in missing[0] if all(name in names for names in missing)]
    if everywhere:
        where = ", ".join(domain.where for domain in domains)
        raise DataError(where, f"data.classes: {reason(domains[0], everywhere)}", REMEDY)


def _absent_in(domain: Domain, prepared: Prepared, alone: bool) -> list[str]:
    missing = absent(domain, None)
    if domain.built_in or (missing and alone):
        return missing
    return absent(domain, label_pixels(prepared).sum(0))


def _require_any(domain: Domain, prepared: Prepared) -> None:
    """Some labels, spread evenly: not all of them may be ignored as a whole."""
    if domain.built_in:
        return
    rows = np.linspace(0, len(prepared) - 1, min(LOOKED_AT, len(prepared))).round().astype(int)
    if not any(count_pixels(prepared.labels[row])[:IGNORE].any() for row in rows):
        what = f"every pixel of {len(rows)} labels is ignored by class map `{domain.class_map.name}`"
        raise DataError(domain.where, what, "Give the map of these labels (data.source.class_map); `doctor` shows ids")
