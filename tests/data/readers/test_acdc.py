"""A generated look-alike of ACDC."""

import pytest

from keras_uda.config.schema import DomainConfig
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.errors import UsageError
from keras_uda.data.domain import open_domain
from tests.config.helpers import parse
from tests.data import making
from tests.data.making import names
from tests.data.making import refuse


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
    with pytest.raises(UsageError, match="data.target.arguments.condition"):
        parse(*flags, "--data.target.arguments.condition", "[sun]")
