"""A scene: the same street from one frame to the next, far things first."""

from tests.world.street import scene


def built(**options):
    street = scene(**options)
    street.build()
    return street


def houses(street):
    """(where it ends along the street, properties) of everything that stands still and has two ends."""
    ends = [
        (round(p["z1"] + street.travelled, 4), p["x"], p["height"])
        for _, _, p in street.things
        if "z1" in p and "height" in p
    ]
    return {end for end in ends if street.travelled + 5 < end[0] < street.travelled + 60}


def test_far_things_come_first():
    distances = [distance for distance, _, _ in built().things]
    assert distances == sorted(distances, reverse=True) and len(distances) > 10


def test_it_is_a_function_of_its_seed():
    first, again, other = built(seed="one"), built(seed="one"), built(seed="two")
    assert [p for _, _, p in first.things] == [p for _, _, p in again.things]
    assert first.paint == again.paint and first.shadows == again.shadows
    assert [p for _, _, p in first.things] != [p for _, _, p in other.things]


def test_a_drive_passes_the_same_houses():
    here, there = houses(built(travelled=10.0)), houses(built(travelled=14.0))
    overlap = {end for end in here if end[0] > 14.0 + 5}
    assert overlap and overlap <= there
