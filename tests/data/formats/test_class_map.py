import pytest

from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import CITYSCAPES_16
from keras_uda.core.classes import COLOURS
from keras_uda.core.errors import UsageError
from keras_uda.data.formats.class_map import load_class_map
from keras_uda.data.formats.class_map import parse_class_map
from keras_uda.data.formats.class_map import shipped_names


def load(choice, root=None, classes=CITYSCAPES, default=None):
    return load_class_map(choice, root, default, classes)


@pytest.mark.parametrize("name", shipped_names())
def test_shipped_maps_name_only_cityscapes_classes(name):
    class_map = load(name)
    assert set(class_map.names()) <= set(CITYSCAPES)
    assert class_map.unknown == "refuse"


def test_shipped_maps_hold_the_published_tables():
    cityscapes = {7: 0, 8: 1, 11: 2, 12: 3, 13: 4, 17: 5, 19: 6, 20: 7, 21: 8, 22: 9, 23: 10, 24: 11, 25: 12, 26: 13}
    cityscapes |= {27: 14, 28: 15, 31: 16, 32: 17, 33: 18}
    assert {i: CITYSCAPES.index(name) for i, name in load("cityscapes").ids.items()} == cityscapes
    sixteen = {
        1: 9,
        2: 2,
        3: 0,
        4: 1,
        5: 4,
        6: 8,
        7: 5,
        8: 12,
        9: 7,
        10: 10,
        11: 15,
        12: 14,
        15: 6,
        17: 11,
        19: 13,
        21: 3,
    }
    synthia = load("synthia", classes=CITYSCAPES_16)
    assert {i: CITYSCAPES_16.index(n) for i, n in synthia.ids.items() if n in CITYSCAPES_16} == sixteen
    assert {0, 13, 14, 22} == synthia.ignored_ids
    camvid = {0: 10, 1: 2, 2: 5, 3: 0, 4: 1, 5: 8, 6: 7, 7: 4, 8: 13, 9: 11, 10: 12}
    assert {i: CITYSCAPES.index(name) for i, name in load("camvid").ids.items()} == camvid
    assert {i: CITYSCAPES.index(name) for i, name in load("bdd100k").ids.items()} == {i: i for i in range(19)}
    carla = load("carla_28")
    assert all(carla.ids[i + 1] == name for i, name in enumerate(CITYSCAPES))
    assert all(carla.colours[COLOURS[name]] == name for name in CITYSCAPES)


def test_inline_maps_take_ids_and_colours():
    class_map = load({"classes": {"road": [7, "#804080"], "traffic_light": 3}, "ignore": [0, "#000000"]})
    assert class_map.ids == {7: "road", 3: "traffic light"}
    assert class_map.colours == {(128, 64, 128): "road"}
    assert class_map.ignored_ids == {0} and class_map.ignored_colours == {(0, 0, 0)}


def test_a_file_is_found_by_path_below_the_root_and_beside_the_data(tmp_path):
    (tmp_path / "my.yaml").write_text("classes: {lane: [1], road: [2]}\n")
    classes = ("lane", "road")
    assert load(str(tmp_path / "my.yaml"), classes=classes).ids == {1: "lane", 2: "road"}
    assert load("my.yaml", tmp_path, classes).ids == {1: "lane", 2: "road"}
    (tmp_path / "my.yaml").rename(tmp_path / "classes.yaml")
    assert load(None, tmp_path, classes).ids == {1: "lane", 2: "road"}
    assert load(None, None, classes).ids == {0: "lane", 1: "road"}


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ("cityscape", "Did you mean `cityscapes`"),
        ({"classes": {"road": ["#80408"]}}, "neither an id nor a colour"),
        ({"classes": {"road": [-1]}}, "neither an id nor a colour"),
        ({"classes": {"road": [True]}}, "neither an id nor a colour"),
        ({"classes": {"road": [7], "sky": [7]}}, "id 7 is both road and sky"),
        ({"classes": {"road": [7]}, "ignore": [7]}, "both ignored and road"),
        ({"classes": {}}, "no `classes:`"),
        ({"class": {"road": 7}}, "unknown key `class`"),
        ({"classes": {"road": 7, "vegitation": 8}}, "Did you mean `vegetation`"),
        ({"classes": {"wood": 7}}, "none of its classes (wood) is trained"),
        ({"classes": {"road": 7}, "unknown": "drop"}, "refuse or ignore"),
    ],
)
def test_mistakes_are_named(choice, words):
    with pytest.raises(UsageError) as caught:
        load(choice)
    assert words in str(caught.value)


def test_other_classes_of_a_map_are_ignored_with_a_word(capsys):
    class_map = load({"classes": {"road": 7, "helicopter": 8}})
    assert class_map.ids[8] == "helicopter"
    assert "helicopter not in data.classes" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("classes: {road: [7]}\nignor: [0]\n", "classes.yaml:2: unknown key `ignor`"),
        ("classes:\n  road: [7]\n  sky: [7]\n", "classes.yaml:3: id 7 is both road and sky"),
        ("classes:\n  road: [7]\n  sky: [x]\n", "classes.yaml:3: `x` under sky"),
        ("classes: {road: [7]}\nignore: [7]\n", "classes.yaml:2: id 7 is both ignored and road"),
        ("classes: {road: [7]}\nunknown: ignor\n", "classes.yaml:2: unknown: ignor"),
    ],
)
def test_mistakes_in_a_file_are_told_with_their_line(tmp_path, text, told):
    (tmp_path / "classes.yaml").write_text(text)
    with pytest.raises(UsageError, match=".*") as error:
        load_class_map(None, tmp_path, None, CITYSCAPES)
    assert told in str(error.value)


@pytest.mark.parametrize("objects", [{"road": 8}, {"road": "7"}, {7: 7}, ["road"], {"road": True}])
def test_names_of_objects_have_ids_of_the_map(objects):
    content = {"classes": {"road": [7]}, "ignore": [1], "objects": {"road": 7, "ego vehicle": 1, "plate": None}}
    assert parse_class_map(content, "map").objects == content["objects"]
    with pytest.raises(UsageError, match="not names of objects with ids of this map"):
        parse_class_map(content | {"objects": objects}, "map")
