"""Pictures made once per process from a fixed seed, with smaller copies for distant use.

Channels are roles, not colours: (wall, glass, trim) of a facade, (leaf, light leaf, bark) of a plant, (top, trousers,
skin) of a person. A palette drawn per object turns them into colours, so a few pictures give endless variety.
"""

import cv2
import numpy as np


class Texture:
    """A flat picture for `Painter.panel`.

    Args:
        roles: uint8 (height, width, 3). metre: pixels per metre. extra: what the drawer wants to remember.
    """

    def __init__(self, roles, metre, **extra):
        self.levels = [roles]
        while min(self.levels[-1].shape[:2]) > 8:
            height, width = self.levels[-1].shape[:2]
            self.levels.append(cv2.resize(self.levels[-1], (width // 2, height // 2), interpolation=cv2.INTER_AREA))
        self.metre = metre
        self.extra = extra

    def level(self, metres_per_pixel):
        """The smallest copy that is still sharp, and its pixels per metre."""
        wanted, number = metres_per_pixel * self.metre, 0
        while wanted >= 1.7 and number < len(self.levels) - 1:
            wanted, number = wanted / 2, number + 1
        return self.levels[number], self.metre / 2**number


class Sprite:
    """An upright picture with an outline, for `Painter.sprite`; roles uint8 (h, w, 3), mask uint8 (h, w) 0 or 255."""

    def __init__(self, roles, mask):
        self.levels = [(roles, mask)]
        while min(mask.shape) > 12:
            roles, mask = self.levels[-1]
            size = (mask.shape[1] // 2, mask.shape[0] // 2)
            self.levels.append(
                (
                    cv2.resize(roles, size, interpolation=cv2.INTER_AREA),
                    cv2.resize(mask, size, interpolation=cv2.INTER_AREA),
                )
            )

    def scaled(self, width, height, crop, mirror):
        """The part `crop` = (x0, y0, x1, y1) of the picture at (width, height) pixels."""
        number = 0
        while number < len(self.levels) - 1 and self.levels[number + 1][1].shape[0] >= height:
            number += 1
        roles, mask = self.levels[number]
        full_height, full_width = mask.shape
        x0, y0, x1, y1 = crop
        left, right = x0 * full_width / width, x1 * full_width / width
        top, bottom = y0 * full_height / height, y1 * full_height / height
        left, top = int(left), int(top)
        right, bottom = max(int(right + 0.999), left + 1), max(int(bottom + 0.999), top + 1)
        size = (x1 - x0, y1 - y0)
        if mirror:
            left, right = full_width - right, full_width - left
        roles = cv2.resize(roles[top:bottom, left:right], size, interpolation=cv2.INTER_LINEAR)
        mask = cv2.resize(mask[top:bottom, left:right], size, interpolation=cv2.INTER_LINEAR)
        if mirror:
            roles, mask = cv2.flip(roles, 1), cv2.flip(mask, 1)
        return roles, cv2.threshold(mask, 110, 255, cv2.THRESH_BINARY)[1]


def value_noise(rng, height, width, octaves):
    """Tileable float32 (height, width) of zero mean and unit deviation; octaves: (cells across, weight) pairs."""
    total = np.zeros((height, width), np.float32)
    for cells, weight in octaves:
        grid = rng.normal(size=(cells, cells)).astype(np.float32)
        grid = np.pad(grid, 2, mode="wrap")
        border_y, border_x = 2 * height // cells, 2 * width // cells
        big = cv2.resize(grid, (width + 2 * border_x, height + 2 * border_y), interpolation=cv2.INTER_CUBIC)
        total += weight * big[border_y : border_y + height, border_x : border_x + width]
    return (total - total.mean()) / total.std()
