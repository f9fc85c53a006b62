"""A class that nobody can learn is told before training: no label of the source holds it."""

import numpy as np
import pytest

from keras_uda.config.data_schema import DataConfig
from keras_uda.config.data_schema import DomainConfig
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.data.cache.prepare import prepare
from keras_uda.data.doctor.examine import examine
from keras_uda.data.domain import open_domain
from keras_uda.data.domains import Domains
from keras_uda.data.ledger import LabelLedger
from keras_uda.data.prepared import labels_of
from keras_uda.data.presence import REMEDY
from keras_uda.world.render import render
from tests.data import making

FOUR = ("road", "car", "person", "other")
OF_IDS = {"classes": {"road": [0], "car": [13, 14, 15], "person": [11, 12], "other": [*range(1, 11), 16, 17, 18]}}
OF_COLOURS = {"classes": {"road": "#804080", "car": "#00008e"}, "unknown": "ignore"}
SMALL = "64x48"


def world(classes, **fields) -> DataConfig:
    source = DomainConfig(name="sim", size=SMALL, frames=2, **fields)
    return DataConfig(source=source, target=DomainConfig(name="street", size=SMALL, frames=2), classes=classes)


def folder(root, classes, **fields) -> DataConfig:
    making.make_folder(root)  # ids 0, 2, 8, 10, 13 and 255
    source = DomainConfig(name="folder", root=str(root), size=SMALL, **fields)
    return DataConfig(source=source, target=DomainConfig(name="street", size=SMALL, frames=2), classes=classes)


def test_a_class_map_of_a_built_in_domain_is_applied():
    opened = open_domain(DomainConfig(name="sim", frames=2, class_map=OF_IDS), FOUR, "train")
    ready = prepare(opened, (64, 48), None, labels=True)
    for pair, (_, label) in zip(opened.pairs, labels_of(ready), strict=True):
        drawn = render("sim", pair.frame, (64, 48), 0)[1]
        expected = np.full_like(drawn, 255)
        for name, ids in OF_IDS["classes"].items():
            expected[np.isin(drawn, ids)] = FOUR.index(name)
        np.testing.assert_array_equal(label, expected)
        assert {0, 3} <= set(np.unique(label))
    usual = prepare(open_domain(DomainConfig(name="sim", frames=2), CITYSCAPES, "train"), (64, 48), None, labels=True)
    assert set(usual.labels).isdisjoint(ready.labels)


def test_its_colours_are_those_of_cityscapes():
    opened = open_domain(DomainConfig(name="sim", frames=2, class_map=OF_COLOURS), ("road", "car"), "train")
    assert opened.class_map.ids == {0: "road", 13: "car"}
    shipped = open_domain(DomainConfig(name="street", class_map="cityscapes"), CITYSCAPES, "train")
    assert shipped.class_map.ids == dict(enumerate(CITYSCAPES))


def test_a_map_that_forgets_what_is_drawn_is_refused():
    config = DomainConfig(name="sim", class_map={"classes": {"road": [0]}, "ignore": list(range(2, 19))})
    with pytest.raises(UsageError, match=r"says nothing of the train ids 1 \(sidewalk\)"):
        open_domain(config, ("road", "car"), "train")


def test_a_class_without_a_source_pixel_is_an_error(tmp_path):
    cases = {
        "no source pixel of `other`.* has no such class.": world(FOUR),
        "no source pixel of `raod` .*, did you mean `road`": world(("raod", "car")),
        "no source pixel of `person`": folder(
            tmp_path / "b",
            ("road", "person"),
            class_map={"classes": {"road": [0], "person": [11]}, "unknown": "ignore"},
        ),
    }
    for told, data in cases.items():
        with pytest.raises(DataError, match=told):
            _ = Domains(data, LabelLedger()).source
        (source, *_) = examine(data)
        assert [problem.name for problem in source.problems] == ["data.classes"]
        assert "files" not in str(source.error) and str(source.error).endswith(f"{REMEDY}.")


def test_classes_that_are_there_are_no_error(tmp_path):
    for data in (world(FOUR, class_map=OF_IDS), world(("road", "car")), folder(tmp_path / "a", CITYSCAPES)):
        assert len(Domains(data, LabelLedger()).source) > 0
        assert not examine(data)[0].problems


def test_labels_of_19_train_ids_under_four_classes_are_told_to_give_a_class_map(tmp_path):
    with pytest.raises(DataError) as told:
        _ = Domains(folder(tmp_path, FOUR), LabelLedger()).source
    assert "19 Cityscapes train ids, but data.classes names 4: give a class_map" in str(told.value)


def test_labels_that_the_map_ignores_as_a_whole_are_no_source(tmp_path):
    making.save(tmp_path / "images/a.png", making.picture(0))
    making.save(tmp_path / "labels/a.png", making.ids(0, [0, 1, 2]))
    source = DomainConfig(name="folder", root=str(tmp_path), class_map="cityscapes", size=SMALL)
    data = DataConfig(source=source, target=DomainConfig(name="street", size=SMALL, frames=2))
    with pytest.raises(DataError, match="every pixel of 1 labels is ignored by class map `cityscapes`"):
        _ = Domains(data, LabelLedger()).source
