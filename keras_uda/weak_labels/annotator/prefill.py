"""What the segmenter of a run sees in the images that a person tags: the page begins with it."""

from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from keras_uda.config.field_types import parse_size
from keras_uda.core.console import progress
from keras_uda.core.console import warn
from keras_uda.data.decoding import decode_image
from keras_uda.segmenters.build import load_segmenter
from keras_uda.segmenters.inference import probabilities_of
from keras_uda.weak_labels.annotator.guesses import presence
from keras_uda.weak_labels.annotator.kept import read_rows
from keras_uda.weak_labels.annotator.kept import write_rows

BATCH = 8


def guess(
    model: Path, folder: Path, images: list[str], output: Path, classes: tuple[str, ...]
) -> dict[str, np.ndarray]:
    """How sure the segmenter of a run is that each class is in each image; kept beside the output.

    Args:
        model: folder of the run.
        folder: of the images.
        images: names below it.
        output: file of the tags.
        classes: names; 0 for those that the segmenter does not know.
    Returns:
        image -> float32 (C,).
    """
    segmenter, record = load_segmenter(model)
    kept, key = output.with_suffix(".guesses.npz"), f"{record['sha256']} {','.join(classes)}"
    guesses = read_rows(kept, key)
    missing = [image for image in images if image not in guesses]
    pairs = presences(segmenter, parse_size(record["size"]), folder, missing)
    for image, presence_of in progress(pairs, "looking at the images", total=len(missing)):
        columns = [record["classes"].index(name) if name in record["classes"] else -1 for name in classes]
        guesses[image] = np.append(presence_of, 0.0).astype("float32")[columns]
    if missing:
        write_rows(kept, guesses, key)
    return {image: guesses[image] for image in images}


def presences(
    segmenter: keras.Model, size: tuple[int, int], folder: Path, images: list[str]
) -> Iterator[tuple[str, np.ndarray]]:
    """(image, float32 (classes of the segmenter,)) in batches of one size."""
    probabilities = tf.function(lambda batch: probabilities_of(segmenter, batch), reduce_retracing=True)
    for first in range(0, len(images), BATCH):
        names = images[first : first + BATCH]
        batch = tf.stack([read_or_black(folder / name, size) for name in names])
        for name, one in zip(names, probabilities(batch).numpy(), strict=True):
            yield name, presence(one)


def read_or_black(path: Path, size: tuple[int, int]):
    """The image, uint8 (height, width, 3); black with a warning where it cannot be read."""
    try:
        return decode_image(tf.constant(str(path)), size)
    except tf.errors.OpError:
        warn(f"{path}: cannot be read")
        return tf.zeros((size[1], size[0], 3), "uint8")
