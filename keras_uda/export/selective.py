"""int8 where it does no harm, by ai-edge-quantizer (extra `quantizer`): the groups of layers that suffer stay in float.

1. The ops between both ends of the network (see `litert.ends`) are cut into groups of neighbours.
2. Each group alone is put into 8 bits; its damage is the share of pixels of the target frames that change their class.
3. All groups are put into 8 bits; the worst ones go back to float until the share is within `DAMAGE`.
"""

import numpy as np

from keras_uda.artefacts.litert_ops import litert_ops
from keras_uda.artefacts.runners import LiteRT
from keras_uda.core.console import say
from keras_uda.core.errors import ArtefactError
from keras_uda.export import edge_quantizer
from keras_uda.export.litert import ends

GROUPS = 8
DAMAGE = 0.01  # share of pixels; the gate allows 0.02, on other frames
JUDGED_FRAMES = 8


def quantize(model: bytes, calibration: np.ndarray, float_layers: tuple[str, ...] = ()) -> bytes:
    """The content of an int8 `.tflite` file with some layers in float.

    Args:
        model: content of the float32 `.tflite` file.
        calibration: uint8 (n, height, width, 3) target frames.
        float_layers: parts of names of layers that stay in float in any case.
    Raises:
        ArtefactError: the quantiser fails.
    """
    try:
        trial = _Trial(model, calibration, set(ends(model, float_layers)))
        return trial.select(_groups(model, trial.always))
    except edge_quantizer.FAILURES as error:
        raise edge_quantizer.failure(error) from error


def _groups(model: bytes, always: set[str]) -> list[list[str]]:
    inner = [name for _, name in litert_ops(model) if name not in always]
    return [list(part) for part in np.array_split(inner, min(GROUPS, len(inner)))]


class _Trial:
    """Quantises with some ops in float, and measures."""

    def __init__(self, model: bytes, calibration: np.ndarray, always: set[str]):
        self.model, self.always, self.frames = model, always, calibration[:JUDGED_FRAMES]
        self.reference = _label_maps(model, self.frames)
        self.statistics = edge_quantizer.statistics(model, calibration)

    def content(self, kept: set[str]) -> bytes:
        return edge_quantizer.with_float_ops(self.model, self.statistics, self.always | kept)

    def damage(self, content: bytes) -> float:
        return float((_label_maps(content, self.frames) != self.reference).mean())

    def select(self, groups: list[list[str]]) -> bytes:
        inner = {name for group in groups for name in group}
        harm = [self.damage(self.content(inner - set(group))) for group in groups]
        worst_first = np.argsort(harm)[::-1]
        for count in range(len(groups)):
            content = self.content({name for index in worst_first[:count] for name in groups[index]})
            damage = self.damage(content)
            if damage <= DAMAGE:
                text = f"{count} of {len(groups)} groups of layers stay in float"
                say(f"selective: {text}, {100 * damage:.2f} % of the pixels change")
                return content
        what = f"even with one group of layers in 8 bits {100 * damage:.1f} % of the pixels change"
        raise ArtefactError("selective", what, "Take --quantize float16, or more target frames (--calibration)")


def _label_maps(content: bytes, frames: np.ndarray) -> np.ndarray:
    with edge_quantizer.hushed():
        return LiteRT(content)(frames)[0]
