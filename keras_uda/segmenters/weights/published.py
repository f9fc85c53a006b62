"""Published PyTorch checkpoints of the DeepLab-v2 family, of FCN-8s and of SegFormer -> our segmenters.

Our layers carry the published names, so importing is: find the prefix, recognise the architecture, transpose, compare.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np

from keras_uda.config.schema import SegmenterConfig
from keras_uda.config.segmenter_spec import segmenter_arguments
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import UsageError
from keras_uda.segmenters.build import build_segmenter
from keras_uda.segmenters.weights import published_segformer

WEIGHT_NAMES = {
    "kernel": "weight",
    "gamma": "weight",
    "bias": "bias",
    "beta": "bias",
    "moving_mean": "running_mean",
    "moving_variance": "running_var",
}
FIRST_TENSORS = ("conv1.weight", "features.0.weight", "conv1_1.weight", published_segformer.FIRST)
MOST_CLASSES = 254
HEADS = ("layer5.", "layer6.", "classifier.", "score_", "bn_pretrain.", *published_segformer.HEADS)
REMEDY = "Leave parts out by name with --without, or give the checkpoint of a known network"


class Imported(NamedTuple):
    """A segmenter, what became of the file's tensors, and the layers that are in no tensor of it."""

    segmenter: keras.Model
    config: SegmenterConfig
    loaded: int
    left_out: list[str]
    at_random: list[str]


def import_weights(
    state: dict[str, np.ndarray],
    path: Path,
    *,
    classes: int | None = None,
    levels: int | None = None,
    dilations: tuple[int, ...] = (6, 12, 18, 24),
    batch_norm: str | None = None,
    without: Sequence[str] = (),
    prefix: str | None = None,
) -> Imported:
    """Builds the segmenter that a published state dict belongs to and sets every weight of it.

    Args:
        state: name -> array, from `checkpoints.read_checkpoint`.
        path: the file, for messages.
        classes: outputs; needed only if the heads are left out. Encoder files have none: 19 then.
        levels: heads of a ResNet-101; needed only if they are left out, otherwise as many as the file has.
        dilations: branches that are summed; (6, 12) for codes whose head returns early. Further branches are left out.
        batch_norm: of the segmenter; None: as published, `live` for SegFormer, `batch_stats` for the others.
        without: prefixes of published names that are neither read nor required, their layers start at random;
            `heads` stands for all heads.
        prefix: what stands before `conv1.weight` or `features.0.weight`; needed if the file holds several networks.
    Raises:
        ArtefactError: another network; a tensor is missing, left over, of another shape, or not finite.
    """
    without = tuple(part for name in without for part in (HEADS if name == "heads" else (name,)))
    state = _main_head_last(_strip(published_segformer.in_our_names(state), path, prefix))
    options = {"weights": "none", "aspp_dilations": tuple(dilations), "batch_norm": batch_norm or "batch_stats"}
    config = _recognise(state, path, levels, options)
    if config.name == "segformer":
        without += published_segformer.without_head(state)
        config.arguments["batch_norm"] = batch_norm or "live"
    unused = () if config.name.endswith("_proda") else [f".conv2d_list.{n}." for n in range(len(dilations), 9)]
    left_out = [n for n in state if n.startswith(without) or any(branch in n for branch in unused)]
    segmenter = build_segmenter(config, classes or _classes(state, path, without))
    expected = {n: variable for n, variable in published_names(segmenter).items() if not n.startswith(without)}
    ignored = {*left_out, *(n for n in state if n.endswith("num_batches_tracked"))}
    arrays = _fitting({n: array for n, array in state.items() if n not in ignored}, expected, path)
    for name, variable in expected.items():
        variable.assign(arrays[name])
    read = {name.rpartition(".")[0] for name in expected}
    at_random = [layer.name for layer in segmenter.layers if layer.weights and layer.name not in read]
    return Imported(segmenter, config, len(expected), left_out, at_random)


def published_names(segmenter: keras.Model) -> dict[str, keras.Variable]:
    """Name of the PyTorch tensor -> our variable, in the order of the layers."""
    return {
        f"{layer.name}.{WEIGHT_NAMES[variable.name]}": variable
        for layer in segmenter.layers
        for variable in layer.weights
    }


