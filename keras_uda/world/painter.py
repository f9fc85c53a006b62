"""Draws polygons, textured panels and sprites into one canvas that holds colour and class together."""

from math import ceil
from math import floor
from math import hypot

import cv2
import numpy as np

from keras_uda.world.camera import NEAR

SUBPIXEL = 4  # binary digits behind the point in polygon coordinates
UNIT = 1 << SUBPIXEL
LIMIT = 1 << 20


def clip_near(points):
    """Cuts a polygon [(x, y, z), ...] at the near plane."""
    kept = []
    for (x0, y0, z0), (x1, y1, z1) in zip(points, [*points[1:], points[0]], strict=True):
        if z0 >= NEAR:
            kept.append((x0, y0, z0))
        if (z0 >= NEAR) != (z1 >= NEAR):
            t = (NEAR - z0) / (z1 - z0)
            kept.append((x0 + t * (x1 - x0), y0 + t * (y1 - y0), NEAR))
    return kept


class Painter:
    """A canvas of uint8 (height, width, 4): red, green, blue, train id; later strokes cover earlier ones.

    Colour and class are written by the same call, so a label edge is exactly the drawn edge.

    Args:
        camera: Camera. gain: light per colour channel. fog: colour at infinity. density: extinction per metre.
    """

    def __init__(self, camera, gain, fog, density):
        self.camera = camera
        self.point = camera.projector()
        self.gain = gain
        self.fog = fog
        self.density = density
        self.canvas = np.empty((camera.height, camera.width, 4), np.uint8)

    def lit(self, colour, depth, shade=1.0):
        """The colour as seen from `depth` metres away under the scene's light."""
        clear = 1.0 / (1.0 + self.density * depth) ** 2
        veil = 1.0 - clear
        (red, green, blue), (gain_r, gain_g, gain_b), fog = colour, self.gain, self.fog
        red, green, blue = red * gain_r * shade, green * gain_g * shade, blue * gain_b * shade
        return (
            (red if red < 255.0 else 255.0) * clear + fog[0] * veil,
            (green if green < 255.0 else 255.0) * clear + fog[1] * veil,
            (blue if blue < 255.0 else 255.0) * clear + fog[2] * veil,
        )

    def polygon(self, points, colour, train_id, shade=1.0):
        """Fills a polygon of points (x, y, z) in one colour."""
        depth = min([p[2] for p in points])
        if depth < NEAR:
            points = clip_near(points)
            if len(points) < 3:
                return
            depth = NEAR
        point = self.point
        pixels = [point(x, y, z) for x, y, z in points]
        if self.outside(pixels):
            return
        corners = np.array([(int(u * UNIT), int(v * UNIT)) for u, v in pixels], np.int32)
        lit = (*self.lit(colour, depth, shade), train_id)
        cv2.fillPoly(self.canvas, [corners], lit, cv2.LINE_8, SUBPIXEL)

    def outside(self, pixels):
        """Whether all points lie beyond one border of the picture."""
        across, down = [u for u, _ in pixels], [v for _, v in pixels]
        if max(across) < 0 or min(across) > self.camera.width:
            return True
        return max(down) < -1 or min(down) > self.camera.height

    def fill(self, pixels, colour):
        """Fills a polygon given in pixels; colour holds four values."""
        if self.outside(pixels):
            return
        corners = np.array([(int(u * UNIT), int(v * UNIT)) for u, v in pixels], np.int32)
        cv2.fillPoly(self.canvas, [corners], colour, cv2.LINE_8, SUBPIXEL)

    def fill_array(self, pixels, colour):
        """As `fill`, for float (n, 2)."""
        cv2.fillPoly(self.canvas, [(pixels * UNIT).astype(np.int32)], colour, cv2.LINE_8, SUBPIXEL)

    def disc(self, centre, radius, colour, train_id, shade=1.0):
        """A circle facing the camera, radius in metres."""
        if centre[2] < NEAR:
            return
        u, v = self.point(*centre)
        if not (-LIMIT < u < LIMIT and -LIMIT < v < LIMIT):
            return
        pixels = max(radius * self.camera.focal / centre[2], 0.5)
        cv2.circle(
            self.canvas,
            (int(u * UNIT), int(v * UNIT)),
            int(pixels * UNIT),
            (*self.lit(colour, centre[2], shade), train_id),
            -1,
            cv2.LINE_8,
            SUBPIXEL,
        )

    def mixing(self, palette, depth, shade=1.0):
        """3x4 matrix from (three role weights, 1) to the lit colour."""
        clear = 1.0 / (1.0 + self.density * depth) ** 2
        strength = shade * clear / 255.0
        gain, fog = self.gain, self.fog
        return np.array(
            [[*(c[i] * gain[i] * strength for c in palette), fog[i] * (1.0 - clear)] for i in range(3)], np.float32
        )

    def paint(self, roles, mask, matrix, train_id, left, top):
        """Copies role weights, mixed to colours by a 3x4 matrix, into the canvas where the mask is set."""
        painted = cv2.cvtColor(cv2.transform(roles, matrix), cv2.COLOR_RGB2RGBA)
        painted[..., 3] = train_id
        height, width = mask.shape
        cv2.copyTo(painted, mask, self.canvas[top : top + height, left : left + width])

    def foliage(self, roles, mask, palette, depth, train_id, left, top, shade=1.0):
        """As `paint`, of roles (leaf, light leaf, bark, through): lets the share `through` of what is behind shine in.

        The class is that of the plant within the whole mask.
        """
        lit = np.array([self.lit(colour, depth, shade) for colour in palette], np.float32).T / 255.0
        drawn = cv2.transform(roles, np.hstack([lit, np.zeros((3, 1), np.float32)]))
        height, width = mask.shape
        place = self.canvas[top : top + height, left : left + width]
        through = cv2.cvtColor(cv2.extractChannel(roles, 3), cv2.COLOR_GRAY2RGB)
        behind = cv2.multiply(cv2.cvtColor(place, cv2.COLOR_RGBA2RGB), through, scale=1 / 255)
        painted = cv2.cvtColor(cv2.add(drawn, behind), cv2.COLOR_RGB2RGBA)
        painted[..., 3] = train_id
        cv2.copyTo(painted, mask, place)

    def _cover(self, roles, mask, palette, depth, train_id, left, top, shade):
        if roles.shape[2] == 4:
            self.foliage(roles, mask, palette, depth, train_id, left, top, shade)
        else:
            self.paint(roles, mask, self.mixing(palette, depth, shade), train_id, left, top)

    def panel(self, texture, window, corners, palette, train_id, shade=1.0, outline=None):
        """Hangs part of a texture on a flat quadrilateral.

        Args:
            texture: Texture. window: (left, top, right, bottom) in texture metres.
            corners: points at left-top, right-top, right-bottom, left-bottom, each with z >= NEAR.
            outline: None, or points of the same plane that bound what is drawn instead of the corners.
        """
        camera = self.camera
        pixels = [self.point(*c) for c in corners]
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = pixels
        left, right = max(floor(min(ax, bx, cx, dx)), 0), min(ceil(max(ax, bx, cx, dx)) + 1, camera.width)
        top, bottom = max(floor(min(ay, by, cy, dy)), 0), min(ceil(max(ay, by, cy, dy)) + 1, camera.height)
        if left >= right or top >= bottom:
            return
        span = max(hypot(bx - ax, by - ay), hypot(cx - dx, cy - dy), 1e-3)
        rise = max(hypot(dx - ax, dy - ay), hypot(cx - bx, cy - by), 1e-3)
        quad = np.array(pixels, np.float32)
        level, scale = texture.level(max((window[2] - window[0]) / span, (window[3] - window[1]) / rise * 0.7))
        x0, y0, x1, y1 = (value * scale for value in window)
        source = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)
        offset = np.array([left, top], np.float32)
        homography = cv2.getPerspectiveTransform(source, quad - offset)
        size = (right - left, bottom - top)
        warped = cv2.warpPerspective(level, homography, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        depth = sum(c[2] for c in corners) / 4
        mask = np.zeros((size[1], size[0]), np.uint8)
        edge = quad if outline is None else np.array([self.point(*c) for c in outline], np.float32)
        cv2.fillPoly(mask, [((edge - offset) * UNIT).astype(np.int32)], 255, cv2.LINE_8, SUBPIXEL)
        self._cover(warped, mask, palette, depth, train_id, left, top, shade)

    def sprite(self, sprite, foot, size, palette, train_id, shade=1.0, mirror=False):
        """Stands an upright picture at `foot` (x, y, z), `size` = (width, height) in metres, facing the camera."""
        x, y, z = foot
        if z < 1.2:
            return
        u, v = self.point(x, y, z)
        width = max(int(size[0] * self.camera.focal / z + 0.5), 1)
        height = max(int(size[1] * self.camera.focal / z + 0.5), 1)
        left, top = round(u - width / 2), round(v) - height
        x0, x1 = max(left, 0), min(left + width, self.camera.width)
        y0, y1 = max(top, 0), min(top + height, self.camera.height)
        if x0 >= x1 or y0 >= y1:
            return
        roles, mask = sprite.scaled(width, height, (x0 - left, y0 - top, x1 - left, y1 - top), mirror)
        self._cover(roles, mask, palette, z, train_id, x0, y0, shade)

    def mesh(self, vertices, corners, faces, colours, train_id):
        """Draws the faces of a solid that look at the camera.

        Args:
            vertices: float (n, 3), already placed. corners: int (faces, 3), three vertices of each face. faces: list of
            (vertex numbers, clockwise seen from outside; role). colours: role -> colour.
        """
        nearest = float(vertices[:, 2].min())
        if nearest < NEAR:
            self._mesh_at_the_border(vertices, faces, colours, train_id)
            return
        pixels = self.camera.points(vertices)
        left, right = float(pixels[:, 0].min()), float(pixels[:, 0].max())
        if right < 0 or left > self.camera.width:
            return
        a, b, c = pixels[corners[:, 0]], pixels[corners[:, 1]], pixels[corners[:, 2]]
        area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
        fixed = (pixels * UNIT).astype(np.int32)
        lit = {}
        for number in np.flatnonzero(area > 0).tolist():
            numbers, role = faces[number]
            if role not in lit:
                lit[role] = (*self.lit(colours[role], nearest), train_id)
            cv2.fillPoly(self.canvas, [fixed[numbers]], lit[role], cv2.LINE_8, SUBPIXEL)

    def _mesh_at_the_border(self, vertices, faces, colours, train_id):
        for numbers, role in faces:
            points = clip_near([tuple(v) for v in vertices[numbers].tolist()])
            if len(points) < 3:
                continue
            pixels = [self.point(*p) for p in points]
            area = sum(a[0] * b[1] - a[1] * b[0] for a, b in zip(pixels, [*pixels[1:], pixels[0]], strict=True))
            if area > 0:
                self.fill(pixels, (*self.lit(colours[role], NEAR), train_id))
