"""The built-in world: seeded street scenes in the looks `sim`, `street` and `drive`, drawn with exact labels."""

import math
import random

import cv2
import numpy as np

from keras_uda.world.appearance import LOOKS
from keras_uda.world.atlas import atlas as pictures_of
from keras_uda.world.bonnet import draw_bonnet
from keras_uda.world.ground import draw_ground
from keras_uda.world.ground import mirror_in_puddles
from keras_uda.world.layout import draw_layout
from keras_uda.world.layout import vary
from keras_uda.world.lens import photograph
from keras_uda.world.light import draw_light
from keras_uda.world.painter import Painter
from keras_uda.world.scene import Scene
from keras_uda.world.season import dress
from keras_uda.world.shadows import cast_shadows
from keras_uda.world.sky import draw_backdrop
from keras_uda.world.sky import draw_sky
from keras_uda.world.streets import on_a_street
from keras_uda.world.surfaces import roughen
from keras_uda.world.viewpoint import draw_camera
from keras_uda.world.windscreen import glare

VERSION = 2
SPLIT_STARTS = {"train": 0, "val": 1_000_000, "test": 2_000_000}
SPLIT_LENGTH = 1_000_000
FRAMES_PER_SECOND = 12
SPEED = 8.0  # metres per second of the camera car in `drive`


def indices(split: str, frames: int) -> range:
    """Frame numbers of a split; the ranges of different splits never overlap."""
    if split not in SPLIT_STARTS:
        raise ValueError(f"Split {split!r} must be one of {sorted(SPLIT_STARTS)}.")
    if not 0 <= frames <= SPLIT_LENGTH:
        raise ValueError(f"{frames} frames asked of a split of {SPLIT_LENGTH}.")
    return range(SPLIT_STARTS[split], SPLIT_STARTS[split] + frames)


def render(look: str, index: int, size: tuple[int, int], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draws frame `index` of a look: a pure function of (VERSION, look, seed, index, size).

    Args:
        look: "sim", "street", "drive" (successive frames of one moving camera in the look of `street`), or a variant of
            `street` with other shares of the classes: "street_no_sky", "street_no_buildings", "street_motorway".
        index: frame number; see `indices`. size: (width, height) in pixels. seed: which world.
    Returns:
        image: uint8 (height, width, 3), RGB; label: uint8 (height, width), Cityscapes train ids, 255 = ignore.
    """
    if look not in LOOKS:
        raise ValueError(f"Look {look!r} must be one of {sorted(LOOKS)}.")
    if min(size) < 1:
        raise ValueError(f"Size {size} must be (width, height), each at least 1.")
    moving = look == "drive"
    street = f"{VERSION} {look} {seed}" if moving else f"{VERSION} {look} {seed} {index}"
    time = index / FRAMES_PER_SECOND if moving else 0.0
    setting = random.Random(street)
    moment = random.Random(f"{street} {index}")
    style, pictures = dress(setting, on_a_street(street, LOOKS[look], look)), pictures_of(look)
    layout = draw_layout(setting, style)
    light = draw_light(setting, style)
    bend = 0.0015 * math.sin(time / 5) if moving else 0.0
    camera = draw_camera(setting, style, size, layout, bend)
    painter = Painter(camera, light.gain, light.fog, light.density)
    travelled = setting.uniform(5, 23) + SPEED * time
    scene = Scene(street, layout, style, pictures, light, travelled, time)
    scene.build()
    _draw(painter, scene, setting)
    drawn = cv2.cvtColor(painter.canvas, cv2.COLOR_RGBA2RGB)
    drawn = glare(drawn, light, camera)
    image = photograph(setting, moment, drawn, style.lens, pictures, light.rain)
    return image, cv2.extractChannel(painter.canvas, 3)


def _draw(painter, scene, setting):
    """From far to near: sky, horizon, ground, markings, shadows, things."""
    light, style = scene.light, scene.look
    offset = setting.randrange(128), setting.randrange(256)
    draw_sky(painter, light, scene.atlas.cloud, offset)
    highest = setting.uniform(5, 16)
    heights = [setting.uniform(0.3, 1.0) * highest for _ in range(24)]
    green = setting.random() < 0.5 or "houses" not in style.zones
    colour = vary(setting, setting.choice(style.leaves if green else style.walls), 0.1)
    draw_backdrop(painter, heights, colour, 8 if green else 2)
    relief = setting.uniform(*style.ground_relief)
    tile, amount = (scene.atlas.litter, max(0.3, style.litter)) if style.litter else (scene.atlas.ground, relief)
    surface = draw_ground(painter, scene.layout, tile, scene.travelled, amount, light.wet)
    for points, paint, train_id in scene.paint:
        painter.polygon([(x, 0.0, z) for x, z in points], paint, train_id)
    if surface is not None:
        cast_shadows(painter, scene.shadows, light.shadow if light.shadow < 1 else 0.75, *surface)
    for _, draw_function, properties in scene.things:
        draw_function(painter, scene.atlas, light, properties)
    roughen(setting, painter.canvas, scene.atlas.patches, setting.triangular(*style.roughness))
    if light.wet and surface is not None:
        mirror_in_puddles(painter, surface[0], 0.5 * light.wet)
    draw_bonnet(setting, painter, style)
