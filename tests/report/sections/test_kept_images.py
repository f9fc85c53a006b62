"""What a stage made is shown if it lies in the folder of the stage, and is what its manifest says."""

import json

import numpy as np
import pytest
from PIL import Image

from keras_uda.core.errors import ArtefactError
from keras_uda.report.sections.kept_images import kept_image
from keras_uda.report.sections.kept_images import manifests_of
from keras_uda.report.sections.pseudo_labels import Totals
from tests.report.sections.test_pseudo_labels import MANIFEST

WHOLE = MANIFEST | {"labels": {"a": {"file": "labels/a.png", "sha256": "0" * 64, "pixels": [15, 5]}}}


def test_a_manifest_is_read_as_it_was_written(tmp_path):
    (tmp_path / "manifest.json").write_text(json.dumps(WHOLE))
    assert manifests_of({"one": tmp_path, "other": tmp_path / "none"}, Totals) == {"one": WHOLE}


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
        manifests_of({"one": tmp_path, "other": tmp_path / "none"}, Totals)


def test_images_are_those_of_the_stage(tmp_path):
    (tmp_path / "stage" / "labels").mkdir(parents=True)
    values = np.array([[0, 1, 255]], "uint8")
    Image.fromarray(values).save(tmp_path / "stage" / "labels" / "a.png")
    Image.fromarray(values).save(tmp_path / "private.png")
    Image.fromarray(np.zeros((2, 2, 3), "uint8")).save(tmp_path / "stage" / "labels" / "rgb.png")
    (tmp_path / "stage" / "labels" / "text.png").write_text("no picture")
    (tmp_path / "stage" / "labels" / "link.png").symlink_to(tmp_path / "private.png")
    np.testing.assert_array_equal(kept_image(tmp_path / "stage", WHOLE["labels"], "a", 1), values)
    outside = ("../private.png", str(tmp_path / "private.png"), "labels/link.png")
    for file in (*outside, "labels/rgb.png", "labels/text.png", "labels/none.png"):
        with pytest.raises(ArtefactError, match="--regenerate"):
            kept_image(tmp_path / "stage", {"a": {"file": file}}, "a", 1)
    with pytest.raises(ArtefactError, match="`b` is not in it"):
        kept_image(tmp_path / "stage", {}, "b", 1)


def test_an_image_of_three_channels_is_no_label_map_and_the_other_way_round(tmp_path):
    values = np.arange(12, dtype="uint8").reshape(2, 2, 3)
    Image.fromarray(values).save(tmp_path / "a.png")
    np.testing.assert_array_equal(kept_image(tmp_path, {"a": {"file": "a.png"}}, "a", 3), values)
    with pytest.raises(ArtefactError, match="PNG of 3 x 8 bits, not a PNG of 1 x 8"):
        kept_image(tmp_path, {"a": {"file": "a.png"}}, "a", 1)
