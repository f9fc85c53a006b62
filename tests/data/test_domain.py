"""Opening a domain: its reader, its class map, and what is refused."""

import pytest

from keras_uda.config.data_schema import DomainConfig
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.errors import UsageError
from keras_uda.data.domain import open_domain
from tests.data import making
from tests.data.making import names
from tests.data.making import refuse


def test_an_unlabelled_target_may_have_labels_in_any_state(tmp_path):
    making.make_folder(tmp_path)
    (tmp_path / "labels/train/0001.png").unlink()
    making.save(tmp_path / "labels/train/orphan.png", making.ids(0))
    opened = open_domain(DomainConfig(name="folder", root=str(tmp_path)), CITYSCAPES, "train", labels=False)
    assert len(opened.pairs) == 8 and not opened.labelled


def test_empty_missing_and_wrong_roots(tmp_path):
    assert "no such folder" in str(refuse(tmp_path / "nowhere"))
    (tmp_path / "images").mkdir()
    assert "no image (PNG, JPEG, BMP, WebP, TIFF, PPM)" in str(refuse(tmp_path))
    with pytest.raises(UsageError, match="needs a folder"):
        open_domain(DomainConfig(name="folder"), CITYSCAPES, "train")


def test_built_in_worlds_have_disjoint_splits_and_no_root():
    config = DomainConfig(name="street", frames=5, eval_frames=3)
    train, val = (open_domain(config, CITYSCAPES, split) for split in ("train", "val"))
    assert (len(train.pairs), len(val.pairs)) == (5, 3)
    assert not set(names(train)) & set(names(val))
    assert train.labelled and train.built_in
    with pytest.raises(UsageError, match="built in"):
        open_domain(DomainConfig(name="sim", root="/x"), CITYSCAPES, "train")
    with pytest.raises(UsageError, match="no split `dev`"):
        open_domain(config, CITYSCAPES, "dev")
    with pytest.raises(UsageError, match="has none of them"):
        open_domain(config, ("lane", "kerb"), "train")
