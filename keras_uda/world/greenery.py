"""Hedges, rows of trees, single trees, avenues and climbing plants."""

import random

from keras_uda.world import foliage
from keras_uda.world.layout import vary
from keras_uda.world.shadows import tree_shadow

STEMS = {"bare": (0.0, 0.0), "conifers": (0.02, 0.1), "crowns": (0.15, 0.4), "sparse": (0.12, 0.35)}


def leaf_palette(scene, draw, spread=0.16):
    """(leaf, light leaf, bark) colours of one plant."""
    look = scene.look
    leaf = vary(draw, draw.choice(look.leaves), spread)
    dark, bright = 1.15 - 0.5 * look.foliage, 1.0 + 1.3 * look.foliage
    bark = vary(draw, draw.choice(look.bark), 0.2)
    return tuple(c * dark for c in leaf), tuple(c * bright for c in leaf), bark


def green(scene, draw, side, z0, z1, height, offset, base=0.0):
    """Foliage seen from the side: a hedge, or a row of trees (higher than 3 m: with an uneven top)."""
    uneven = 0.05 if height < 3 else draw.uniform(0.15, 0.5)
    count = max(int((z1 - z0) / (0.8 if height < 3 else 2.0)), 3)
    tops = [(number / (count - 1), 1 - uneven * draw.random()) for number in range(count)]
    scene.add(
        z1,
        foliage.leaves,
        dict(
            side=side,
            x=side * (scene.layout.property[side] + offset),
            z0=z0,
            z1=z1,
            height=height,
            base=base,
            texture=leaf_wall(scene, draw),
            palette=leaf_palette(scene, draw, 0.15),
            depth=3.0,
            scale=draw.uniform(0.8, 1.6),
            tops=tops,
        ),
    )


def leaf_wall(scene, draw):
    """Number of a wall of leaves; the second half of the shelf has gaps, for bare and sparse seasons."""
    half = len(scene.atlas.leaf_walls) // 2
    return draw.randrange(half) + half * (draw.random() < max(scene.look.bare, scene.look.sparse))


def tree(scene, draw, side, x, z, heights, wide=1.0):
    """One tree at `x` metres from the axis, with its shadow; `heights` is a range, `wide` multiplies its spread."""
    height, look = draw.uniform(*heights), scene.look
    kind = draw.random()
    shelf = "bare" if kind < look.bare else "conifers" if draw.random() < look.evergreen * (wide == 1) else "crowns"
    if shelf == "crowns" and draw.random() < look.sparse:
        shelf = "sparse"
    palette = leaf_palette(scene, draw)
    if shelf == "conifers":
        dark = vary(draw, draw.choice(look.evergreens), 0.15)
        palette, height = (dark, tuple(c * 1.6 for c in dark), palette[2]), height * 1.15
    spread = height * draw.uniform(0.5, 0.85) * wide * (0.6 if shelf == "conifers" else 1.0)
    scene.add(
        z,
        foliage.tree,
        dict(
            x=side * x,
            z=z,
            height=height,
            spread=spread,
            trunk=draw.uniform(0.008, 0.02) * (height + 3.0),
            shelf=shelf,
            number=draw.randrange(len(getattr(scene.atlas, shelf))),
            palette=palette,
            stem=draw.uniform(*STEMS[shelf]),
            mirror=draw.random() < 0.5,
        ),
    )
    tree_shadow(scene, draw, side * x, z, height, spread, shelf)


def avenue(scene, number, start, end):
    """Large trees in one distance on both sides of some streets; their crowns meet above the road."""
    plan = random.Random(f"{scene.seed} avenue")
    if plan.random() >= scene.look.avenue:
        return
    step, height, wide = plan.uniform(6, 12), plan.uniform(8, 16), plan.uniform(1.0, 1.9)
    sides = plan.choice(((-1, 1), (-1, 1), (-1,), (1,)))
    draw = random.Random(f"{scene.seed} avenue {number}")
    for side in sides:
        layout = scene.layout
        x = layout.edge[side] + min(plan.uniform(0.6, 1.6), max(layout.pavement[side] - 0.3, 0.5))
        z = start + draw.uniform(0, 1.5)
        while z < end:
            tree(scene, draw, side, x, z, (height * 0.85, height * 1.1), wide)
            z += step * draw.uniform(0.85, 1.15)


def climbing(scene, draw, side, x, z0, z1, height):
    """Leaves that cover part of the wall at `x` from z0 to z1 up to about `height`."""
    length = draw.uniform(0.3, 1.0) * (z1 - z0)
    start = z0 + draw.random() * (z1 - z0 - length)
    count = max(int(length / 0.7), 4)
    tops = [(i / (count - 1), draw.uniform(0.3, 1.0) if 0 < i < count - 1 else 0.1) for i in range(count)]
    scene.add(
        start + length - 0.01,
        foliage.leaves,
        dict(
            side=side,
            x=x - side * 0.08,
            z0=start,
            z1=start + length,
            height=height * draw.uniform(0.3, 1.05),
            base=0.0,
            texture=leaf_wall(scene, draw),
            palette=leaf_palette(scene, draw, 0.12),
            depth=0.0,
            scale=draw.uniform(1.2, 2.4),
            tops=tops,
        ),
    )
