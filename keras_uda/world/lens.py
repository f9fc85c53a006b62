"""From the drawn picture to what a camera would have stored: light, veil, blur, grain, compression."""

import cv2
import numpy as np

from keras_uda.world import windscreen
from keras_uda.world.film import develop


def photograph(draw, moment, image, lens, pictures, rain):
    """Draws the lens' properties and applies them to uint8 (height, width, 3).

    Args:
        draw, moment: random.Random of the street and of the frame. lens: ranges of `Look.lens`. pictures: Atlas.
        rain: whether it rains.
    """
    height, width = image.shape[:2]
    scale = max(height / 192.0, 0.3)
    image = _through_glass(draw, moment, image, lens, pictures, rain)
    amount = draw.uniform(*lens.vignette)
    if amount > 0.03:
        image = cv2.multiply(image, _vignette(height, width, amount), scale=1 / 255)
    image = develop(draw, image, lens)
    sigma = draw.uniform(*lens.blur) * scale
    if sigma > 0.32 and min(height, width) > 3:
        image = cv2.GaussianBlur(image, (0, 0), sigma)
    noise = draw.uniform(*lens.noise)
    image = _grain(moment, image, noise, pictures.grain)
    if lens.jpeg and draw.random() < lens.packed:
        quality = int(draw.uniform(*lens.jpeg))
        packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        image = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    return image


def _through_glass(draw, moment, image, lens, pictures, rain):
    if rain:
        image = windscreen.rain(moment, image)
    if rain or draw.random() < lens.drops:
        image = windscreen.drops(moment, image, moment.randrange(1, 12))
    if draw.random() < lens.dirt:
        image = windscreen.dirt(draw, image)
    if draw.random() < lens.reflection:
        image = windscreen.reflection(draw, image, pictures.cloud, draw.uniform(0.1, 0.6))
    return image


def _vignette(height, width, amount):
    across = np.linspace(-1, 1, width, dtype=np.float32)[None] ** 2
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None] ** 2
    fall = (255 * (1 - amount * 0.5 * (across + down))).astype(np.uint8)
    return cv2.merge([fall, fall, fall])


def _grain(draw, image, noise, grain):
    """Adds sensor noise of standard deviation `noise`, cut from a fixed tile at a drawn place."""
    height, width = image.shape[:2]
    if noise < 0.3:
        return image
    top, left = draw.randrange(256), draw.randrange(256)
    tile = grain[top : top + 256, left : left + 256]
    if height <= 256 and width <= 256:
        tile = tile[:height, :width]
    else:
        tile = np.tile(tile, (-(-height // 256), -(-width // 256), 1))[:height, :width]
    return cv2.addWeighted(image, 1.0, tile, noise / 32.0, 0.0, dtype=cv2.CV_8U)
