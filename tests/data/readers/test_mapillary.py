"""A generated look-alike of Mapillary Vistas 1.2 and 2.0."""

import json

import numpy as np
import pytest
from PIL import Image

from keras_uda.core.classes import CITYSCAPES
from keras_uda.data.formats.class_map import load_class_map
from keras_uda.data.formats.class_map import shipped_map
from tests.data import making
from tests.data.making import domain
from tests.data.making import names
from tests.data.making import refuse
from tests.data.readers.look_alike import SIZE
from tests.data.readers.look_alike import classes_of
from tests.data.readers.look_alike import columns
from tests.data.readers.look_alike import examined
from tests.data.readers.look_alike import image
from tests.data.readers.look_alike import litter

STEM = "-0BMNZRmCkpGDkRdZp_oIw"


def palette_label(root, name, *values):
    pixels = making.ids(0, [0], SIZE)
    for number, value in enumerate(values):
        pixels[:, number * SIZE[0] // len(values) :] = value
    making.save_palette(root / name, pixels)


def look_alike(root, v1="v1.2/labels", v2="v2.0/labels"):
    for folder in ("training", "validation"):
        image(root, f"{folder}/images/{STEM}{folder}.jpg")
        for version, values in ((v1, (13, 27, 55, 65)), (v2, (21, 61, 108, 123))):
            if version:
                palette_label(root, f"{folder}/{version}/{STEM}{folder}.png", *values)
                place = version.removesuffix("labels")
                image(root, f"{folder}/{place}panoptic/{STEM}{folder}.png")
                image(root, f"{folder}/{place}instances/{STEM}{folder}.png")
    image(root, "testing/images/x_-1.jpg")


# Colours of version 2.0 which are near to those of Cityscapes and mean something else, beside some that are the same.
COLOURS = {
    "construction--flat--road": (128, 64, 128),
    "nature--sky": (70, 130, 180),
    "object--vehicle--car": (0, 0, 142),
    "object--vehicle--vehicle-group": (0, 0, 142),
    "object--traffic-light--general-upright": (250, 170, 30),
    "construction--barrier--road-median": (250, 170, 33),
    "marking--discrete--arrow--left": (250, 170, 26),
    "object--sign--store": (250, 176, 30),
    "construction--structure--garage": (150, 150, 150),
    "marking--continuous--solid": (255, 255, 255),
}


def test_its_own_palette_is_no_contradiction(tmp_path):
    image(tmp_path, "training/images/a.jpg")
    objects = shipped_map("mapillary_v2.0").objects
    pixels = making.ids(0, [objects[name] for name in COLOURS], SIZE)
    picture = Image.fromarray(pixels, "P")
    palette = np.zeros((256, 3), np.uint8)
    for name, colour in COLOURS.items():
        palette[objects[name]] = colour
    picture.putpalette(palette.ravel().tolist())
    (tmp_path / "training/v2.0/labels").mkdir(parents=True)
    picture.save(tmp_path / "training/v2.0/labels/a.png")
    counted = examined(tmp_path, "mapillary").pixels
    expected = {name: np.sum(pixels == objects[name]) for name in COLOURS}
    assert counted[2] == expected["construction--structure--garage"]
    assert counted[13] == expected["object--vehicle--car"] + expected["object--vehicle--vehicle-group"]
    assert counted[6] == expected["object--traffic-light--general-upright"]


def configuration(root, file, labels):
    entries = [{"name": name, "readable": name.split("--")[-1], "color": [0, 0, 0]} for name in labels]
    (root / file).write_text(json.dumps({"labels": entries, "version": "2.0"}))


@pytest.mark.parametrize("version, name", [(None, "v1.2"), ("v1.2", "v1.2"), ("v2.0", "v2.0")])
def test_versions(tmp_path, version, name):
    look_alike(tmp_path / "mapillary-vistas-dataset_public_v2.0")
    litter(tmp_path)
    opened = domain(tmp_path, name="mapillary", arguments={"version": version} if version else {})
    assert names(opened) == [f"{STEM}training.jpg"] and opened.class_map.name == f"mapillary_{name}"
    assert classes_of(opened) == columns("road", "sky", "car", None)
    assert names(domain(tmp_path, "val", "mapillary")) == [f"{STEM}validation.jpg"]
    assert not domain(tmp_path, "test", "mapillary").labelled


def test_layout_before_version_2(tmp_path):
    look_alike(tmp_path, v1="labels", v2=None)
    configuration(tmp_path, "config.json", shipped_map("mapillary_v1.2").objects)
    opened = domain(tmp_path, name="mapillary")
    assert classes_of(opened) == columns("road", "sky", "car", None)
    assert opened.class_map.name == "mapillary_v1.2 with the ids of config.json"
    assert examined(tmp_path, "mapillary").pixels[13] == 4 * 8


def test_version_2_alone_is_found(tmp_path):
    look_alike(tmp_path, v1=None)
    assert domain(tmp_path, name="mapillary").class_map.name == "mapillary_v2.0"


@pytest.mark.parametrize("version", ["v1.2", "v2.0"])
def test_its_configuration_gives_the_ids_of_the_shipped_map(tmp_path, version):
    look_alike(tmp_path)
    shipped = load_class_map(f"mapillary_{version}", None, None, CITYSCAPES)
    configuration(tmp_path, f"config_{version}.json", shipped.objects)
    found = domain(tmp_path, name="mapillary", arguments={"version": version}).class_map
    assert found.ids == shipped.ids and found.ignored_ids == shipped.ignored_ids


def test_ids_of_another_order_follow_the_configuration(tmp_path, capsys):
    look_alike(tmp_path)
    labels = list(shipped_map("mapillary_v1.2").objects)
    labels[13], labels[27] = labels[27], labels[13]
    configuration(tmp_path, "config_v1.2.json", [*labels, "object--kite"])
    opened = domain(tmp_path, name="mapillary")
    assert classes_of(opened) == columns("sky", "road", "car", None)
    assert "object--kite in no published version" in capsys.readouterr().err and 66 in opened.class_map.ignored_ids


def test_names_of_either_version_are_known(tmp_path, capsys):
    look_alike(tmp_path, v1="labels", v2=None)
    configuration(tmp_path, "config.json", shipped_map("mapillary_v2.0").objects)
    found = domain(tmp_path, name="mapillary").class_map
    assert found.ids[21] == "road" and found.ids[108] == "car" and "no published" not in capsys.readouterr().err
    both = [shipped_map(f"mapillary_{version}") for version in ("v1.2", "v2.0")]
    for name in both[0].objects.keys() & both[1].objects.keys():  # what both have means the same in both
        assert len({one.ids.get(one.objects[name]) for one in both}) == 1, name


def test_a_broken_configuration_is_named(tmp_path):
    look_alike(tmp_path)
    (tmp_path / "config_v1.2.json").write_text("{")
    error = str(refuse(tmp_path, name="mapillary"))
    assert "config_v1.2.json" in error and "no list `labels`" in error


@pytest.mark.parametrize("version, ids", [("v1.2", 66), ("v2.0", 124)])
def test_every_id_has_a_name_and_a_meaning(version, ids):
    shipped = shipped_map(f"mapillary_{version}")
    assert sorted(shipped.objects.values()) == list(range(ids))
    assert sorted([*shipped.ids, *shipped.ignored_ids]) == list(range(ids))
    assert set(shipped.ids.values()) == set(CITYSCAPES)
    assert shipped.ids[shipped.objects["object--vehicle--on-rails"]] == "train"
