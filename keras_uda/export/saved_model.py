"""SavedModel folders: written with named signatures, read back only as a list of ops."""

from collections.abc import Sequence
from pathlib import Path

import tensorflow as tf


def write_saved_model(folder: Path, signatures: dict, weights: Sequence[tf.Variable] = ()) -> None:
    """Writes functions with input signatures as a SavedModel that loads without Keras.

    Args:
        folder: new folder.
        signatures: name -> `tf.function` with an input signature and a dict of outputs.
        weights: every variable that they read.
    """
    module = tf.Module()
    module.weights = list(weights)
    module.signatures_kept = list(signatures.values())  # TensorFlow saves only what hangs on the module
    tf.saved_model.save(module, str(folder), signatures={n: f.get_concrete_function() for n, f in signatures.items()})
