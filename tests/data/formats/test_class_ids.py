"""From the classes of a model to the ids of a class map."""

import numpy as np
import pytest

from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import IGNORE
from keras_uda.core.errors import UsageError
from keras_uda.data.formats.class_ids import read_class_ids
from keras_uda.data.formats.class_map import load_class_map
from keras_uda.data.formats.class_map import shipped_names


def test_cityscapes_ids():
    values = read_class_ids("cityscapes")(["road", "car", "bicycle", "traffic_light"])
    assert values.dtype == np.uint8 and values.tolist() == [7, 26, 33, 19]


@pytest.mark.parametrize("name", shipped_names())
def test_every_shipped_map_leads_back_to_the_class(name):
    class_map = load_class_map(name, None, None, CITYSCAPES)
    meanings = class_map.ids or class_map.colours
    known = [one for one in CITYSCAPES if one in meanings.values()]
    written = read_class_ids(name)(known).tolist()
    assert known and [meanings[tuple(one) if isinstance(one, list) else one] for one in written] == known


def test_the_first_id_of_a_class_is_written():
    assert read_class_ids("carla_0.9")(["road"]).tolist() == [7]  # 6 are the lines on it


def test_a_file_with_large_ids_or_colours(tmp_path):
    (tmp_path / "a.yaml").write_text("classes: {road: 7000, car: 26}\n")
    values = read_class_ids(str(tmp_path / "a.yaml"))(["car", "road"])
    assert values.dtype == np.uint16 and values.tolist() == [26, 7000]
    (tmp_path / "b.yaml").write_text("classes: {road: '#804080', car: '#00008e'}\nignore: '#000000'\n")
    values = read_class_ids(str(tmp_path / "b.yaml"))(["car", "road"])
    assert values.dtype == np.uint8 and values.tolist() == [[0, 0, 142], [128, 64, 128]]


@pytest.mark.parametrize(("name", "written"), [("cityscapes", 0), ("bdd100k", IGNORE), ("camvid", 11)])
def test_a_class_that_the_map_does_not_know_is_told(name, written, capsys):
    values = read_class_ids(name)(["road", "lane"])
    assert values[1] == written
    assert f"{name} has no id for lane: written as {written}" in capsys.readouterr().err


def test_a_map_of_other_classes_is_refused(tmp_path):
    with pytest.raises(UsageError, match="has no id for lane, kerb"):
        read_class_ids("cityscapes")(["lane", "kerb"])
    (tmp_path / "a.yaml").write_text("classes: {road: 7}\n")
    with pytest.raises(UsageError, match="has no id for car. Add them to the map, or ids that it ignores"):
        read_class_ids(str(tmp_path / "a.yaml"))(["road", "car"])
    with pytest.raises(UsageError, match="neither a shipped map nor a file"):
        read_class_ids("nowhere.yaml")


@pytest.mark.parametrize(
    "name, sidewalk, light, nothing",
    [
        ("mapillary_v1.2", "construction--flat--sidewalk", "object--traffic-light", "void--unlabeled"),
        ("mapillary_v2.0", "construction--flat--sidewalk", "object--traffic-light--general-upright", "void--unlabeled"),
        ("idd", "sidewalk", "traffic light", "unlabeled"),
    ],
)
def test_ids_of_names_and_of_nothing(name, sidewalk, light, nothing):
    objects = load_class_map(name, None, None, CITYSCAPES).objects
    written = read_class_ids(name)(["sidewalk", "traffic light", "no such thing"])
    assert written.tolist() == [objects[sidewalk], objects[light], objects[nothing]]
