"""Polygons of named objects become ids, as the tools of Cityscapes and IDD draw them."""

import json

import numpy as np
import pytest

from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import IGNORE
from keras_uda.core.errors import DataError
from keras_uda.data.formats.class_map import shipped_map
from keras_uda.data.formats.labels import read_label
from keras_uda.data.formats.polygons import draw_polygons

LEFT = [[0, 0], [2, 0], [2, 3], [0, 3]]


def content(*objects, width=5, height=4) -> bytes:
    listed = [{"label": name, "polygon": points, **more} for name, points, more in objects]
    return json.dumps({"imgWidth": width, "imgHeight": height, "objects": listed}).encode()


def drawn(*objects, name="cityscapes", **size):
    return draw_polygons(content(*objects, **size), shipped_map(name), "a.json")


def test_later_objects_cover_earlier_ones_and_what_nothing_covers_is_unlabelled():
    ids = drawn(("road", LEFT, {}), ("car", [[1, 1], [2, 1], [2, 2], [1, 2]], {}))
    expected = np.zeros((4, 5), int)  # the corners of a polygon belong to it
    expected[:, :3], expected[1:3, 1:3] = 7, 26
    np.testing.assert_array_equal(ids, expected)


def test_groups_deleted_objects_and_those_without_an_id():
    gone = [("road", LEFT, {"deleted": 1}), ("license plate", LEFT, {}), ("road", [], {}), ("road", [[0, 0]], {})]
    assert not drawn(*gone).any()
    assert set(np.unique(drawn(("bicyclegroup", LEFT, {})))) == {0, 33}
    assert set(np.unique(drawn(("polegroup", LEFT, {})))) == {0, 18}  # an object of its own
    assert (drawn(("road", [[-9, -9], [99, -9], [99, 99], [-9, 99]], {})) == 7).all()


def test_a_file_becomes_train_ids(tmp_path):
    (tmp_path / "a_gtFine_polygons.json").write_bytes(content(("sky", LEFT, {}), ("curb", LEFT[:3], {})))
    label = read_label(tmp_path / "a_gtFine_polygons.json", shipped_map("idd"), CITYSCAPES)
    assert label.dtype == np.uint8 and label.shape == (4, 5)
    assert label[3, 0] == 10 and label[0, 2] == IGNORE and label[0, 4] == IGNORE


@pytest.mark.parametrize(
    "broken, words",
    [
        (b"", "not a file of polygons"),
        (b"[]", "not a file of polygons"),
        (b'{"imgWidth": 3}', "not a file of polygons"),
        (b"[" * 100_000, "not a file of polygons"),
        (content(("road", [[1]], {})), "not a file of polygons"),
        (content(("road", "ab", {})), "not a file of polygons"),
        (content(("road", [[0, 0], [1e300, 0], [0, 1]], {})), "not a file of polygons"),
        (content(*[("road", LEFT, {})] * 10_001), "not a file of polygons"),
        (content(("road", [[1, 2, 3]] * 3, {})), "not a file of polygons"),
        (content(("road", [[1, float("inf")]] * 3, {})), "not a file of polygons"),
        (content(("road", [[1, float("nan")]] * 3, {})), "not a file of polygons"),
        (content(("road", [[1, 1e300]] * 3, {})), "not a file of polygons"),
        (content(width=float("inf")), "not a file of polygons"),
        (content(width="5"), "not a file of polygons"),
        (content(width=0), "polygons of an image of 0x4"),
        (content(width=-5, height=-4), "polygons of an image of -5x-4"),
        (content(width=10**5, height=10**5), "polygons of an image of 100000x100000"),
        (content(("kite", LEFT, {})), "objects kite not in class map `cityscapes`"),
    ],
)
def test_what_cannot_be_drawn_is_named(broken, words):
    with pytest.raises(DataError, match="a.json: " + words) as caught:
        draw_polygons(broken, shipped_map("cityscapes"), "a.json")
    assert "\n" not in str(caught.value)


def test_a_map_without_names_says_what_is_missing():
    with pytest.raises(DataError, match="polygons of objects. Give a class map that names them under `objects:`"):
        drawn(("road", LEFT, {}), name="bdd100k")
