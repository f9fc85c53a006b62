"""Types of street: each changes some ranges of a look, and each look draws them by its own weights."""

import dataclasses
import random

CITY = {"houses": 1}
GREEN = {"field": 3, "park": 2, "hedge": 1.5, "fence": 1, "wall": 0.4}
ALONG_A_MOTORWAY = {"field": 4, "park": 2, "wall": 1.2, "fence": 0.8, "lawn": 0.6}

# What a type sets; everything else is the look's own. "mixed" is the look as it is.
TYPES = {
    "mixed": {},
    "canyon": dict(zones=CITY, floors=(5, 8), setback=(0.0, 0.3), pavement=(1.2, 4.0), ahead={"houses": 1}),
    "covered": dict(zones={"park": 1, "houses": 1}, trees=1.0, overhead={"canopy": 1}, ahead={"trees": 1}),
    "underpass": dict(floors=(3, 6), overhead={"bridge": 1}, ahead={"houses": 2, "trees": 1}),
    "country": dict(zones=GREEN, pavement=(0.0, 0.0), verge=1.0, parking=0.0, people=0.15, lamps=0.1, signs=0.25),
    "avenue": dict(zones=GREEN, trees=1.0, verge=0.8, parking=0.2, people=0.4),
    "motorway": dict(
        zones=ALONG_A_MOTORWAY,
        lane=(3.4, 3.9),
        lanes=(2, 2, 3, 3, 4),
        median=(1.0, 4.0),
        pavement=(0.0, 0.0),
        setback=(1.0, 6.0),
        verge=1.0,
        barriers=True,
        parking=0.0,
        junction=0.0,
        people=0.0,
        cyclists=0.0,
        trees=0.0,
        lamps=0.15,
        signs=0.3,
        traffic=0.7,
        fleet={"car": 12, "truck": 6, "bus": 0.6},
    ),
}

# How often a look shows each type. The variants of `street` are targets with other shares of the classes.
WEIGHTS = {
    "sim": {"mixed": 1},
    "street": {"mixed": 1},
    "drive": {"mixed": 1},
    "street_no_sky": {"canyon": 3, "covered": 1, "underpass": 1},
    "street_no_buildings": {"country": 2, "avenue": 1},
    "street_motorway": {"motorway": 1},
}


def on_a_street(seed: str, look, weights: dict):
    """The look with the ranges of one type of street, drawn by `weights`: type -> weight."""
    draw = random.Random(f"{seed} type")
    chosen = draw.choices(list(weights), list(weights.values()))[0]
    return dataclasses.replace(look, **TYPES[chosen]) if TYPES[chosen] else look
