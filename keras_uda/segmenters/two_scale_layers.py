"""What two scales of one network are joined with: crops, windows and their places, fusion; layers without weights."""

import keras
import tensorflow as tf

from keras_uda.core.errors import ConfigurationError
from keras_uda.ops.resize import half_pixel
from keras_uda.ops.resize import upsample
from keras_uda.ops.scale_fusion import fuse_scales
from keras_uda.ops.sliding import Box
from keras_uda.ops.sliding import coverage
from keras_uda.ops.sliding import cut
from keras_uda.ops.sliding import insert
from keras_uda.ops.sliding import mean_of_windows
from keras_uda.ops.sliding import sliding_boxes


def windows_of(size: tuple[int, int], divisor: int) -> tuple[tuple[int, int], list[Box]]:
    """(rows, columns) of the windows of an image: half of its sides; and all of them, sliding by half of theirs."""
    window, step = (tuple(max(divisor, side // part // divisor * divisor) for side in size) for part in (2, 4))
    return window, sliding_boxes(size, window, step)


def crops_of(size: tuple[int, int], crop: tuple[int, int] | None, divisor: int) -> tuple[tuple[int, int], list[Box]]:
    """(rows, columns) of the crops of an image, and all of them."""
    crop = tuple(min(sides) for sides in zip(size, crop or size, strict=True))
    step = tuple(max(divisor, side // 2 // divisor * divisor) for side in crop)
    return crop, sliding_boxes(size, crop, step)


def fixed_size(images, divisor: int) -> tuple[int, int]:
    """(rows, columns) of images.

    Raises:
        ConfigurationError: they have none, or they are no multiples of `divisor`.
    """
    size = tuple(images.shape[1:3])
    if None in size or any(side % divisor for side in size):
        given = "any" if None in size else f"{size[1]}x{size[0]}"
        what = f"Two scales need images of a fixed size in multiples of {divisor}, not {given}"
        raise ConfigurationError(what, "Set data.size")
    return size


class _Layer(keras.layers.Layer):
    """Float32, without weights, described by its arguments."""

    def __init__(self, **kwargs):
        super().__init__(**({"dtype": "float32"} | kwargs))


@keras.saving.register_keras_serializable("keras_uda")
class HalfScale(_Layer):
    """Images at half of their sides, bilinear with half-pixel centres: every pixel is the mean of four."""

    def call(self, images):
        return half_pixel(images, tuple(side // 2 for side in images.shape[1:3]))

    def compute_output_shape(self, input_shape):
        batch, *sides, channels = input_shape
        return (batch, *(side and side // 2 for side in sides), channels)


@keras.saving.register_keras_serializable("keras_uda")
class SlidingCrops(_Layer):
    """Crops of images, one behind the other, all images of the batch each; an image that is not larger is one crop.

    Args:
        crop, divisor: see `crops_of`.
    """

    def __init__(self, crop: tuple[int, int] | None, divisor: int, **kwargs):
        super().__init__(**kwargs)
        self.crop, self.divisor = crop and tuple(crop), divisor

    def call(self, images):
        crop, boxes = crops_of(fixed_size(images, self.divisor), self.crop, self.divisor)
        return images if len(boxes) == 1 else tf.concat([cut(images, box, crop) for box in boxes], axis=0)

    def compute_output_shape(self, input_shape):
        return (None, None, None, input_shape[-1])

    def get_config(self):
        return super().get_config() | {"crop": self.crop, "divisor": self.divisor}


@keras.saving.register_keras_serializable("keras_uda")
class JoinCrops(SlidingCrops):
    """Maps of crops as maps of the images; inputs are images and maps."""

    def call(self, inputs):
        images, maps = inputs
        size = fixed_size(images, self.divisor)
        crop, boxes = crops_of(size, self.crop, self.divisor)
        if len(boxes) == 1:
            return maps
        stride = crop[0] // maps.shape[1]
        cells = tuple(side // stride for side in size)
        parts = [on_grid(part, crop, stride) for part in tf.split(maps, len(boxes))]
        return mean_of_windows(parts, [box.on_grid(stride) for box in boxes], cells)

    def compute_output_shape(self, input_shape):
        images, maps = input_shape
        return (images[0], None, None, maps[-1])


@keras.saving.register_keras_serializable("keras_uda")
class DetailWindows(_Layer):
    """Windows of images at full scale, one behind the other, all images of the batch each; and their places.

    Args:
        divisor: of all coordinates.

    Attributes:
        draw: in training, (size, window, divisor) -> the one `Box` of all images; None: windows slide as ever. It is
            set for a while, see `one_window`, and no part of the configuration.
    """

    def __init__(self, divisor: int, **kwargs):
        super().__init__(**kwargs)
        self.divisor, self.draw = divisor, None

    def call(self, images, training=None):
        size = fixed_size(images, self.divisor)
        window, boxes = windows_of(size, self.divisor)
        boxes = [self.draw(size, window, self.divisor)] if training and self.draw is not None else boxes
        windows = tf.concat([cut(images, box, window) for box in boxes], axis=0)
        return windows, tf.stack([tf.stack(list(box)) for box in boxes])

    def compute_output_spec(self, images, training=None):
        windows = keras.KerasTensor((None, None, None, images.shape[-1]), "float32")
        return windows, keras.KerasTensor((None, 4), "int32")

    def get_config(self):
        return super().get_config() | {"divisor": self.divisor}


@keras.saving.register_keras_serializable("keras_uda")
class FuseScales(_Layer):
    """`fuse_scales` of images, context, logits of the attention, detail and places of the windows.

    Args:
        stride: of the logits.
        divisor: of the coordinates of windows.
    """

    def __init__(self, stride: int, divisor: int, **kwargs):
        super().__init__(**kwargs)
        self.stride, self.divisor = stride, divisor

    def call(self, inputs):
        images, context, attention, detail, places = inputs
        size = tuple(images.shape[1:3])
        window, boxes = windows_of(size, self.divisor)
        context, attention = (on_grid(one, size, 2 * self.stride) for one in (context, attention))
        detail, cells = on_grid(detail, window, self.stride), tuple(side // self.stride for side in size)
        if places.shape[0] == 1:
            box = Box(*tf.unstack(places[0]))
            inserted = insert(detail, box.on_grid(self.stride), cells)
            coarse = tuple(side // (2 * self.stride) for side in window)
            mask = coverage(box.on_grid(2 * self.stride), coarse, context.shape[1:3])
            return fuse_scales(context, attention, inserted, mask)
        parts, boxes = tf.split(detail, len(boxes)), [box.on_grid(self.stride) for box in boxes]
        return fuse_scales(context, attention, mean_of_windows(parts, boxes, cells))

    def compute_output_shape(self, input_shape):
        return (None, None, None, input_shape[1][-1])

    def get_config(self):
        return super().get_config() | {"stride": self.stride, "divisor": self.divisor}


def on_grid(maps, size: tuple[int, int], stride: int):
    """float32 maps with one cell for each `stride` pixels: DeepLab-v2 rounds up, with cells at both ends of a side."""
    cells = tuple(side // stride for side in size)
    return tf.cast(maps, "float32") if tuple(maps.shape[1:3]) == cells else upsample(maps, cells)
