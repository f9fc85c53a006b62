"""A generated look-alike of ACDC."""

import numpy as np
import pytest

from keras_uda.config.data_schema import DomainConfig
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.errors import UsageError
from keras_uda.data.domain import open_domain
from tests.config.helpers import parse
from tests.data import making
from tests.data.making import names
from tests.data.making import refuse
from tests.data.readers.look_alike import classes_of
from tests.data.readers.look_alike import columns
from tests.data.readers.look_alike import examined
from tests.data.readers.look_alike import label
from tests.data.readers.look_alike import litter


def look_alike(root, conditions=("fog", "night"), splits=("train", "val", "test")):
    for condition in conditions:
        for split in splits:
            stem = f"{condition}/{split}/GOPR0475/GOPR0475_frame_000041"
            making.save(root / "rgb_anon" / f"{stem}_rgb_anon.png", making.picture(0))
            if split == "test":
                continue
            for kind in ("labelTrainIds", "labelIds", "labelColor", "invIds"):
                making.save(root / "gt" / f"{stem}_gt_{kind}.png", making.ids(0, [0, 10, 255]))


def opened(root, split="train", classes=CITYSCAPES, **arguments):
    config = DomainConfig(name="acdc", root=str(root), arguments=arguments)
    return open_domain(config, classes, split)


def test_acdc(tmp_path):
    look_alike(tmp_path)
    domain = opened(tmp_path, condition=["fog", "night"])
    stems = [f"{one}/train/GOPR0475/GOPR0475_frame_000041" for one in ("fog", "night")]
    assert names(domain) == [f"{stem}_rgb_anon.png" for stem in stems]
    assert [pair.label.name for pair in domain.pairs] == ["GOPR0475_frame_000041_gt_labelTrainIds.png"] * 2
    assert names(opened(tmp_path, "val", condition=["night"])) == [
        "night/val/GOPR0475/GOPR0475_frame_000041_rgb_anon.png"
    ]
    assert all(pair.label is None for pair in opened(tmp_path, "test", condition=["fog"]).pairs)


def test_a_condition_that_is_not_there_is_named(tmp_path):
    look_alike(tmp_path)
    assert "no such folder" in str(refuse(tmp_path, "train", "acdc"))  # rain and snow
    flags = ["--data.target.name", "acdc", "--data.target.root", str(tmp_path)]
    for text, remedy in [
        ("[sun]", "Choose one of fog, night, rain, snow"),
        ("sun", "Choose one of fog, night, rain, snow, or give a list in brackets"),
        ("nigth", "Did you mean `night`?"),
        ("3", "Choose one of fog, night, rain, snow, or give a list in brackets"),
    ]:
        with pytest.raises(UsageError, match="data.target.arguments.condition") as caught:
            parse(*flags, "--data.target.arguments.condition", text)
        assert remedy in str(caught.value)


def test_one_condition_needs_no_list_and_none_is_a_mistake(tmp_path):
    look_alike(tmp_path)
    assert len(opened(tmp_path, condition="night").pairs) == 1
    assert len(opened(tmp_path, condition=["night", "night"]).pairs) == 1
    with pytest.raises(UsageError, match="arguments.condition: an empty list"):
        opened(tmp_path, condition=[])


def test_reference_frames_are_splits_of_their_own(tmp_path):
    look_alike(tmp_path)
    stem = "fog/train_ref/GOPR0475/GOPR0475_frame_000041"
    making.save(tmp_path / "rgb_anon" / f"{stem}_rgb_ref_anon.png", making.picture(0))
    clear = opened(tmp_path, "train_ref", condition=["fog"])
    assert names(clear) == [f"{stem}_rgb_ref_anon.png"] and not clear.labelled
    making.save(tmp_path / "gt" / f"{stem}_gt_ref_labelTrainIds.png", making.ids(0, [0, 10, 255]))
    assert opened(tmp_path, "train_ref", condition=["fog"]).labelled
    error = str(refuse(tmp_path, "val_ref", "acdc", arguments={"condition": ["fog"]}))
    assert "there is only train, val, test, train_ref" in error


def test_ids_are_read_where_there_are_no_train_ids(tmp_path):
    look_alike(tmp_path)
    label(tmp_path, "gt/fog/val/GOPR0475/GOPR0475_frame_000041_gt_labelIds.png", 7, 23, 26, 0)
    assert opened(tmp_path, "val", condition=["fog"]).class_map.name == "cityscapes_train_ids"
    next((tmp_path / "gt/fog/val").rglob("*labelTrainIds.png")).unlink()
    ids = opened(tmp_path, "val", condition=["fog"])
    assert ids.class_map.name == "cityscapes" and classes_of(ids) == columns("road", "sky", "car", None)


def test_copies_as_people_have_them(tmp_path):
    look_alike(tmp_path / "ACDC", ("fog", "night", "rain", "snow"))
    (tmp_path / "rgb_anon_trainvaltest").mkdir()
    (tmp_path / "ACDC/rgb_anon").rename(tmp_path / "rgb_anon_trainvaltest/rgb_anon")
    litter(tmp_path)
    result = examined(tmp_path, "acdc")
    assert [name.split("/")[0] for name in names(result.domain)] == ["fog", "night", "rain", "snow"]
    assert set(np.flatnonzero(result.pixels)) == {0, 10, 255}
