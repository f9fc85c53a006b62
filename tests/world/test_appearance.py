"""The looks: every range is one, and the target differs from the source where it should."""

import dataclasses

import pytest

from keras_uda.config.names import BUILT_IN_DOMAINS
from keras_uda.world.appearance import LOOKS
from keras_uda.world.appearance import SIM
from keras_uda.world.appearance import STREET

NUMBER_RANGES = ("elevation", "focal", "horizon", "lane", "pavement", "setback", "floors", "asphalt", "paving")
NUMBER_RANGES += ("marking", "ground_relief", "haze", "shadow", "leaf_chroma", "leaf_brightness", "leaf_contrast")
COLOURS = ("walls", "glass", "coats", "paints", "evergreens", "bark")


@pytest.mark.parametrize("look", [SIM, STREET], ids=lambda look: look.name)
def test_ranges_rise_and_colours_are_colours(look):
    for name in NUMBER_RANGES:
        low, high = getattr(look, name)
        assert low <= high, name
    for name in COLOURS:
        assert all(len(colour) == 3 and 0 <= min(colour) <= max(colour) <= 255 for colour in getattr(look, name)), name
    for season in look.seasons:
        assert all(0 <= low <= high <= 1 for low, high in (season.bare, season.sparse))
        assert all(0 <= min(colour) <= max(colour) <= 255 for colour in (*season.leaves, *season.grass))
    for weather in look.weathers:
        assert all(low <= high for low, high in (weather.clouds, weather.brightness, weather.sun, weather.glare))
        assert all(0 <= min(colour) <= max(colour) <= 255 for pair in weather.skies for colour in pair)
    ranges = [value for value in dataclasses.asdict(look.lens).values() if isinstance(value, tuple)]
    assert len(ranges) >= 9 and all(tuple(sorted(value)) == value for value in ranges)


def test_the_drive_and_the_variants_are_streets():
    assert LOOKS["sim"] is SIM and LOOKS["street"] is STREET
    assert all(look is STREET for name, look in LOOKS.items() if name != "sim")
    assert tuple(LOOKS) == BUILT_IN_DOMAINS


def test_no_vehicle_of_the_source_drives_in_the_target():
    assert not set(SIM.variants) & set(STREET.variants)


def test_both_looks_say_the_same_things():
    fields = [field.name for field in dataclasses.fields(SIM)]
    assert [name for name in fields if type(getattr(SIM, name)) is not type(getattr(STREET, name))] == []
    assert SIM.zones.keys() == STREET.zones.keys() and SIM.facade.keys() == STREET.facade.keys()
