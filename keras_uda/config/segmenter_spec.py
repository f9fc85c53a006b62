"""The facts of a network, as its factory says them; no other module names a network."""

import math
from dataclasses import dataclass
from dataclasses import field

from keras_uda.config.names import SEGMENTERS
from keras_uda.config.source_code import Argument
from keras_uda.config.source_code import arguments_of
from keras_uda.config.source_code import decorator_of
from keras_uda.config.source_code import literal_beside

PACKAGE = "segmenters"
OWN_FIELDS = ("levels", "weights")  # of `SegmenterConfig`, for every network


@dataclass(frozen=True, kw_only=True)
class NetworkFacts:
    """What a factory says of its network in `@network(...)`.

    Args:
        stride: of the logits.
        heads: first letters of the names of the layers that get the head's learning rate.
        dense: its convolutions mix all channels, so bfloat16 pays where a processor multiplies it natively; depthwise
            layers gain nothing.
        repeats: part of the name of a layer -> how often the released optimiser lists its parameters; the first part
            that fits counts, heads are listed once. Without it the network has no such released form.
        input_multiple: height and width of images must be multiples of it.
        padding: rows and columns that the network itself adds on every side of an image: `features` and `skips` are
            larger by them.
        mean_colour: RGB, 0..255, what its normalisation makes 0: the colour of what is hidden from it.
    """

    stride: int
    heads: tuple[str, ...] = ()
    dense: bool = False
    repeats: dict[str, int] = field(default_factory=dict)
    input_multiple: int = 1
    padding: int = 0
    mean_colour: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, kw_only=True)
class SegmenterFacts(NetworkFacts):
    """The facts of a network and the keyword-only arguments of its factory."""

    arguments: dict[str, Argument] = field(default_factory=dict)

    @property
    def levels(self) -> int:
        """How many levels it can have."""
        return 2 if "levels" in self.arguments else 1


def two_scale_multiple(stride: int, input_multiple: int) -> int:
    """What sides of images, crops and windows are multiples of, so that windows lie on the cells of the context.

    Args:
        stride, input_multiple: of the network that both scales share.
    """
    return 2 * math.lcm(stride, input_multiple)


def segmenter_facts(name: str) -> SegmenterFacts:
    """The facts of a network of `SEGMENTERS`."""
    said = decorator_of(SEGMENTERS, name, PACKAGE, "network")
    return SegmenterFacts(**said, arguments=arguments_of(SEGMENTERS, name, PACKAGE))


def segmenter_arguments(name: str) -> dict[str, Argument]:
    """The options of a network: what stands under `segmenter.arguments`."""
    known = segmenter_facts(name).arguments
    return {argument: what for argument, what in known.items() if argument not in OWN_FIELDS}


def start_licence(name: str) -> str:
    """Licence of the weights that `imagenet` means for a network, as its file says (`START_LICENCE`)."""
    return literal_beside(SEGMENTERS, name, PACKAGE, "START_LICENCE", "not stated")
