"""What a camera sees of its own car: bonnet, dashboard, mirror. The label is 255, as on real sets."""

import cv2
import numpy as np

from keras_uda.world.layout import vary
from keras_uda.world.painter import SUBPIXEL
from keras_uda.world.painter import UNIT

IGNORE = 255


def draw_bonnet(draw, painter, look):
    """Draws the own car over everything else, in the share of streets that the look says."""
    if draw.random() < look.bonnet:
        if draw.random() < 0.7:
            _hood(draw, painter, look)
        else:
            _dashboard(draw, painter)
    if draw.random() < look.bonnet * 0.12:
        _mirror(draw, painter)


def outline(draw, width, height, rise):
    """Pixels of a curved edge across the whole picture and its lower corners; `rise` is in shares of the height."""
    power, drop, centre = draw.uniform(1.6, 5.0), draw.uniform(0.05, 0.9), draw.uniform(0.4, 0.6)
    t = np.linspace(0, 1, 33)
    aside = np.abs(t - centre) / max(centre, 1 - centre)
    top = height * (1 - rise * (1 - drop * aside**power))
    edge = np.stack([t * (width + 2) - 1, top], axis=1)
    return np.concatenate([edge, [(width + 1, height + 1), (-1, height + 1)]])


def _hood(draw, painter, look):
    """A painted, shining bonnet: darker towards the camera, with the street upside down in it."""
    colour = np.array(painter.lit(vary(draw, draw.choice(look.paints), 0.15), 1.0), np.float32)
    gloss = draw.uniform(0.0, 0.55)
    place, mask, top = _part(painter, outline(draw, *_size(painter), draw.triangular(0.02, 0.22, 0.08)))
    if place is None:
        return
    depth = place.shape[0]
    fall = np.linspace(1.1, draw.uniform(0.45, 1.0), depth, dtype=np.float32)[:, None, None]
    body = np.minimum(colour * fall, 255) * (1 - gloss)
    above = painter.canvas[max(top - 3 * depth, 0) : top, :, :3]
    if gloss > 0.05 and above.shape[0] > 1:
        mirrored = cv2.blur(cv2.flip(cv2.resize(above, (above.shape[1], depth)), 0), (5, 3))
        body = body + gloss * mirrored.astype(np.float32)
    _fill(painter, place, mask, np.broadcast_to(body, (*mask.shape, 3)).astype(np.uint8))
    if draw.random() < 0.4:
        _wipers(draw, painter)


def _dashboard(draw, painter):
    """The dark edge of a dashboard, with a dull shine."""
    place, mask, _ = _part(painter, outline(draw, *_size(painter), draw.triangular(0.02, 0.2, 0.06)))
    if place is None:
        return
    shade = draw.uniform(6, 60)
    shine = np.linspace(draw.uniform(0, 40), 0, place.shape[0], dtype=np.float32)[:, None, None]
    body = shade * np.array((1.0, 1.0, draw.uniform(0.9, 1.1)), np.float32) + shine
    _fill(painter, place, mask, np.broadcast_to(body, (*mask.shape, 3)).astype(np.uint8))


def _wipers(draw, painter):
    width, height = _size(painter)
    for _ in range(draw.randint(1, 2)):
        x, y, reach = (
            draw.uniform(0.05, 0.7) * width,
            height * draw.uniform(0.96, 1.04),
            draw.uniform(0.15, 0.4) * width,
        )
        ends = [(x, y), (x + reach, y - height * draw.uniform(0.0, 0.05))]
        (x0, y0), (x1, y1) = [(int(u), int(v)) for u, v in ends]
        thick = max(int(height * 0.008), 1)
        cv2.line(painter.canvas, (x0, y0), (x1, y1), (14, 14, 15, IGNORE), thick)


def _mirror(draw, painter):
    """A mirror or the housing of a camera at the upper edge."""
    width, height = _size(painter)
    x, reach, drop = draw.uniform(0.2, 0.8) * width, draw.uniform(0.06, 0.16) * width, draw.uniform(0.03, 0.12) * height
    corners = [(x - reach, -2), (x + reach, -2), (x + reach * 0.9, drop), (x - reach * 0.9, drop)]
    painter.fill(corners, (*[draw.uniform(8, 40)] * 3, IGNORE))


def _size(painter):
    return painter.camera.width, painter.camera.height


def _part(painter, pixels):
    """(canvas below the highest point of the outline, mask of what is inside, first row); None for nothing."""
    top = int(min(max(pixels[:, 1].min(), 0), painter.camera.height))
    place = painter.canvas[top:]
    if place.shape[0] < 1:
        return None, None, top
    mask = np.zeros(place.shape[:2], np.uint8)
    cv2.fillPoly(mask, [((pixels - (0, top)) * UNIT).astype(np.int32)], 255, cv2.LINE_8, SUBPIXEL)
    return place, mask, top


def _fill(painter, place, mask, colours):
    drawn = cv2.cvtColor(np.ascontiguousarray(colours), cv2.COLOR_RGB2RGBA)
    drawn[..., 3] = IGNORE
    cv2.copyTo(drawn, mask, place)
