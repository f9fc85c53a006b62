"""A batch with random content, in the form that training reads: to time a step without any data."""

from collections.abc import Sequence

import numpy as np

from keras_uda.config.data_schema import DataConfig
from keras_uda.config.field_types import parse_size


def random_batch(reads: Sequence[str], data: DataConfig, stride: int) -> dict:
    """A batch for a stage.

    Args:
        reads: what its batches hold: `source`, `target`, and beside target images `label`, `pseudo_label`,
            `soft_label`, `distribution`, `weak`, `points`, `border`.
        data: batch size, sizes of both domains, classes.
        stride: of the segmenter, which soft labels have.
    Returns:
        {"source": {"image", "label"}, "target": {"image", ...}}: shapes and types of `training_batches`.
    """
    generator = np.random.default_rng(0)
    count, classes, batch = data.batch, len(data.classes), {}
    for side in ("source", "target"):
        if side in reads:
            width, height = parse_size(data.crop or getattr(data, side).size)
            image = generator.integers(0, 256, (count, height, width, 3), "uint8")
            made = {"image": image} | _beside(generator, (count, height, width), classes, stride)
            wanted = ("image", "label") if side == "source" else ("image", *reads)
            batch[side] = {key: value for key, value in made.items() if key in wanted}
    return batch


def _beside(generator: np.random.Generator, shape: tuple[int, int, int], classes: int, stride: int) -> dict:
    count, height, width = shape
    coarse = (count, -(-height // stride), -(-width // stride), classes)
    limits = (height, width, classes)
    return {
        "label": generator.integers(0, classes, shape, "uint8"),
        "pseudo_label": generator.integers(0, classes, shape, "uint8"),
        "soft_label": generator.integers(0, 65536, coarse, "uint16"),
        "distribution": generator.dirichlet(np.ones(classes), count).astype("float32"),
        "weak": generator.integers(0, 2, (count, classes)).astype("float32"),
        "border": np.zeros((count, 4), "int32"),
        "points": generator.integers(0, limits, (count, classes, 3)).astype("int32"),
    }
