"""What an artefact must reach to be published, and what is said of one that does not."""

from typing import NamedTuple

from keras_uda.config.names import ARGMAX
from keras_uda.core.errors import ArtefactError


class Bounds(NamedTuple):
    """What an artefact must reach.

    Args:
        agreement: share of pixels with the label that Keras gives.
        miou_loss: most that the mIoU may fall, as a fraction.
        decided: the same share of the pixels that are decided, see `Maps`.
    """

    agreement: float
    miou_loss: float
    decided: float = 0.0


EXACT = Bounds(0.9999, 0.001)
BOUNDS = {
    "saved_model": EXACT,
    "none": EXACT,
    "onnx": EXACT,
    "float16": Bounds(0.98, 0.005, decided=0.999),  # a short run has many pixels that rounding decides
    "dynamic": Bounds(0.98, 0.01),
    "int8": Bounds(0.98, 0.01),
    "int8_aeq": Bounds(0.98, 0.01),
    "selective": Bounds(0.98, 0.01),
    "uint8": Bounds(0.95, 0.02),  # both ends of the network are in 8 bits as well
}
# What the forms of the argmax may cost beside the same network with the argmax of every pixel; measured on networks of
# stride 4: 5 % of the pixels and 0.4 points at the stride, 2 % and 0.04 points at half of the frame (docs/device.md).
PRICES = {"full": Bounds(1.0, 0.0), "half": Bounds(0.9, 0.005), "small": Bounds(0.8, 0.015)}

REMEDIES = {  # by how the name of a file ends
    "_int8.tflite": "Take more --calibration frames, keep more --float-layers, or --quantize selective",
    "_int8_aeq.tflite": "Take --quantize int8, or selective",
    "_uint8.tflite": "Take --quantize int8, which keeps both ends of the network in float",
    "_selective.tflite": "Take more target frames to calibrate (--calibration), or --quantize float16",
    "_dynamic.tflite": "Take --quantize float16",
    "_float16.tflite": "Take --quantize none",
}


def require(name: str, bounds: Bounds, result: dict) -> None:
    """Refuses an artefact that is not the same model.

    Raises:
        ArtefactError: with what was measured, what was asked, and what to try.
    """
    if what := shortfall(bounds, result):
        known = (remedy for ending, remedy in REMEDIES.items() if name.endswith(ending))
        raise ArtefactError(name, what, next(known, "Run with --debug and report it"))


def require_worth(name: str, grid: str, kind: str, result: dict) -> None:
    """Refuses an artefact whose coarse argmax costs more than its form may, compared with the argmax of every pixel.

    Args:
        name: of the file.
        grid: out of `names.ARGMAX`.
        kind: names its row of `BOUNDS`; what quantisation may cost comes on top.
        result: of `compare` with the maps at full size.
    Raises:
        ArtefactError: with what was measured, what was asked, and what to try.
    """
    price = PRICES[grid]
    bounds = Bounds(price.agreement + BOUNDS[kind].agreement - 1, price.miou_loss + BOUNDS[kind].miou_loss)
    if what := shortfall(bounds, result):
        finer = " or ".join(ARGMAX[: ARGMAX.index(grid)][::-1])
        raise ArtefactError(name, f"with --argmax {grid} {what}", f"Take --argmax {finer}")


def shortfall(bounds: Bounds, result: dict) -> str | None:
    """What an artefact lacks to be the same model, with its figure; None for one that is."""
    if result["ops_not_built_in"]:
        return f"needs ops that are not built in: {', '.join(result['ops_not_built_in'])}"
    compiled = result.get("agreement_compiled_model")
    if compiled is not None and compiled < EXACT.agreement:
        return f"has the labels of the interpreter on {compiled:.4%} of the pixels in CompiledModel, not {EXACT[0]:.2%}"
    if result["agreement"] < bounds.agreement:
        return f"agrees with Keras on {result['agreement']:.4%} of the pixels, not {bounds.agreement:.2%}"
    if result.get("agreement_larger") is not None and result["agreement_larger"] < bounds.agreement:
        what = f"agrees with Keras on {result['agreement_larger']:.4%} of the decided pixels"
        what += " of frames larger than the network"
        return f"{what}, not {bounds.agreement:.2%}: they are shrunk otherwise than in evaluation"
    if result["agreement_decided"] < bounds.decided:
        pixels = "pixels whose two best classes differ by more than rounding"
        return f"agrees with Keras on {result['agreement_decided']:.4%} of the {pixels}, not {bounds.decided:.2%}"
    if result["miou"] is not None and result["keras_miou"] - result["miou"] > bounds.miou_loss:
        what = f"mIoU {100 * result['miou']:.2f} % where Keras has {100 * result['keras_miou']:.2f} %"
        return f"{what}, more than {100 * bounds.miou_loss:g} point apart"
    return None
