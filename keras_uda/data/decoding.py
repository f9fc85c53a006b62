"""Decodes prepared files with TensorFlow operations only: into memory, one by one, or frame by frame for scoring."""

import os
from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from keras_uda.augment.colours import to_uint8
from keras_uda.core.errors import DataError
from keras_uda.data.cache.workers import cores
from keras_uda.data.formats.images import read_image
from keras_uda.data.formats.images import reason_of
from keras_uda.data.joined import DOMAIN
from keras_uda.data.prepared import Prepared
from keras_uda.data.problems import Problem
from keras_uda.data.problems import data_error
from keras_uda.ops.frames import decode_frame
from keras_uda.ops.frames import resize_frames


def pipeline_options() -> tf.data.Options:
    options = tf.data.Options()
    options.deterministic = True
    options.threading.private_threadpool_size = threads()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    options.autotune.enabled = False
    return options


def threads() -> int:
    """Of the pipeline; its own, because training leaves one thread to operations between each other."""
    return min(8, cores())


def decode_image(file: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """uint8 (H,W,3) at (width, height) = `size`: antialiased bilinear, half-pixel centres; for training.

    It is twice as fast as `decode_exactly`, and one level off in one or two of a hundred values.
    """
    image = _decoded(file)
    width, height = size
    shape = tf.shape(image)
    same = (shape[0] == height) & (shape[1] == width)
    image = tf.cond(same, lambda: image, lambda: to_uint8(tf.image.resize(image, (height, width), antialias=True)))
    return tf.ensure_shape(image, (height, width, 3))


def decode_exactly(file: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """`decode_image` to the byte as exported models, `predict` and servers see the frame; for evaluation."""
    return resize_frames(_decoded(file)[None], size[1], size[0])[0]


def _decoded(file: tf.Tensor) -> tf.Tensor:
    image = decode_frame(tf.io.read_file(file))
    image.set_shape([None, None, 3])
    return image


def decode_label(file: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """uint8 (H,W) from an 8-bit grey PNG that has the size already."""
    return tf.ensure_shape(tf.io.decode_png(tf.io.read_file(file), channels=1)[..., 0], (size[1], size[0]))


def decode_planes(file: tf.Tensor, shape: tuple[int, int, int]) -> tf.Tensor:
    """uint16 (H,W,C) = `shape` from a 16-bit grey PNG with one channel below the other."""
    height, width, channels = shape
    stacked = tf.io.decode_png(tf.io.read_file(file), channels=1, dtype="uint16")
    planes = tf.reshape(tf.ensure_shape(stacked, (channels * height, width, 1)), (channels, height, width))
    return tf.transpose(planes, (1, 2, 0))


def columns(prepared: Prepared) -> dict:
    """What belongs to a sample: key -> list of files, or array."""
    labels = {} if prepared.labels is None else {"label": prepared.labels}
    return {"image": prepared.images, **labels, **prepared.extras}


def decoder(prepared: Prepared):
    """A function from a row of the columns to a sample."""

    def decode(row):
        sample = dict(row)
        sample["image"] = decode_image(row["image"], prepared.size)
        for key in ("label", "pseudo_label"):
            if key in row and row[key].dtype == tf.string:
                sample[key] = decode_label(row[key], prepared.size)
        for key, shape in prepared.shapes.items():
            sample[key] = decode_planes(row[key], shape)
        return sample

    return decode


def frames_bytes(prepared: Prepared) -> int:
    """What all decoded frames and label maps take."""
    maps = 3 + (prepared.labels is not None) + ("pseudo_label" in prepared.extras)
    planes = sum(2 * int(np.prod(shape)) for shape in prepared.shapes.values())
    return len(prepared) * (prepared.size[0] * prepared.size[1] * maps + planes)


def constants(columns: dict) -> dict:
    with tf.device("CPU"):
        return {
            key: tf.constant([os.fsencode(file) for file in values] if isinstance(values, list) else values)
            for key, values in columns.items()
        }


def in_memory(prepared: Prepared) -> dict:
    """All samples decoded, as tensors with the sample in front; made once per `Prepared`.

    Raises:
        DataError: a file changed since it was checked.
    """
    if "table" not in prepared.memory:
        rows = tf.data.Dataset.from_tensor_slices(constants(columns(prepared)))
        decoded = rows.map(decoder(prepared), num_parallel_calls=threads()).batch(16).with_options(pipeline_options())
        parts: dict[str, list] = {}
        for rows in name_bad_files(decoded, prepared):
            for key, values in rows.items():
                parts.setdefault(key, []).append(values.numpy())
        with tf.device("CPU"):
            prepared.memory["table"] = {key: tf.constant(np.concatenate(p)) for key, p in parts.items()}
    return prepared.memory["table"]


def name_bad_files(items, prepared: Prepared) -> Iterator:
    """Yields `items`; a decoder's error that names no file becomes a `DataError` that does."""
    try:
        yield from items
    except (tf.errors.InvalidArgumentError, tf.errors.NotFoundError, tf.errors.DataLossError) as error:
        raise missing_file_error(prepared) or error from error


def missing_file_error(*domains: Prepared | None) -> DataError | None:
    """The error for files that are gone or damaged since they were checked; None if all are as they were."""
    problems, count = [], 0
    for prepared in filter(None, domains):
        for file in (*prepared.images, *(prepared.labels or ())):
            count += 1
            try:
                read_image(file)
            except DataError as error:
                problems.append(Problem(file, reason_of(error)))
    remedy = "Put the files back and run the same command again"
    return data_error("data", problems, count, remedy) if problems else None


class Frames:
    """Frames to score, read while iterating: (name, image uint8 (H,W,3) at network size, label uint8 or None).

    Labels have the size of their files. `len()` is known, and it may be iterated many times.

    Args:
        prepared: whose frames.
        limit: so many of them, spread evenly; None: all.
        own_size: images have the size of their files too.
    """

    def __init__(self, prepared: Prepared, limit: int | None = None, own_size: bool = False):
        self.prepared, self.own_size = prepared, own_size
        count = len(prepared) if limit is None else min(limit, len(prepared))
        self.rows = np.linspace(0, len(prepared) - 1, count).round().astype(int)

    def __len__(self) -> int:
        return len(self.rows)

    def spread(self, count: int) -> set[int]:
        """The places of so many frames, spread evenly; of several domains as many of each."""
        of_domain = self.prepared.extras[DOMAIN][self.rows] if self.prepared.shares else np.zeros(len(self))
        groups = [np.flatnonzero(of_domain == number) for number in np.unique(of_domain)]
        each = max(1, count // max(1, len(groups)))
        return {
            int(group[place]) for group in groups for place in np.linspace(0, len(group) - 1, each).round().astype(int)
        }

    def __iter__(self) -> Iterator[tuple[str, np.ndarray, np.ndarray | None]]:
        prepared = self.prepared
        columns = {"image": [prepared.images[row] for row in self.rows]}
        if prepared.labels is not None:
            columns["label"] = [prepared.labels[row] for row in self.rows]
        dataset = tf.data.Dataset.from_tensor_slices(constants(columns))
        dataset = dataset.map(self._read, num_parallel_calls=threads()).prefetch(4).with_options(pipeline_options())
        for row, frame in zip(self.rows, name_bad_files(dataset, prepared), strict=True):
            label = frame["label"].numpy() if "label" in frame else None
            yield prepared.names[row], frame["image"].numpy(), label

    def _read(self, row: dict) -> dict:
        image = _decoded(row["image"]) if self.own_size else decode_exactly(row["image"], self.prepared.size)
        frame = {"image": image}
        if "label" in row:
            frame["label"] = tf.io.decode_png(tf.io.read_file(row["label"]), channels=1)[..., 0]
        return frame


def evaluation_frames(prepared: Prepared, limit: int | None = None, own_size: bool = False) -> Frames:
    """The frames to score, or `limit` of them spread evenly; see `Frames`."""
    return Frames(prepared, limit, own_size)
