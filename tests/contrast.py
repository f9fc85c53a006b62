"""Pixel contrast on the toy segmenter."""

from keras_uda.methods.contrastive_memory import ContrastiveMemory
from tests.toy import toy_optimizers
from tests.toy import toy_segmenter

SMALL = {
    "projection_width": 4, "memory_size": 6, "memory_start": 0.0, "contrast_start": 0.0, "memory_confidence": 0.0,
}  # fmt: skip


def toy(kind=ContrastiveMemory, **arguments):
    method = kind(toy_segmenter(), **(SMALL | arguments))
    method.compile(toy_optimizers(method), run_eagerly=True)
    return method
