"""Layers that the segmenters share: batch normalisation as published, resizing that exports, input normalisation."""

import math
from collections.abc import Callable
from contextlib import contextmanager
from contextvars import ContextVar

import keras
import tensorflow as tf
from keras import ops

from keras_uda.ops import replicas

# By layer, where `remembering` says so. Each thread has its own: replicas take turns within a pass.
shares: ContextVar[dict[int, float] | None] = ContextVar("shares", default=None)
observer: ContextVar[Callable | None] = ContextVar("observer", default=None)  # see `observing`
CAFFE_MEAN = (104.00698793, 116.66876762, 122.67891434)


@contextmanager
def remembering(layers, share: float):
    """Batches that pass meanwhile are normalised with their own statistics, and move the moving ones by a share.

    Args:
        layers: of `BatchNorm`.
        share: of the usual move; 0 leaves no trace.
    """
    token = shares.set((shares.get() or {}) | {id(layer): share for layer in layers})
    try:
        yield
    finally:
        shares.reset(token)


@contextmanager
def observing(function: Callable):
    """Outside of training, batch norm shows its inputs before it normalises them.

    Args:
        function: (layer, float (batch, height, width, channels)), which may move the statistics of the layer.
    """
    token = observer.set(function)
    try:
        yield
    finally:
        observer.reset(token)


def moves_statistics(layer) -> bool:
    """Whether a layer normalises with the statistics of its batch in training."""
    is_live = layer.trainable and getattr(layer, "mode", "live") != "frozen"
    return isinstance(layer, keras.layers.BatchNormalization) and is_live


def freeze_batch_norm(model: keras.Model, frozen: bool) -> None:
    """Batch norm of a model normalises with the statistics that it has, and nothing of it is trained; False: as built.

    A copy of a frozen model, such as a teacher, is frozen too.
    """
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = not frozen


@keras.saving.register_keras_serializable("keras_uda")
class BatchNorm(keras.layers.BatchNormalization):
    """Batch normalisation with PyTorch's moving variance and the freezing of the published DeepLab-v2 codes.

        train:  y = gamma (x - mean_batch) / sqrt(var_batch + epsilon) + beta
                moving <- momentum moving + (1 - momentum) (mean_batch, n / (n - 1) var_batch)
        else:   y = gamma (x - moving_mean) / sqrt(moving_variance + epsilon) + beta

    Args:
        mode: `live` trains gamma and beta; `batch_stats` keeps them but normalises with batch statistics and moves the
            moving ones (AdaptSegNet, ADVENT); `frozen` always uses the moving statistics.
        momentum: of the moving statistics, 1 - PyTorch's.
        epsilon: added to the variance.

    Attributes:
        remembered_share: by how much of the usual move a batch moves the moving statistics, see `remembering`.
    Source: torch.nn.BatchNorm2d; Caffe-style freezing in github.com/valeoai/ADVENT advent/model/deeplabv2.py
    """

    def __init__(self, mode: str = "live", momentum: float = 0.9, epsilon: float = 1e-5, **kwargs):
        if mode not in ("live", "batch_stats", "frozen"):
            raise ValueError(f"mode is live, batch_stats or frozen, not {mode!r}")
        super().__init__(momentum=momentum, epsilon=epsilon, **kwargs)
        self.mode = mode

    @property
    def remembered_share(self) -> float:
        return (shares.get() or {}).get(id(self), 1.0)

    def add_weight(self, *args, trainable=True, **kwargs):
        # What is not trained moves by statistics: replicas agree on their mean.
        aggregation = "none" if trainable else "mean"
        trainable = trainable and self.mode == "live"
        return super().add_weight(*args, trainable=trainable, aggregation=aggregation, **kwargs)

    def call(self, inputs, training=None, mask=None):
        if not training or not self.trainable or self.mode == "frozen":
            if (observe := observer.get()) is not None:
                observe(self, inputs)
            return super().call(inputs, training=False)
        if replicas.count() > 1:
            return self._normalized_together(inputs)
        # The fused kernel is twice as fast as Keras' own sum of ops on CPU and returns the unbiased variance.
        inputs = ops.cast(inputs, self.compute_dtype)
        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs, scale=self.gamma, offset=self.beta, mean=tf.zeros([0]), variance=tf.zeros([0]),
            epsilon=self.epsilon, exponential_avg_factor=1.0, is_training=True,
        )  # fmt: skip
        if self.remembered_share:
            self._move(self.moving_mean, mean)
            self._move(self.moving_variance, variance)
        return outputs

    def _normalized_together(self, inputs):
        """The batch of all replicas as one."""
        whole = ops.cast(inputs, "float32")
        mean = replicas.mean_over_replicas(ops.mean(whole, axis=(0, 1, 2)))
        variance = replicas.mean_over_replicas(ops.mean(ops.square(whole - mean), axis=(0, 1, 2)))
        if self.remembered_share:
            number = ops.cast(ops.size(whole[..., 0]) * replicas.count(), "float32")
            self._move(self.moving_mean, mean)
            self._move(self.moving_variance, variance * number / ops.maximum(number - 1.0, 1.0))
        outputs = tf.nn.batch_normalization(whole, mean, variance, self.beta, self.gamma, self.epsilon)
        return ops.cast(outputs, self.compute_dtype)

    def _move(self, moving, batch) -> None:
        """Towards the statistic of a batch, where that is finite: NaN would outlive the bad batch it came from."""
        rate = (1.0 - self.momentum) * self.remembered_share
        moved = moving * (1.0 - rate) + batch * rate
        moving.assign(ops.where(ops.isfinite(moved), moved, moving))

    def get_config(self):
        return super().get_config() | {"mode": self.mode}


