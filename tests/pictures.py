"""Pictures that tests draw on the spot."""

import numpy as np

WIDTH, HEIGHT = 64, 48


def frame(index: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """A colourful picture, uint8 (height, width, 3): smooth waves, another phase for every index."""
    y, x = np.mgrid[:height, :width]
    waves = [np.sin((x * (c + 1) + y * (3 - c)) / 9 + index + c) for c in range(3)]
    return (127 + 120 * np.stack(waves, -1)).astype("uint8")


def scene(index: int, noise: int = 0) -> np.ndarray:
    """A picture of its own for every index, with the noise of a sensor."""
    grain = np.random.default_rng(noise).normal(0, 6, (48, 80, 3)) if noise else 0
    return np.clip(frame(index, 80, 48) + grain, 0, 255).astype("uint8")
