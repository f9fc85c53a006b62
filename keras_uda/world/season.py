"""Seasons: what trees, grass and ground look like in one street."""

import dataclasses
import random

from keras_uda.world.film import LUMA


def dress(draw: random.Random, look):
    """The look in one drawn season: with leaves, grass, and shares of bare and sparse trees of its own."""
    seasons = look.seasons
    season = draw.choices(seasons, [season.weight for season in seasons])[0]
    chroma, brightness = draw.uniform(*look.leaf_chroma), draw.uniform(*look.leaf_brightness)
    dry = draw.uniform(0.3, 1.1)
    return dataclasses.replace(
        look,
        leaves=tuple(toned(colour, chroma, brightness) for colour in season.leaves),
        evergreens=tuple(toned(colour, chroma, brightness) for colour in look.evergreens),
        grass=tuple(toned(colour, min(chroma, dry) * 1.1, draw.uniform(0.7, 1.1)) for colour in season.grass),
        bare=draw.uniform(*season.bare),
        sparse=draw.uniform(*season.sparse),
        litter=draw.random() if draw.random() < season.litter else 0.0,
        foliage=draw.uniform(*look.leaf_contrast),
        paving=season.paving or look.paving,
        asphalt=season.asphalt or look.asphalt,
    )


def toned(colour, chroma, brightness):
    """The colour with its distance to grey and its luma multiplied."""
    grey = sum(part * weight for part, weight in zip(colour, LUMA, strict=True))
    return tuple(min(max((grey + chroma * (part - grey)) * brightness, 2.0), 255.0) for part in colour)
