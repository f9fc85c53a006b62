"""Two scales of one image through one network: the whole at half scale, windows of it at full scale, and their fusion.

Any network of `SEGMENTERS` without padding can be the one; the result is a segmenter like any other, for images of a
fixed size. Maps of images larger than a crop are those of sliding crops.
"""

import dataclasses
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager

import keras

from keras_uda.config.segmenter_spec import NetworkFacts
from keras_uda.config.segmenter_spec import two_scale_multiple
from keras_uda.core.errors import ConfigurationError
from keras_uda.segmenters.blocks import classifier
from keras_uda.segmenters.segformer_heads import all_mlp
from keras_uda.segmenters.two_scale_layers import DetailWindows
from keras_uda.segmenters.two_scale_layers import FuseScales
from keras_uda.segmenters.two_scale_layers import HalfScale
from keras_uda.segmenters.two_scale_layers import JoinCrops
from keras_uda.segmenters.two_scale_layers import SlidingCrops

NETWORK, ATTENTION, WINDOWS = "network", "scale_attention", "windows"  # names of layers
ATTENTION_WIDTH = 256  # at most; the published one


def two_scales(network: keras.Model, crop: tuple[int, int] | None = None, batch_norm: str = "live") -> keras.Model:
    """A segmenter that sees context and detail.

        context: network(image at half scale);   detail: network(windows, half of the sides of the image each)
        A = up((1 - a) A_context) + up(a) A_detail,   a = sigmoid(attention), which sees what the context is made of

    Outside of training, windows slide by half of their sides, and what overlaps is averaged; in training a method may
    draw one (`one_window`).

    Args:
        network: of `build_segmenter`; both scales share it. It becomes a layer of the result.
        crop: (rows, columns) that are fused at once: larger images are seen through crops that slide by half of their
            sides, and their logits are averaged. None: the whole image.
        batch_norm: of the attention, see `BatchNorm`.
    Returns:
        Functional model, RGB 0..255 of a fixed size -> {"logits" (fused, at the stride of the network), "features" and
        "skips" (of the context, of half the image), "context_logits", "detail_logits" (one window behind the other,
        all images of the batch each), "windows" (int32 (n, 4): top, bottom, left, right of every window)}.
    Raises:
        ConfigurationError: the network pads its images.
    Source: Hoyer et al., HRDA, ECCV 2022, section 3, https://arxiv.org/abs/2204.13132; released code lhoyer/HRDA
        mmseg/models/segmentors/hrda_encoder_decoder.py, decode_heads/hrda_head.py
    """
    if getattr(network, "padding", 0):
        raise ConfigurationError(f"{network.name} pads images, so its windows do not fit together", "Take another")
    stride, name = network.stride, network.name
    divisor, network.name = two_scale_multiple(stride, getattr(network, "input_multiple", 1)), NETWORK
    image = keras.Input((None, None, 3), name="image")
    crops = SlidingCrops(crop, divisor, name="crops")(image)
    context = network(HalfScale(name="context")(crops))
    windows, places = DetailWindows(divisor, name=WINDOWS)(crops)
    detail = network(windows)["logits"]
    attention = _attention(network, context, batch_norm)
    fused = FuseScales(stride, divisor, name="fusion")([crops, context["logits"], attention, detail, places])
    outputs = {
        "logits": JoinCrops(crop, divisor, name="join")([image, fused]),
        "features": context["features"],
        "skips": context["skips"],
        "context_logits": JoinCrops(crop, divisor, name="join_context")([image, context["logits"]]),
        "detail_logits": detail,
        "windows": places,
    }
    model = keras.Model(image, outputs, name=f"{name}_two_scales")
    for fact in ("repeats", *(field.name for field in dataclasses.fields(NetworkFacts))):
        if hasattr(network, fact):
            setattr(model, fact, getattr(network, fact))
    own_heads = (layer.name for layer in model.layers if layer.weights and layer.name.startswith(ATTENTION))
    model.input_multiple, model.head_names = divisor, (*network.head_names, *own_heads)
    return model


def has_two_scales(model: keras.Model) -> bool:
    """Whether a model was made by `two_scales`."""
    return "detail_logits" in model.output


def network_of(model: keras.Model) -> keras.Model:
    """The network that both scales share."""
    return model.get_layer(NETWORK)


def context_branch(model: keras.Model) -> keras.Model:
    """The segmenter without details, which sees images at half scale alone: less accurate, and much cheaper."""
    outputs = {key: model.output[key] for key in ("features", "skips")}
    branch = keras.Model(
        model.input, outputs | {"logits": model.output["context_logits"]}, name=f"{model.name}_context"
    )
    branch.stride, branch.input_multiple = 2 * model.stride, model.input_multiple
    return branch


def _attention(network: keras.Model, context: dict, batch_norm: str):
    """Logits of the attention, from maps of the context that are not finer than its logits."""
    probe = network.compute_output_spec(keras.KerasTensor((1, 256, 256, 3)))
    sizes = {key: spec.shape[1] for key, spec in probe["skips"].items() if spec.shape[1] <= probe["logits"].shape[1]}
    maps = {key: context["skips"][key] for key in sorted(sizes, key=sizes.get, reverse=True)}
    width = min(ATTENTION_WIDTH, context["features"].shape[-1])
    joined = all_mlp(maps or {"features": context["features"]}, width, batch_norm, ATTENTION)
    return classifier(joined, context["logits"].shape[-1], f"{ATTENTION}.conv_seg")


@contextmanager
def one_window(model: keras.Model, draw: Callable) -> Iterator[None]:
    """Passes of a segmenter in training meanwhile see one window of all images of a batch, drawn anew for every pass.

    Args:
        model: of `two_scales`.
        draw: (size of the images, size of a window, divisor of its coordinates) -> `Box`.
    """
    layer = model.get_layer(WINDOWS)
    layer.draw = draw
    try:
        yield
    finally:
        layer.draw = None
