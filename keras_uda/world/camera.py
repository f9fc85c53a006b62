"""One pinhole camera on a road that bends sideways and over hills."""

from dataclasses import dataclass

import numpy as np

NEAR = 0.5
FAR = 140.0


@dataclass(frozen=True)
class Camera:
    """Pinhole camera. Lengths in metres, image lengths in pixels, angles as tangents.

    A point is (x to the right of the road's axis, y above the road, z ahead of the camera). The road's axis bends
    sideways by curve * z^2 / 2 and rises by hill * z^2 / 2, so everything that stands on the road follows it:

        u = centre_x + focal * (x - lateral + curve z^2 / 2 - yaw z) / z
        v = horizon  + focal * (elevation - y - hill z^2 / 2) / z

    then both turn by `roll` about (centre_x, horizon).
    """

    width: int
    height: int
    focal: float
    centre_x: float
    horizon: float
    elevation: float
    lateral: float
    yaw: float = 0.0
    roll: float = 0.0
    curve: float = 0.0
    hill: float = 0.0

    def point(self, x: float, y: float, z: float) -> tuple[float, float]:
        """Pixel of one point with z >= NEAR."""
        u = self.focal * ((x - self.lateral) / z + self.curve * z / 2 - self.yaw)
        v = self.focal * ((self.elevation - y) / z - self.hill * z / 2)
        return self.centre_x + u - self.roll * v, self.horizon + v + self.roll * u

    def projector(self):
        """The function `point` with the camera's measures bound, which makes it faster: it is called most of all."""
        focal, lateral, yaw, elevation, roll = self.focal, self.lateral, self.yaw, self.elevation, self.roll
        centre_x, horizon, curve, hill = self.centre_x, self.horizon, self.curve / 2, self.hill / 2

        def point(x, y, z):
            u = focal * ((x - lateral) / z + curve * z - yaw)
            v = focal * ((elevation - y) / z - hill * z)
            return centre_x + u - roll * v, horizon + v + roll * u

        return point

    def points(self, xyz: np.ndarray) -> np.ndarray:
        """float (n, 3) points with z >= NEAR -> float (n, 2) pixels."""
        x, y, z = xyz[:, 0], xyz[:, 1], xyz[:, 2]
        u = self.focal * ((x - self.lateral) / z + (self.curve / 2) * z - self.yaw)
        v = self.focal * ((self.elevation - y) / z - (self.hill / 2) * z)
        return np.stack([self.centre_x + u - self.roll * v, self.horizon + v + self.roll * u], axis=1)

    def ground(self) -> tuple[int, np.ndarray, np.ndarray]:
        """Where each pixel meets the road surface.

        Returns:
            first: first image row that may show ground; x, z: float32 (height - first, width), z = FAR above it.
        """
        reach = abs(self.roll) * self.width + 1 + self.focal * abs(self.hill) * FAR
        first = int(min(max(self.horizon - reach, 0), self.height))
        down = np.arange(first, self.height, dtype=np.float32)[:, None] - np.float32(self.horizon)
        across = np.arange(self.width, dtype=np.float32)[None] - np.float32(self.centre_x)
        norm = np.float32(1 / (1 + self.roll**2))
        v = (down - np.float32(self.roll) * across) * norm
        root = v * v
        root += np.float32(2 * self.focal**2 * self.hill * self.elevation)
        below = v + np.sqrt(np.maximum(root, 0, out=root), out=root)
        z = np.float32(2 * self.focal * self.elevation) / np.maximum(below, np.float32(1e-3), out=below)
        np.minimum(z, np.float32(FAR), out=z)
        u = (across + np.float32(self.roll) * down) * norm
        x = u * np.float32(1 / self.focal) + np.float32(self.yaw)
        x -= np.float32(self.curve / 2) * z
        x *= z
        x += np.float32(self.lateral)
        return first, x, z
