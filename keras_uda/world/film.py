"""What a camera makes of light: exposure, tone curve and saturation of a picture."""

import math

import cv2
import numpy as np

LUMA = (0.299, 0.587, 0.114)


def develop(draw, image, lens):
    """Draws the film of one scene and applies it to uint8 (height, width, 3)."""
    saturation = mostly(draw, lens.saturation, 0.7)
    stops = metered(image, draw.triangular(*lens.meter)) if lens.meter else 0.0
    tone = tone_curve(
        contrast=mostly(draw, lens.contrast, sum(lens.contrast) / 2),
        curve=mostly(draw, lens.curve, sum(lens.curve) / 2),
        exposure=stops + draw.uniform(*lens.exposure),
        lift=draw.uniform(*lens.lift),
        clipped=draw.random() < lens.clipped,
    )
    if abs(saturation - 1) > 0.02:
        image = cv2.transform(image, saturation_matrix(saturation))
    return cv2.LUT(image, tone)


def metered(image, target):
    """Stops that bring the mean of the lower two thirds three quarters of the way to `target`, as a camera does."""
    mean = max(sum(cv2.mean(image[image.shape[0] // 3 :])[:3]) / 3, 1.0)
    return min(max(0.75 * math.log2(target / mean), -1.0), 2.2)


def mostly(draw, limits, usual):
    """A draw from a range: a third evenly, the others close to what is usual."""
    low, high = limits
    if draw.random() < 0.35:
        return draw.uniform(low, high)
    return min(max(draw.gauss(usual, (high - low) / 7), low), high)


def saturation_matrix(amount):
    """float32 (3, 3) that keeps the luma and multiplies the distance to grey: 0 = grey, 1 = unchanged."""
    return (np.float32(amount) * np.eye(3) + np.float32(1 - amount) * np.array([LUMA] * 3)).astype(np.float32)


def tone_curve(contrast=1.0, curve=0.0, exposure=0.0, lift=0.0, clipped=False):
    """uint8 (256,) look-up table.

        x = 2^exposure v / 255,    s = x + curve (smooth(x) - x),    smooth(x) = x^2 (3 - 2 x)
        t = 118 + contrast (255 s - 118) + lift

    Args:
        contrast: slope about a middle grey of 118. curve: 0 = straight, positive = dark and bright ends are pressed
            together as a camera for display does, negative = the opposite. exposure: stops. lift: added to all.
        clipped: the brightest values go to white whatever else is drawn, as a sky does that is too bright for the
            sensor.
    """
    x = np.clip(np.arange(256) / 255.0 * 2.0**exposure, 0, 1)
    s = x + curve * (x * x * (3 - 2 * x) - x)
    tone = np.clip((255 * s - 118) * contrast + 118 + lift, 0, 255)
    if clipped:
        tone += (255 - tone) * np.clip((np.arange(256) - 215) / 25, 0, 1)
    return tone.astype(np.uint8)
