"""The built-in world: seeded street scenes in the looks `sim`, `street` and `drive`, drawn with exact labels."""

import random

import cv2
import numpy as np

VERSION = 0
LOOKS = ("sim", "street", "drive")
SPLIT_STARTS = {"train": 0, "val": 1_000_000, "test": 2_000_000}
SPLIT_LENGTH = 1_000_000


def indices(split: str, frames: int) -> range:
    """Frame numbers of a split; the ranges of different splits never overlap."""
    if split not in SPLIT_STARTS:
        raise ValueError(f"Split {split!r} must be one of {sorted(SPLIT_STARTS)}.")
    if not 0 <= frames <= SPLIT_LENGTH:
        raise ValueError(f"{frames} frames asked of a split of {SPLIT_LENGTH}.")
    return range(SPLIT_STARTS[split], SPLIT_STARTS[split] + frames)


def render(look: str, index: int, size: tuple[int, int], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draws frame `index` of a look: a pure function of (VERSION, seed, index, size).

    Returns:
        image: uint8 (height, width, 3), RGB; label: uint8 (height, width), Cityscapes train ids, 255 = ignore.
    """
    if look not in LOOKS:
        raise ValueError(f"Look {look!r} must be one of {LOOKS}.")
    width, height = size
    draw = random.Random(f"{VERSION} {look} {seed} {index}")
    canvas = np.zeros((height, width, 4), np.uint8)
    horizon = int(height * draw.uniform(0.4, 0.55))
    canvas[:horizon] = (150, 190, 235, 10)
    canvas[horizon:] = (160, 155, 150, 1)
    base = np.array([[0.1, 1], [0.9, 1], [0.55, 0], [0.45, 0]]) * (width, height - horizon) + (0, horizon)
    cv2.fillPoly(canvas, [base.astype(np.int32)], (90, 90, 95, 0))
    colours = {2: (150, 90, 70), 8: (60, 100, 45), 13: (40, 60, 130), 11: (120, 40, 60), 5: (70, 70, 70)}
    for _ in range(14):
        train_id = draw.choice(list(colours) + list(range(19)))
        colour = colours.get(train_id, [40 + 10 * train_id, 250 - 12 * train_id, (train_id * 53) % 256])
        left, top = draw.randrange(width), int(height * draw.uniform(0.2, 0.6))
        w, h = int(width * draw.uniform(0.03, 0.2)), int(height * draw.uniform(0.1, 0.3))
        cv2.rectangle(canvas, (left, top), (left + w, top + h), (*colour, train_id), -1)
    image = canvas[..., :3].astype(np.float32)
    noise = np.random.default_rng([seed, index]).normal(0, 4 if look == "sim" else 12, image.shape)
    image = image * (1.0 if look == "sim" else 0.6) + noise
    return np.clip(image, 0, 255).astype(np.uint8), canvas[..., 3].copy()
