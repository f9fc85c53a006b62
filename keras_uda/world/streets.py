"""Types of street: each changes some ranges of a look, and each look draws them by its own weights.

Nothing is in every street: a draw of its own decides whether a street has people, cycles, signs, lamps, lights, trees,
traffic or parked cars at all, so that no class is bound to a place in the picture.
"""

import dataclasses
import random

FURNITURE = ("lamps", "signs", "signals")  # a street without one often has none of them
CITY = {"houses": 1}
GREEN = {"field": 3, "park": 2, "hedge": 1.5, "fence": 1, "wall": 0.4}
ALONG_A_MOTORWAY = {"field": 4, "park": 2, "wall": 1.2, "fence": 0.8, "lawn": 0.6}
SUBURB = {"lawn": 5, "hedge": 1.5, "houses": 1, "park": 0.6, "fence": 0.5}
BUSY = {"houses": 8, "park": 0.5, "car_park": 0.5, "fence": 0.4}

# What a type sets; everything else is the look's own. "mixed" is the look as it is.
TYPES = {
    "mixed": {},
    "terraces": dict(
        zones={"houses": 12, "wall": 0.5, "hedge": 0.3},
        lanes=(1,),
        pavement=(1.8, 4.5),
        setback=(0.0, 3.0),
        floors=(2, 3),
        fronts={"low_wall": 3, "railing": 2, "hedge": 1, "none": 2},
        parked=0.9,
        parking=0.55,
        on_pavement=0.4,
    ),
    "shops": dict(
        zones=BUSY, floors=(2, 4), setback=(0.0, 0.2), pavement=(2.0, 6.0), awnings=0.7, goods=0.9, people=1.5
    ),
    "lane": dict(
        zones={"houses": 6, "wall": 3, "fence": 1, "hedge": 1},
        lane=(2.3, 2.8),
        lanes=(1,),
        one_way=0.7,
        parking=0.15,
        pavement=(0.4, 1.2),
        setback=(0.0, 0.2),
        floors=(2, 5),
        signs=0.25,
        trees=0.1,
        on_pavement=0.3,
        avenue=0.0,
    ),
    "plaza": dict(zones=BUSY, pavement=(6.0, 16.0), parking=0.1, people=2.0, awnings=0.4, goods=1.2, clutter=1.2),
    "works": dict(zones={"works": 4, "houses": 3}, works=1.0, signs=0.7, clutter=0.6),
    "junction": dict(inside=1.0, signals=0.9, crossers=0.5, signs=0.6),
    "canyon": dict(zones=CITY, floors=(5, 8), setback=(0.0, 0.3), pavement=(1.2, 4.0), ahead={"houses": 1}),
    "covered": dict(zones={"park": 1, "houses": 1}, trees=1.0, overhead={"canopy": 1}, ahead={"trees": 1}),
    "underpass": dict(floors=(3, 6), overhead={"bridge": 1}, ahead={"houses": 2, "trees": 1}),
    "bridge": dict(overhead={"bridge": 1}),
    "tunnel": dict(zones={"wall": 3, "park": 1, "houses": 1}, ahead={"tunnel": 1}, junction=0.0),
    "closed": dict(ahead={"houses": 3, "trees": 1}),
    "suburb": dict(zones=SUBURB, floors=(1, 2), setback=(2.0, 7.0), fronts={"hedge": 2, "low_wall": 1, "none": 2}),
    "car_park": dict(zones={"car_park": 4, "houses": 1, "park": 1}, angled=0.8, parking=0.8, signs=0.3),
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
        crossers=0.0,
        trees=0.0,
        lamps=0.15,
        signs=0.3,
        gantries=0.3,
        clutter=0.0,
        traffic=0.7,
        fleet={"car": 12, "truck": 6, "bus": 0.6},
    ),
}

# How often a look shows each type. The variants of `street` are targets with other shares of the classes.
WEIGHTS = {
    "sim": {
        "mixed": 5,
        "terraces": 4,
        "shops": 3,
        "lane": 2,
        "plaza": 2.2,
        "works": 1.2,
        "junction": 2.5,
        "canyon": 1.5,
        "covered": 1,
        "underpass": 0.6,
        "bridge": 0.8,
        "tunnel": 0.5,
        "closed": 2,
        "suburb": 1.6,
        "car_park": 0.8,
        "country": 1.2,
        "avenue": 0.8,
        "motorway": 1.2,
    },
    "street": {"mixed": 9, "shops": 2, "terraces": 1.5, "junction": 1.2, "closed": 0.8, "works": 0.5, "plaza": 0.4},
    "drive": {"mixed": 1},
    "street_no_sky": {"canyon": 3, "covered": 1, "underpass": 1},
    "street_no_buildings": {"country": 2, "avenue": 1},
    "street_motorway": {"motorway": 1},
}


# Probability that a street has any of these; `furnished` is that of any lamps, signs or lights at all. A drive has all.
THERE = dict(people=0.55, cyclists=0.6, lamps=0.75, signs=0.75, signals=0.9, trees=0.75, traffic=0.85, parked=0.8)
PRESENCE = {
    "sim": dict(furnished=0.6, crossers=0.55, **THERE),
    "street": dict(furnished=0.9, crossers=0.6, **{name: 1 - (1 - chance) * 0.4 for name, chance in THERE.items()}),
}
PRESENCE |= {name: PRESENCE["street"] for name in WEIGHTS if name.startswith("street_")}


def on_a_street(seed: str, look, name: str):
    """The look `name` with the ranges of one type of street, and with what there is in this one."""
    draw, weights = random.Random(f"{seed} type"), WEIGHTS[name]
    chosen = TYPES[draw.choices(list(weights), list(weights.values()))[0]]
    look = dataclasses.replace(look, **chosen)
    return dataclasses.replace(look, **_amounts(draw, look, PRESENCE[name])) if name in PRESENCE else look


def _amounts(draw, look, presence):
    """How many of each thing: none in some streets, up to 1.8 times the usual number in others."""
    furnished = draw.random() < presence["furnished"]
    amounts = {}
    for thing, chance in presence.items():
        if thing != "furnished":
            there = draw.random() < chance and (furnished or thing not in FURNITURE)
            amounts[thing] = getattr(look, thing) * draw.uniform(0.5, 1.8) if there else 0.0
    return amounts
