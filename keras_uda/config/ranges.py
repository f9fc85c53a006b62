"""Types of options with their ranges: annotations of the arguments of methods, add-ons, segmenters, readers, ...

The configuration reads these annotations from the source, without importing what they annotate: an annotation may use
the names of this module, `int`, `float`, `bool`, `str`, `None`, `tuple`, `dict` and `Literal`, and nothing else.
"""

from typing import Annotated
from typing import Literal

from pydantic import Field

from keras_uda.config.field_types import Place

MOST = 1e9

Share = Annotated[float, Field(ge=0, le=1)]
OpenShare = Annotated[float, Field(gt=0, le=1)]  # a share of nothing has no meaning
HalfShare = Annotated[float, Field(ge=0, le=0.5)]
BelowOne = Annotated[float, Field(ge=0, lt=1)]  # dropout, momentum
Weight = Annotated[float, Field(ge=0, le=MOST)]  # of a loss
Positive = Annotated[float, Field(gt=0, le=MOST)]
Ramp = Annotated[float, Field(gt=0, le=1000)]  # steepness
Decay = Annotated[float, Field(ge=0, le=100)]  # of weights, by an optimiser
Power = Annotated[float, Field(ge=0, le=100)]  # exponent
Horizon = Annotated[float, Field(ge=1, le=MOST)]  # end of a schedule in units of the stage
Scale = Annotated[float, Field(gt=0, le=100)]
Count = Annotated[int, Field(ge=0, le=MOST)]
Steps = Annotated[int, Field(ge=1, le=MOST)]
Width = Annotated[int, Field(ge=1, le=65536)]  # channels
WidthOrNone = Annotated[int, Field(ge=0, le=65536)]  # 0: there is no such layer
Depth = Annotated[int, Field(ge=1, le=8)]  # layers
Chances = tuple[Share, Share]
Margins = tuple[Share, Share, Share, Share]  # top, bottom, left, right, in shares of the sides
Crop = Annotated[tuple[OpenShare, ...], Field(max_length=2)]  # (width, height) in shares of the image; (): none
Scales = tuple[Scale, Scale]
Levels = Annotated[tuple[Weight, ...], "levels"]  # a weight of each level, the main level first
PerClass = Annotated[tuple[Share, ...], "classes"]  # one for each class, or none
Classes = Annotated[tuple[Annotated[int, Field(ge=0, lt=255)] | str, ...], "class names"]  # by name, or by number
Sizes = Annotated[tuple[tuple[float, ...], ...], "classes"]  # (lower, mean, upper) of each class; NaN: no such class
Pixels = Annotated[int, Field(ge=1, le=65536)]
ImageSizes = Annotated[tuple[tuple[Pixels, Pixels], ...], Field(max_length=2)]  # (height, width) of source, of target
Cells = Annotated[int, Field(ge=0, le=32)]  # in a row of a grid
Exponents = Annotated[tuple[Annotated[int, Field(ge=-20, le=20)], ...], Field(min_length=1, max_length=32)]  # of two
Dilations = Annotated[tuple[Annotated[int, Field(ge=1, le=1000)], ...], Field(min_length=1, max_length=32)]
Run = Annotated[Place, "run"]  # folder of a trained segmenter
BatchNormMode = Literal["live", "batch_stats", "frozen"]  # see segmenters/blocks.py
Policy = Literal["float32", "mixed_bfloat16", "mixed_float16"]
