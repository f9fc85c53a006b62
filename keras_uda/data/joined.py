"""Several domains as one: every sample knows its domain, and shares say how many images of each are drawn."""

from collections.abc import Sequence

import numpy as np

from keras_uda.core.errors import UsageError
from keras_uda.data.prepared import Prepared

DOMAIN = "domain"  # entry of a sample: the number of its domain
LONGEST_CYCLE = 1000


def join_domains(parts: Sequence[Prepared], labels: Sequence[str], shares: Sequence[float], numbers=None) -> Prepared:
    """The samples of all domains behind each other; names begin with the label of their domain.

    Args:
        parts: at least one, all with labels or all without.
        labels: of the domains.
        shares: of the images that are drawn.
        numbers: of the domains, from 0; None: in order.
    Raises:
        UsageError: the sizes differ.
    """
    sizes = list(dict.fromkeys(part.size for part in parts))
    if len(sizes) > 1:
        raise UsageError("data.size", f"{sizes[0]} and {sizes[1]} in one batch", "Set --data.size for all domains")
    numbers = range(len(parts)) if numbers is None else numbers
    names = [f"{label}/{name}" for label, part in zip(labels, parts, strict=True) for name in part.names]
    of_domain = [np.full(len(part), number, "int32") for number, part in zip(numbers, parts, strict=True)]
    return Prepared(
        sum((part.images for part in parts), []),
        None if parts[0].labels is None else sum((part.labels for part in parts), []),
        names,
        parts[0].size,
        native_labels=any(part.native_labels for part in parts),
        extras={DOMAIN: np.concatenate(of_domain)},
        skipped=sum((part.skipped for part in parts), []),
        digests=sum((part.digests for part in parts), []),
        cache=parts[0].cache,
        shares=tuple(shares),
    )


def rows_of_domains(prepared: Prepared) -> tuple[list[np.ndarray], list[float]]:
    """The rows of each domain that has some, and its share."""
    of_domain = prepared.extras[DOMAIN]
    present = np.unique(of_domain)
    rows = [np.flatnonzero(of_domain == number) for number in present]
    return rows, [prepared.shares[number] for number in present]


def weights_of_rows(prepared: Prepared) -> np.ndarray:
    """float64 (samples,): how often each is drawn in comparison with the others, by the share of its domain."""
    weights = np.zeros(len(prepared))
    for rows, share in zip(*rows_of_domains(prepared), strict=True):
        weights[rows] = share / len(rows)
    return weights / weights.mean()


def turns(shares: Sequence[float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whose turn it is: a cycle in which every domain comes as often as its share says, as evenly as can be.

    Args:
        shares: positive numbers.
    Returns:
        Domain of each turn of the cycle; how many turns it had in the cycle before; turns of each domain in a cycle.
    """
    counts = turns_of_each(shares)
    places = np.concatenate([(np.arange(count) + 0.5) / count for count in counts])
    before = np.concatenate([np.arange(count) for count in counts])
    of_domain = np.repeat(np.arange(len(counts)), counts)
    order = np.lexsort((of_domain, places))
    return of_domain[order], before[order], counts


def turns_of_each(shares: Sequence[float]) -> np.ndarray:
    """int64: how often each domain comes in the shortest cycle that has exactly the shares; at least once in any."""
    parts = np.asarray(shares, "float64") / np.sum(shares)
    for length in range(len(parts), LONGEST_CYCLE + 1):
        counts = np.round(parts * length)
        if (np.abs(parts * length - counts) < 1e-6).all() and (counts > 0).all():
            return counts.astype("int64")
    return np.maximum(np.round(parts * LONGEST_CYCLE), 1).astype("int64")
