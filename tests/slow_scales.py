"""Two scales of an image in slow numpy: halving, doubling and fusion."""

import numpy as np


def halved(images: np.ndarray) -> np.ndarray:
    """Every pixel the mean of four."""
    batch, height, width, channels = images.shape
    return images.reshape(batch, height // 2, 2, width // 2, 2, channels).mean((2, 4)).astype("float32")


def doubled(maps: np.ndarray) -> np.ndarray:
    """Twice as many cells, bilinear with half-pixel centres: three quarters of a cell, a quarter of its neighbour."""
    for axis in (1, 2):
        cells = maps.shape[axis]
        places = (np.arange(2 * cells) + 0.5) / 2 - 0.5
        below = np.floor(places).astype(int)
        share = (places - below).reshape([-1 if one == axis else 1 for one in range(maps.ndim)])
        near, far = (np.take(maps, np.clip(one, 0, cells - 1), axis=axis) for one in (below, below + 1))
        maps = (1 - share) * near + share * far
    return maps


def sigmoid(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values.astype("float64")))


def fused(context, attention_logits, detail, mask=1.0) -> np.ndarray:
    """A = up2((1 - a) context) + up2(a) detail."""
    attention = sigmoid(np.asarray(attention_logits)) * mask
    return doubled((1 - attention) * context) + doubled(attention) * detail
