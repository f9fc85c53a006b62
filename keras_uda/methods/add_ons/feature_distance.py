"""Feature distance: features of things stay close to those that the training began with."""

import keras
import tensorflow as tf
from keras import ops

from keras_uda.config.ranges import Classes
from keras_uda.config.ranges import Share
from keras_uda.config.ranges import Weight
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import IGNORE
from keras_uda.core.classes import THINGS
from keras_uda.core.errors import ConfigurationError
from keras_uda.layers.mean_teacher import slow_copy
from keras_uda.losses.feature_distance import cell_labels
from keras_uda.losses.feature_distance import feature_distance
from keras_uda.methods.add_ons.base import AddOn
from keras_uda.segmenters.two_scale_layers import HalfScale
from keras_uda.segmenters.two_scales import has_two_scales
from keras_uda.segmenters.two_scales import network_of


class FeatureDistance(AddOn):
    """Features of things on source images stay close to those of the backbone as the stage starts.

        L = weight * mean over cells i of things of ||F(x_s)[i] - F_0(x_s)[i]||_2

    F is the last map of the backbone, F_0 that of a frozen copy, with ImageNet weights where the segmenter starts from
    them; with two scales, both are of the context, the image at half scale. A cell is of a class that fills `min_ratio`
    of it or more. The copy is in every checkpoint, so a resumed run keeps the start that it had.

    Args:
        method: that it is for.
        weight: lambda_FD.
        things: classes whose cells count, by name or number; (): those that are things in Cityscapes, or all where
            none is.
        min_ratio: r, share of a cell that one class must fill.
        features: the map: `features` or one of `skips`; None: the last one before the heads.
        class_names: of the run; filled in by training. Without them numbers are those of Cityscapes' 19 classes.
    Source: Hoyer et al., DAFormer, CVPR 2022, section 3.3, https://arxiv.org/abs/2111.14887;
        mmseg/models/uda/dacs.py of the released code
    Deviations:
        1. Without a cell of a thing the loss is 0; the released code logs NaN and has no gradient.
        2. Where an image is no whole number of cells, a cell is labelled by the part of each pixel that lies in it;
           the released code drops the last pixels.
        3. The frozen copy is that of the segmenter as the stage starts; published: ImageNet weights, which are the same
           where a run has one stage.
    """

    needs = ("source", "source_label")
    reports = ("feature_distance",)
    keeps_start = True

    def __init__(
        self,
        method,
        *,
        weight: Weight = 0.005,
        things: Classes = (),
        min_ratio: Share = 0.75,
        features: str | None = None,
        class_names: Classes = (),
        **kwargs,
    ):
        super().__init__(method, **kwargs)
        self.weight, self.min_ratio = weight, min_ratio
        self.things = thing_numbers(things, class_names, self.classes)
        self.half_scale = has_two_scales(method.segmenter)  # what it gives as features is then of the context
        network = network_of(method.segmenter) if self.half_scale else method.segmenter
        self.features = features or last_before_heads(network)
        self.frozen = slow_copy(keras.Model(network.input, named_map(network.output, self.features)))
        # The unpadded convolution before `features` of the only padded network takes its padding off again.
        self.padding = 0 if self.features == "features" else getattr(network, "padding", 0)

    def loss(self, step):
        features = named_map(step.outputs["source"], self.features)
        reference = self.reference(step.passes["source"].images)
        distance = feature_distance(features, reference, self.mask(step.source_label, features.shape[1:3]))
        return distance, {"feature_distance": distance}

    def reference(self, images):
        """The map of the frozen copy for images (batch, H, W, 3), 0..255."""
        images = ops.cast(images, "float32")
        return self.frozen(HalfScale()(images) if self.half_scale else images, training=False)

    def mask(self, labels, size: tuple[int, int]):
        """Cells of things: bool (batch, h, w) from labels (batch, H, W)."""
        around = ((0, 0), (self.padding,) * 2, (self.padding,) * 2)
        labels = tf.pad(tf.cast(labels, "int32"), around, constant_values=IGNORE)
        cells = cell_labels(labels, size, self.classes, self.min_ratio)
        return ops.any(cells[..., None] == ops.convert_to_tensor(self.things, "int32"), axis=-1)


def thing_numbers(things: tuple, names: tuple, classes: int) -> tuple[int, ...]:
    """Numbers of the classes that are things; all where none has the name of one.

    Raises:
        ConfigurationError: one is no class.
    """
    names = tuple(names) or (CITYSCAPES if classes == len(CITYSCAPES) else ())
    known = {name: number for number, name in enumerate(names)}
    found = [known.get(one, one) for one in things or [name for name in THINGS if name in known]]
    strange = [one for one in found if isinstance(one, str) or not 0 <= one < classes]
    if strange:
        raise ConfigurationError(f"`{strange[0]}` is no class", "Name things among the classes of the segmenter")
    return tuple(found or range(classes))


def last_before_heads(segmenter: keras.Model) -> str:
    """The map of a segmenter (`features`, or a name in `skips`) with most layers before it, none of them of a head."""
    heads, depths = set(getattr(segmenter, "head_names", ())), {}
    for name, output in all_maps(segmenter.output).items():
        layers = {layer.name for layer in keras.Model(segmenter.input, output).layers}
        if not layers & heads:
            depths[name] = len(layers)
    return max(depths, key=depths.get, default="features")


def named_map(outputs: dict, name: str):
    """A map by its name.

    Raises:
        ConfigurationError: there is none of it.
    """
    maps = all_maps(outputs)
    if name not in maps:
        raise ConfigurationError(f"features is `{name}`", f"The segmenter has {', '.join(maps)}")
    return maps[name]


def all_maps(outputs: dict) -> dict:
    """`features` and the skips, by name."""
    return {"features": outputs["features"], **outputs.get("skips", {})}