def _strip(state: dict, path: Path, prefix: str | None) -> dict[str, np.ndarray]:
    """The tensors of one network, without `module.`, `Scale.`, `ResNet101.model_state.` or whatever stands before."""
    found = [name.removesuffix(first) for first in FIRST_TENSORS for name in state if _ends(name, first)]
    if prefix is None and len(found) != 1:
        what = f"it holds {len(found)} networks ({', '.join(found) or 'no conv1.weight, no features.0.weight'})"
        remedy = "Name one with --prefix" if found else "Give a checkpoint of the DeepLab-v2 family or of SegFormer"
        raise ArtefactError(path, what, remedy)
    prefix = found[0] if prefix is None else prefix
    tensors = {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
    if not tensors:
        raise UsageError("--prefix", f"nothing in {path} starts with `{prefix}`", f"Use one of {', '.join(found)}")
    return tensors


def _ends(name: str, first: str) -> bool:
    """`layer1.0.conv1.weight` ends like the first tensor of a network, but its block is none."""
    before = name.removesuffix(first)
    return name.endswith(first) and (not before or (before.endswith(".") and not _in_block(before)))


def _in_block(prefix: str) -> bool:
    parts = prefix.rstrip(".").split(".")
    return parts[-1].isdigit() or parts[-1].startswith("layer")


def _main_head_last(state: dict) -> dict[str, np.ndarray]:
    """Networks with one head call it `layer5` or `layer6`; it becomes `layer6`, as the main one of two is called."""
    if "layer5.conv2d_list.0.weight" not in state or any(name.startswith("layer6.") for name in state):
        return state
    return {f"layer6.{n[7:]}" if n.startswith("layer5.") else n: array for n, array in state.items()}


def _recognise(state: dict, path: Path, levels: int | None, options: dict) -> SegmenterConfig:
    """The architecture, from names that only it has."""
    if "features.0.weight" in state:
        return _config("deeplab_v2_vgg16", options)
    if "conv1_1.weight" in state:
        return _config("fcn8s_vgg16", options)
    if published_segformer.FIRST in state:
        return _config("segformer", options | published_segformer.arguments_of(state, path), levels or 1)
    if "layer1.0.conv1.weight" not in state:
        what = "neither a ResNet-101 nor a VGG-16 of the DeepLab-v2 family, nor an encoder of SegFormer"
        raise ArtefactError(path, what, REMEDY)
    if "layer5.conv2d_list.0.0.weight" in state:
        return _config("deeplab_v2_resnet101_proda", options | {"feature_norm": "bn_pretrain.weight" in state})
    in_file = 2 if "layer5.conv2d_list.0.weight" in state else 1
    return _config("deeplab_v2_resnet101", options, levels or in_file)


def _config(name: str, options: dict, levels: int = 1) -> SegmenterConfig:
    """The network with those of the options that it has."""
    arguments = {option: value for option, value in options.items() if option in segmenter_arguments(name)}
    return SegmenterConfig(name=name, weights="none", levels=levels, arguments=arguments)


def _classes(state: dict, path: Path, without: tuple[str, ...]) -> int:
    """Outputs of the main head."""
    heads = ("layer6.conv2d_list.0", "classifier.conv2d_list.0", "layer5.head.1", "score_fr")
    for name in (f"{head}.weight" for head in (*heads, *published_segformer.CLASSIFIERS.values())):
        if name in state and not name.startswith(without):
            outputs = (*state[name].shape, 0)[0]  # of a tensor without values it may be any number
            if not 2 <= outputs <= MOST_CLASSES:
                raise ArtefactError(path, f"{name} has {outputs} outputs, not 2 to {MOST_CLASSES}", REMEDY)
            return outputs
    if published_segformer.FIRST in state:  # an encoder file, for a head that starts at random
        return len(CITYSCAPES)
    raise UsageError(
        "--classes",
        f"the number of classes is unknown, since no head of {path} is imported",
        "Name the classes of the new head",
    )


def _fitting(tensors: dict, expected: dict[str, keras.Variable], path: Path) -> dict[str, np.ndarray]:
    """The arrays in our layout; both sets of names are equal and every shape is right."""
    arrays = {}
    for name, variable in expected.items():
        if name not in tensors:
            raise ArtefactError(path, f"{name} {tuple(variable.shape)} is missing", REMEDY)
        arrays[name] = array = _transposed(tensors[name], tuple(variable.shape))
        if array.shape != tuple(variable.shape):
            what = f"{name} has shape {array.shape} (as Keras writes it), the segmenter needs {tuple(variable.shape)}"
            raise ArtefactError(path, what, REMEDY)
        if not np.issubdtype(array.dtype, np.floating) or not np.isfinite(array).all():
            raise ArtefactError(path, f"{name} holds NaN, infinity or no floating point numbers", REMEDY)
    unknown = [name for name in tensors if name not in expected]
    if unknown:
        what = f"{unknown[0]} {tensors[unknown[0]].shape} and {len(unknown) - 1} more are in no layer of the segmenter"
        raise ArtefactError(path, what, REMEDY)
    return arrays


def _transposed(array: np.ndarray, wanted: tuple[int, ...]) -> np.ndarray:
    """Convolutions OIHW -> HWIO, depthwise ones C1HW -> HWC1, dense layers (out, in) -> (in, out)."""
    if array.ndim == len(wanted) == 4 and array.shape[1] == wanted[-1] == 1:
        return array.transpose(2, 3, 0, 1)
    return array.transpose({4: (2, 3, 1, 0), 2: (1, 0)}.get(array.ndim, range(array.ndim)))
