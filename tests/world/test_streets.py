"""Types of street: they change a look where they say so; the variants of `street` lack what their names say."""

import dataclasses

import numpy as np
import pytest

from keras_uda.world.appearance import LOOKS
from keras_uda.world.appearance import SIM
from keras_uda.world.appearance import STREET
from keras_uda.world.streets import PRESENCE
from keras_uda.world.streets import TYPES
from keras_uda.world.streets import WEIGHTS
from keras_uda.world.streets import on_a_street
from tests.world.frames import frame

ROAD, SIDEWALK, BUILDING, SKY, PERSON, RIDER, CAR, TRUCK, MOTORCYCLE, BICYCLE = 0, 1, 2, 10, 11, 12, 13, 14, 17, 18
ABSENT = {
    "street_no_sky": {SKY},
    "street_no_buildings": {BUILDING},
    "street_motorway": {SIDEWALK, PERSON, RIDER, MOTORCYCLE, BICYCLE},
}
FRAMES = 60


def shares(look):
    """Share of the pixels of each train id in many frames."""
    counts = sum(np.bincount(frame(look, index)[1].ravel(), minlength=256) for index in range(FRAMES))
    return counts / counts.sum()


def test_a_street_has_none_of_a_thing_as_often_as_its_presence_says():
    drawn = [on_a_street(f"{seed}", SIM, "sim") for seed in range(1000)]
    people = np.mean([look.people > 0 for look in drawn])
    assert 0.45 < people < PRESENCE["sim"]["people"] + 0.05
    furniture = [(look.lamps > 0, look.signs > 0, look.signals > 0) for look in drawn]
    assert np.mean([not any(flags) for flags in furniture]) > 0.3
    drive = on_a_street("a drive", STREET, "drive")
    assert drive == STREET


@pytest.mark.parametrize("train_id, least, most", [(5, 30, 75), (6, 8, 60), (7, 25, 65), (11, 30, 65), (10, 60, 92)])
def test_no_class_is_in_every_frame_of_the_source(train_id, least, most):
    """Poles, lights, signs, people and the sky: share of the frames that show any."""
    labels = [frame("sim", index, (128, 96))[1] for index in range(150)]
    assert least < 100 * np.mean([(label == train_id).any() for label in labels]) < most


def test_every_look_weighs_types_that_exist():
    assert WEIGHTS.keys() == LOOKS.keys()
    assert all(weights.keys() <= TYPES.keys() and sum(weights.values()) > 0 for weights in WEIGHTS.values())


def test_a_type_names_fields_of_a_look():
    fields = {field.name for field in dataclasses.fields(STREET)}
    assert all(changes.keys() <= fields for changes in TYPES.values())


def test_a_street_is_a_function_of_its_seed_and_follows_the_weights():
    drawn = [on_a_street(f"{seed}", STREET, "street_no_sky") for seed in range(400)]
    assert drawn[:20] == [on_a_street(f"{seed}", STREET, "street_no_sky") for seed in range(20)]
    canyons = sum(look.zones == TYPES["canyon"]["zones"] for look in drawn)
    assert 0.52 < canyons / 400 < 0.68
    assert all(look.walls is STREET.walls and look.lens is STREET.lens for look in drawn)  # the look stays the look


@pytest.mark.parametrize("look", ABSENT)
def test_a_variant_has_no_pixel_of_what_it_lacks(look):
    share = shares(look)
    assert [train_id for train_id in ABSENT[look] if share[train_id]] == []
    present = {"street_no_sky": BUILDING, "street_no_buildings": SKY, "street_motorway": TRUCK}[look]
    assert share[ROAD] > 0.2 and share[CAR] > 0.005 and share[present] > 0.01


@pytest.mark.parametrize("size", [(256, 64), (64, 160)])
def test_no_shape_of_frame_shows_sky_between_the_houses(size):
    assert not any((frame("street_no_sky", index, size)[1] == SKY).any() for index in range(FRAMES))


@pytest.mark.parametrize("look", ABSENT)
def test_a_variant_looks_like_street(look):
    """Same light, lens and materials: the images differ in content, not in their statistics."""

    def statistics(name):
        frames = [frame(name, index)[0].astype(np.float32) for index in range(FRAMES)]
        return np.mean([one.std() for one in frames]), np.mean([np.ptp(one, axis=-1).mean() for one in frames])

    np.testing.assert_allclose(statistics(look), statistics("street"), rtol=0.45)
