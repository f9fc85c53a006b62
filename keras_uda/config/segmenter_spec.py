"""The facts of a network, as its factory says them; no other module names a network."""

from typing import NamedTuple

from keras_uda.config.names import SEGMENTERS
from keras_uda.config.source_code import Argument
from keras_uda.config.source_code import arguments_of
from keras_uda.config.source_code import decorator_of

PACKAGE = "segmenters"
OWN_FIELDS = ("levels", "weights")  # of `SegmenterConfig`, for every network


class SegmenterFacts(NamedTuple):
    """What `@network(...)` and the signature of a factory say; `segmenters/network.py` explains each.

    Args:
        dense: bfloat16 pays.
        repeats: the released optimiser lists parameters of it several times.
        arguments: all keyword-only arguments of the factory.
    """

    dense: bool
    repeats: bool
    arguments: dict[str, Argument]

    @property
    def levels(self) -> int:
        """How many levels it can have."""
        return 2 if "levels" in self.arguments else 1


def segmenter_facts(name: str) -> SegmenterFacts:
    """The facts of a network of `SEGMENTERS`."""
    said = decorator_of(SEGMENTERS, name, PACKAGE, "network")
    arguments = arguments_of(SEGMENTERS, name, PACKAGE)
    return SegmenterFacts(bool(said.get("dense")), bool(said.get("repeats")), arguments)


def segmenter_arguments(name: str) -> dict[str, Argument]:
    """The options of a network: what stands under `segmenter.arguments`."""
    known = segmenter_facts(name).arguments
    return {argument: what for argument, what in known.items() if argument not in OWN_FIELDS}
