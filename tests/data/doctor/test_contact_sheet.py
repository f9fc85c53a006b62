"""A sheet of samples: images beside their labels in colours."""

import io

import numpy as np
import pytest
from PIL import Image

from keras_uda.config.data_schema import DataConfig
from keras_uda.config.data_schema import DomainConfig
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import COLOURS
from keras_uda.core.errors import DataError
from keras_uda.data.doctor.contact_sheet import TILE
from keras_uda.data.doctor.contact_sheet import TILES_PER_ROW
from keras_uda.data.doctor.contact_sheet import contact_sheet
from keras_uda.data.doctor.examine import Examination
from keras_uda.data.doctor.examine import examine
from tests.data import making


def sheet_of(source, target=None):
    folder = {"name": "folder", "eval_split": "none"}
    sides = [DomainConfig(root=str(root), **folder) if root else DomainConfig("street") for root in (source, target)]
    results = examine(DataConfig(*sides))
    return np.asarray(Image.open(io.BytesIO(contact_sheet(results[: 2 if target else 1]))))


def test_labels_stand_beside_their_images_in_colours(tmp_path):
    making.save(tmp_path / "images/a.png", np.full((60, 120, 3), 77, np.uint8))
    making.save(tmp_path / "labels/a.png", np.full((60, 120), CITYSCAPES.index("road"), np.uint8))
    sheet = sheet_of(tmp_path)
    assert sheet.shape[0] == TILE // 2 + 4
    assert sheet[50, TILE // 2].tolist() == [77] * 3
    assert sheet[50, TILE + TILE // 2].tolist() == list(COLOURS["road"])


def test_images_alone_take_one_tile_and_rows_are_filled(tmp_path):
    source = making.make_folder(tmp_path / "source", ["a"])
    target = making.make_folder(tmp_path / "target", [f"{i}" for i in range(4)], labels=False, seed=9)
    height = round(TILE * 33 / 65) + 4
    sheet = sheet_of(source, target)
    assert sheet.shape[0] == 3 * height  # one row of the source, two of the target
    assert sheet.shape[1] == max(2 * TILE + 4, TILES_PER_ROW * (TILE + 4))


def test_a_sheet_needs_a_domain():
    with pytest.raises(DataError, match="no domain could be opened"):
        contact_sheet([Examination("source train", "/gone")])
