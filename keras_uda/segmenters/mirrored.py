"""A segmenter that averages its answers for an image and for the mirror image."""

import tensorflow as tf


class Mirrored:
    """Called like a segmenter; what it gives are logarithms of mean probabilities.

        logits = log((softmax(logits of x) + mirror(softmax(logits of mirror(x)))) / 2)

    Args:
        segmenter: RGB 0..255 (batch, height, width, 3) -> {"logits", ...}.
    """

    def __init__(self, segmenter):
        self.segmenter = segmenter

    def __call__(self, images, training: bool = False) -> dict:
        direct = self.segmenter(images, training=training)["logits"]
        mirrored = self.segmenter(images[:, :, ::-1], training=training)["logits"][:, :, ::-1]
        both = tf.stack([tf.nn.log_softmax(tf.cast(one, "float32")) for one in (direct, mirrored)])
        return {"logits": tf.reduce_logsumexp(both, axis=0) - tf.math.log(2.0)}
