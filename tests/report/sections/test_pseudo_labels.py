"""The figures of the report on pseudo-labels, out of their manifest."""

import json

import numpy as np
import pytest
from PIL import Image

from keras_uda.core.errors import ArtefactError
from keras_uda.report.sections.pseudo_labels import covered
from keras_uda.report.sections.pseudo_labels import label_map
from keras_uda.report.sections.pseudo_labels import read_totals
from keras_uda.report.sections.pseudo_labels import rows

MANIFEST = {
    "coverage": 0.201,
    "predicted": {"road": 60, "car": 40},
    "pixels": {"road": 15, "car": 5},
    "thresholds": {"road": 0.91234, "car": 0.5},
    "settings": {"policy": "class_balanced", "portion": 0.2, "threshold": 0.9},
}


def test_a_class_has_its_threshold_shares_and_pixels():
    assert rows(("road", "car"), [MANIFEST]) == [["road", 0.9123, 60.0, 75.0, 15], ["car", 0.5, 40.0, 25.0, 5]]


def test_the_portion_or_the_threshold_is_told():
    assert covered("round_1", MANIFEST) == "round_1: 20.1 % (class_balanced, portion 0.2)"
    settings = {"policy": "confidence", "portion": 0.2, "threshold": 0.9}
    assert covered("round_1", MANIFEST | {"settings": settings}).endswith("(confidence, threshold 0.9)")
    assert covered("adapt", {"coverage": 1.0}) == "adapt: 100.0 %"


WHOLE = MANIFEST | {"labels": {"a": {"file": "labels/a.png", "sha256": "0" * 64, "pixels": [15, 5]}}}


def test_a_manifest_is_read_as_it_was_written(tmp_path):
    (tmp_path / "manifest.json").write_text(json.dumps(WHOLE))
    assert read_totals(tmp_path / "manifest.json") == WHOLE


@pytest.mark.parametrize(
    "change",
    [
        {"labels": []},
        {"labels": {"a": {}}},
        {"coverage": "x"},
        {"coverage": 2},
        {"pixels": {"road": "x"}},
        {"settings": 7},
    ],
)
def test_a_damaged_manifest_is_named(tmp_path, change):
    (tmp_path / "manifest.json").write_text(json.dumps(WHOLE | change))
    with pytest.raises(ArtefactError, match=f"manifest.json: {next(iter(change))}.*--regenerate"):
        read_totals(tmp_path / "manifest.json")


def test_label_maps_are_those_of_the_stage(tmp_path):
    (tmp_path / "stage" / "labels").mkdir(parents=True)
    values = np.array([[0, 1, 255]], "uint8")
    Image.fromarray(values).save(tmp_path / "stage" / "labels" / "a.png")
    Image.fromarray(values).save(tmp_path / "private.png")
    Image.fromarray(np.zeros((2, 2, 3), "uint8")).save(tmp_path / "stage" / "labels" / "rgb.png")
    (tmp_path / "stage" / "labels" / "text.png").write_text("no picture")
    (tmp_path / "stage" / "labels" / "link.png").symlink_to(tmp_path / "private.png")
    np.testing.assert_array_equal(label_map(tmp_path / "stage", WHOLE["labels"], "a"), values)
    outside = ("../private.png", str(tmp_path / "private.png"), "labels/link.png")
    for file in (*outside, "labels/rgb.png", "labels/text.png", "labels/none.png"):
        with pytest.raises(ArtefactError, match="--regenerate"):
            label_map(tmp_path / "stage", {"a": {"file": file}}, "a")
    with pytest.raises(ArtefactError, match="`b` has no label"):
        label_map(tmp_path / "stage", {}, "b")
