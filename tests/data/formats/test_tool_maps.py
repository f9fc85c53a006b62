"""What annotation tools write about their masks."""

import time

import pytest

from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.errors import UsageError
from keras_uda.data.formats.class_map import load_class_map
from keras_uda.data.formats.tool_maps import tool_map
from tests.data import making
from tests.data.making import domain

LABELMAP = "# label:color_rgb:parts:actions\nbackground:0,0,0::\nroad:128,64,128::\nCar:64,0,128::\n"


def test_each_tool_has_its_file(tmp_path):
    for name, text, classes, ignore in [
        ("labelmap.txt", LABELMAP, {"road": "#804080", "Car": "#400080"}, ["#000000"]),
        ("train/_classes.csv", "Pixel Value, Class\n0, background\n1, road\n", {"road": 1}, [0, 255]),
        ("data/class_names.txt", "_background_\nroad\ncar\n", {"road": 1, "car": 2}, [0, 255]),
        (
            "ds/a/obj_class_to_machine_color.json",
            '{"car": [2, 2, 2], "road": [1, 2, 3]}',
            {"car": 2, "road": "#010203"},
            [255],
        ),
    ]:
        file = tmp_path / name.replace("/", "_") / name
        file.parent.mkdir(parents=True)
        file.write_text(text)
        assert tool_map(tmp_path / name.replace("/", "_")) == (file, {"classes": classes, "ignore": ignore})


def test_it_is_read_where_labels_are_and_nothing_else_says_what_they_mean(tmp_path):
    making.save(tmp_path / "train/a.jpg", making.picture(0))
    making.save(tmp_path / "train/a_mask.png", making.ids(0, [0, 1]))
    (tmp_path / "train/_classes.csv").write_text("Pixel Value, Class\n0, background\n1, car\n")
    opened = domain(tmp_path)
    assert opened.class_map.ids == {1: "car"} and opened.class_map.ignored_ids == {0, 255}
    assert opened.class_map.name.endswith("_classes.csv")
    given = {"class_map": {"classes": {"road": [0, 1]}}}
    assert domain(tmp_path, **given).class_map.ids == {0: "road", 1: "road"}
    (tmp_path / "train/_classes.csv").write_text("Pixel Value, Class\n0, background\n1, crack\n")
    with pytest.raises(UsageError, match=r"none of its classes \(crack\) is trained"):
        domain(tmp_path)
    assert load_class_map(None, tmp_path, None, CITYSCAPES).name == "train ids"  # images alone


def test_a_file_of_another_form_is_told(tmp_path):
    (tmp_path / "labelmap.txt").write_text("road\n")
    with pytest.raises(UsageError, match="not as its tool writes it.*data.*class_map"):
        tool_map(tmp_path)


@pytest.mark.parametrize(
    ("name", "text"),
    [("obj_class_to_machine_color.json", text) for text in ("[" * 100_000, "[]", '{"road": 7}', '{"road": []}')]
    + [("obj_class_to_machine_color.json", '{"road": [1e999, 1, 1]}'), ("_classes.csv", '"' + "x" * 200_000)]
    + [("_classes.csv", "id,name\n" + "9" * 5000 + ",road"), ("labelmap.txt", "road:1:2\n"), ("labelmap.txt", "\0")],
)
def test_what_no_tool_writes_is_told(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageError, match=f"{name}: not as its tool writes it"):
        tool_map(tmp_path)


def test_a_list_of_fifty_thousand_names_ends_soon(tmp_path):
    (tmp_path / "class_names.txt").write_text("\n".join(f"name{number}" for number in range(50_000)) + "\nroad\n")
    began = time.process_time()
    found = load_class_map(None, tmp_path, None, CITYSCAPES, tools=True)
    assert "road" in found.names() and time.process_time() - began < 10  # each was compared with every class
