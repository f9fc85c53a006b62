"""From the drawn picture to what a camera would have stored: light, veil, blur, grain, compression."""

import cv2
import numpy as np

from keras_uda.world.film import develop


def photograph(draw, moment, image, lens, grain, wet):
    """Draws the lens' properties and applies them to uint8 (height, width, 3).

    Args:
        draw, moment: random.Random of the street and of the frame. lens: ranges of `Look.lens`. grain: int8 noise
            tile. wet: whether it rains.
    """
    height, width = image.shape[:2]
    scale = max(height / 192.0, 0.3)
    if wet:
        image = _rain(moment, image)
    image = develop(draw, image, lens)
    amount = draw.uniform(*lens.vignette)
    if amount > 0.03:
        image = cv2.multiply(image, _vignette(height, width, amount), scale=1 / 255)
    sigma = draw.uniform(*lens.blur) * scale
    image = cv2.GaussianBlur(image, (0, 0), max(sigma, 0.3)) if min(height, width) > 3 else image
    noise = draw.uniform(*lens.noise)
    image = _grain(moment, image, noise, grain, scale)
    if lens.jpeg:
        quality = int(draw.uniform(*lens.jpeg))
        packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        image = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    return image


def _vignette(height, width, amount):
    across = np.linspace(-1, 1, width, dtype=np.float32)[None] ** 2
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None] ** 2
    fall = (255 * (1 - amount * 0.5 * (across + down))).astype(np.uint8)
    return cv2.merge([fall, fall, fall])


def _grain(draw, image, noise, grain, scale):
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


def _rain(draw, image):
    """Bright streaks and a few drops on the glass."""
    height, width = image.shape[:2]
    wet = image.copy()
    slant = draw.uniform(-0.3, 0.3)
    for _ in range(40):
        x, y, length = draw.random() * width, draw.random() * height, draw.uniform(0.02, 0.09) * height
        cv2.line(wet, (int(x), int(y)), (int(x + slant * length), int(y + length)), (190, 195, 200), 1)
    image = cv2.addWeighted(image, 0.75, wet, 0.25, 0)
    for _ in range(draw.randrange(9)):
        radius = max(int(draw.uniform(0.01, 0.035) * height), 1)
        x, y = draw.randrange(width), draw.randrange(height)
        part = image[max(y - radius, 0) : y + radius, max(x - radius, 0) : x + radius]
        if min(part.shape[:2]) > 2:
            part[:] = cv2.blur(part, (max(part.shape[1] // 2, 1), max(part.shape[0] // 2, 1)))
    return image
