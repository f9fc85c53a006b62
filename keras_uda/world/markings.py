"""What is painted on or patched into the road."""

import random

from keras_uda.world.layout import vary

CHUNK = 24.0  # metres of road made from one seed


def zebra(scene, draw, z):
    """A stop line and, often, a pedestrian crossing."""
    layout = scene.layout
    if draw.random() < 0.6:
        x = -layout.edge[-1] + 0.4
        while x < layout.edge[1] - 0.4:
            scene.paint.append(([(x, z), (x + 0.5, z), (x + 0.5, z + 3), (x, z + 3)], layout.marking, 0))
            x += 1.0
    scene.paint.append(
        (
            [(0, z - 1.5), (layout.keep * (layout.edge[layout.keep] - 0.3), z - 1.5)]
            + [(layout.keep * (layout.edge[layout.keep] - 0.3), z - 1.1), (0, z - 1.1)],
            layout.marking,
            0,
        )
    )


def dashes(scene):
    """Dashed lines between lanes, fixed to the road."""
    layout = scene.layout
    draw = random.Random(f"{scene.seed} dashes")
    length, gap = draw.choice(((1.0, 1.0), (2.0, 4.0), (3.0, 6.0), (4.0, 2.0)))
    period = length + gap
    for x in layout.dashes:
        z = -(scene.travelled % period)
        while z < 45:
            a, b = max(z, 0.6), z + length
            if b > a:
                scene.paint.append(([(x - 0.07, a), (x + 0.07, a), (x + 0.07, b), (x - 0.07, b)], layout.marking, 0))
            z += period


def patches(scene, draw, base):
    """Repaired asphalt."""
    layout = scene.layout
    for _ in range(draw.randint(0, 3)):
        x, z = draw.uniform(-layout.edge[-1], layout.edge[1] - 1), base + draw.uniform(0, CHUNK)
        w, d = draw.uniform(0.4, 2.5), draw.uniform(0.5, 7)
        right = min(x + w, layout.edge[1])
        scene.paint.append(([(x, z), (right, z), (right, z + d), (x, z + d)], vary(draw, layout.road, 0.1), 0))
