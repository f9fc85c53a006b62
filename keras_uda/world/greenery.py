"""Hedges, rows of trees and single trees."""

from keras_uda.world import objects
from keras_uda.world.layout import vary


def green(scene, draw, side, z0, z1, height, offset, base=0.0):
    """Foliage seen from the side: a hedge, or a row of trees."""
    leaf = vary(draw, draw.choice(scene.look.leaves), 0.15)
    light_leaf = tuple(c * 1.5 for c in leaf)
    scene.add(
        z1,
        objects.screen,
        dict(
            side=side,
            x=side * (scene.layout.property[side] + offset),
            z0=z0,
            z1=z1,
            height=height,
            base=base,
            train_id=8,
            texture=draw.randrange(len(scene.atlas.leaf_walls)),
            palette=(leaf, light_leaf, (70, 56, 44)),
            depth=3.0,
            scale=draw.uniform(0.8, 1.6),
        ),
    )


def tree(scene, draw, side, x, z, heights):
    """One tree at `x` metres from the axis, with its shadow; `heights` is a range."""
    height = draw.uniform(*heights)
    bare = draw.random() < scene.look.bare
    leaf = vary(draw, draw.choice(scene.look.leaves), 0.16)
    bark = vary(draw, (78, 64, 52), 0.2)
    spread = height * draw.uniform(0.5, 0.85)
    shelf = scene.atlas.bare if bare else scene.atlas.crowns
    scene.add(
        z,
        objects.tree,
        dict(
            x=side * x,
            z=z,
            height=height,
            spread=spread,
            trunk=draw.uniform(0.08, 0.22),
            bare=bare,
            number=draw.randrange(len(shelf)),
            palette=(leaf, tuple(c * 1.6 for c in leaf), bark),
            stem=0.0 if bare else draw.uniform(0.18, 0.4),
            mirror=draw.random() < 0.5,
        ),
    )
    if scene.light.shadow < 1:
        sx, sz = scene.light.sun
        far_x, far_z = side * x - sx * height * 0.8, z + sz * height * 0.8
        wide = spread * 0.5
        scene.shadows.append(
            [
                (far_x - wide, far_z - wide),
                (far_x - wide, far_z + wide),
                (far_x + wide, far_z + wide),
                (far_x + wide, far_z - wide),
            ]
        )