@keras.saving.register_keras_serializable("keras_uda")
class ResizeLike(keras.layers.Layer):
    """Resizes the first map bilinearly (half-pixel centres) to height and width of the second.

    Keras' own resizing layers cannot be exported with a dynamic size; this one becomes a built-in LiteRT op.
    """

    def call(self, inputs):
        image, like = inputs
        return ops.cast(tf.image.resize(image, tf.shape(like)[1:3]), self.compute_dtype)

    def compute_output_shape(self, input_shape):
        image, like = input_shape
        return (image[0], like[1], like[2], image[3])


@keras.saving.register_keras_serializable("keras_uda")
class CropLike(keras.layers.Layer):
    """Cuts height and width of the second map out of the first, `offset` rows and columns from its corner."""

    def __init__(self, offset: int, **kwargs):
        super().__init__(**kwargs)
        self.offset = offset

    def call(self, inputs):
        image, like = inputs
        rows, columns = tf.unstack(tf.shape(like)[1:3])
        return image[:, self.offset : self.offset + rows, self.offset : self.offset + columns]

    def compute_output_shape(self, input_shape):
        image, like = input_shape
        return (image[0], like[1], like[2], image[3])

    def get_config(self):
        return super().get_config() | {"offset": self.offset}


@keras.saving.register_keras_serializable("keras_uda")
class MaxPool(keras.layers.Layer):
    """3x3 maximum with stride 2 and padding 1, sizes rounded as `ceil_mode` of the published stem has it.

        n -> floor(n / 2) + 1,   without `ceil_mode` floor((n - 1) / 2) + 1

    Args:
        ceil_mode: round up.
        pad_value: what stands outside of the map.
    Source: torch.nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=True)
    """

    def __init__(self, ceil_mode: bool = True, pad_value: float = -math.inf, **kwargs):
        super().__init__(**kwargs)
        self.ceil_mode, self.pad_value = ceil_mode, pad_value

    def call(self, inputs):
        # Two rows after the last one cover both parities: on odd sizes the second is never reached.
        border = (1, 2 if self.ceil_mode else 1)
        padded = tf.pad(inputs, ((0, 0), border, border, (0, 0)), constant_values=self.pad_value)
        return tf.nn.max_pool2d(padded, 3, 2, "VALID")

    def compute_output_shape(self, input_shape):
        rows, columns = (n and (n // 2 if self.ceil_mode else (n - 1) // 2) + 1 for n in input_shape[1:3])
        return (input_shape[0], rows, columns, input_shape[3])

    def get_config(self):
        return super().get_config() | {"ceil_mode": self.ceil_mode, "pad_value": self.pad_value}


@keras.saving.register_keras_serializable("keras_uda")
class CaffeNormalization(keras.layers.Layer):
    """RGB 0..255 -> BGR minus the mean of ImageNet, the input of Caffe-trained backbones."""

    def call(self, images):
        return ops.stack([images[..., 2], images[..., 1], images[..., 0]], axis=-1) - ops.cast(CAFFE_MEAN, "float32")


def classifier(x, classes: int, name: str):
    """1x1 convolution with bias to class logits, always in float32."""
    return keras.layers.Conv2D(classes, 1, dtype="float32", name=name)(x)
