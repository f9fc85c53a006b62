"""The graph that leaves the house: uint8 frame -> label map and confidence, or logits."""

from collections.abc import Callable
from typing import NamedTuple

import keras
import tensorflow as tf

from keras_uda.data.formats.images import LARGEST_PIXELS
from keras_uda.export.tails import WHOLE
from keras_uda.export.tails import Tail
from keras_uda.export.tails import outputs_of_tail
from keras_uda.ops.frames import nearest_back
from keras_uda.ops.frames import resize_frames
from keras_uda.ops.image_files import FINE
from keras_uda.ops.image_files import decode_image_files
from keras_uda.segmenters.inference import logits_of

INPUT = "image"


class Graph(NamedTuple):
    """A segmenter as a function.

    Args:
        outputs: `tf.function`, uint8 (batch, height, width, 3) -> what `outputs_of_tail` gives; with a free batch also
            the maps that `encoded` needs.
        batch: the fixed batch, or None for any.
        height: of the frames.
        width: of the frames.
        tail: form of the outputs.
        weights: variables that `outputs` reads.
        dtype: of the frames.
    """

    outputs: Callable
    batch: int | None
    height: int
    width: int
    tail: Tail = WHOLE
    weights: tuple = ()
    dtype: str = "uint8"

    @property
    def spec(self) -> tf.TensorSpec:
        """Of the frames."""
        return tf.TensorSpec((self.batch, self.height, self.width, 3), self.dtype, name=INPUT)

    def serve(self, image) -> dict:
        """The outputs that `tail` names."""
        outputs = self.outputs(image)
        return {name: outputs[name] for name in self.tail.names}


def trace(
    segmenter: keras.Model, size: tuple[int, int], batch: int | None, tail: Tail = WHOLE, dtype: str = "uint8"
) -> Graph:
    """Traces the segmenter at one size; its weights stay variables, of which there is one copy.

    Args:
        segmenter: float32, as `load_segmenter` gives it.
        size: (width, height) of the frames.
        batch: fixed (LiteRT folds dilated convolutions only at 1) or None for any.
        tail: form of the outputs.
        dtype: of the frames.
    """
    width, height = size
    tails = (tail,) if batch else (tail, Tail(argmax=tail.argmax))  # TensorFlow leaves out what nobody asks for

    def outputs(image):
        logits = logits_of(segmenter, image)
        return {name: value for one in tails for name, value in outputs_of_tail(one, logits, (height, width)).items()}

    graph = Graph(outputs, batch, height, width, tail, tuple(one.value for one in segmenter.variables), dtype)
    return graph._replace(outputs=tf.function(outputs, input_signature=[graph.spec]))


def fixed_size_function(graph: Graph):
    """`tf.function` of frames that have the size of the network already."""

    @tf.function(input_signature=[graph.spec])
    def serve(image):
        return graph.serve(image)

    return serve


def encoded_function(graph: Graph, identity: str):
    """`tf.function` for clients on a network: JPEG or PNG files of any sizes in, PNG files of label maps out.

    A file that cannot be decoded has an error code of `ops.image_files.ERRORS`, an empty file instead of a label map,
    and the confidence 0; those beside it in the batch are answered as ever.

    Args:
        graph: with a free batch.
        identity: short text that tells this model from the next version, given back with every frame.
    """

    def encode(label_map, error):
        return tf.cond(tf.equal(error, FINE), lambda: tf.io.encode_png(label_map[..., None]), lambda: "")

    @tf.function(input_signature=[tf.TensorSpec((None,), "string", name="image_bytes")])
    def serve(image_bytes):
        frames, errors = decode_image_files(image_bytes, graph.height, graph.width, LARGEST_PIXELS)
        maps = graph.outputs(frames)
        confidence = tf.reduce_mean(tf.cast(maps["confidence"], "float32"), (1, 2)) / 255.0
        encoded = tf.map_fn(lambda pair: encode(*pair), (maps["label_map"], errors), fn_output_signature="string")
        return {
            "label_png_bytes": encoded,  # TensorFlow Serving sends what ends in `_bytes` as base64
            "mean_confidence": tf.where(tf.equal(errors, FINE), confidence, 0.0),
            "error": errors,
            "model": tf.fill(tf.shape(image_bytes), identity),
        }

    return serve


def about_function(description: str):
    """`tf.function` that gives a client the classes, palette and size it must know, as JSON."""

    # TensorFlow Serving refuses signatures without an input.
    @tf.function(input_signature=[tf.TensorSpec((None,), "string", name="query")])
    def serve(query):
        return {"about": tf.fill(tf.shape(query), description)}

    return serve


def any_size_function(graph: Graph):
    """`tf.function` of frames of any size: resized on the way in, maps brought back by nearest; logits stay."""
    spec = tf.TensorSpec((graph.batch, None, None, 3), "uint8", name=INPUT)

    @tf.function(input_signature=[spec])
    def serve(image):
        outputs = graph.serve(resize_frames(image, graph.height, graph.width))
        if graph.tail.outputs == "logits":
            return outputs
        return {name: nearest_back(value, tf.shape(image)[1:3]) for name, value in outputs.items()}

    return serve
