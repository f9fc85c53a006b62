"""Runs a translator over the source images."""

from collections.abc import Callable

import keras
import tensorflow as tf

from keras_uda.core.console import progress
from keras_uda.data.decoding import evaluation_frames
from keras_uda.data.prepared import Prepared
from keras_uda.layers.image_pool import from_bytes
from keras_uda.layers.image_pool import to_bytes
from keras_uda.translations.folder import TranslationFolder


def generate(source: Prepared, translator: keras.Layer, folder: TranslationFolder) -> dict:
    """Translates the images that the folder does not have yet, one by one: a batch would change the last bits.

    Args:
        source: images as training sees them.
        translator: images (1, H, W, 3) in [-1, 1] -> the same.
        folder: opened.
    Returns:
        Its manifest.
    Raises:
        ResourceError: the disk refuses.
    """
    left = source.take([row for row, name in enumerate(source.names) if name not in folder.entries])
    if len(left):
        translate, frames = compiled(translator), evaluation_frames(left)
        for name, image, _ in progress(frames, "translating source images", len(frames)):
            folder.add(name, translate(image[None])[0].numpy())
    return folder.finish()


def compiled(translator: keras.Layer) -> Callable:
    """uint8 (1, H, W, 3) -> uint8 (1, H, W, 3)."""

    @tf.function(reduce_retracing=True)
    def translate(images):
        return to_bytes(translator(from_bytes(images)))

    return translate
