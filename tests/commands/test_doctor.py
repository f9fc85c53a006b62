"""`doctor`: what is said of a split, and which labels are opened."""

import numpy as np
import pytest

from keras_uda.commands import doctor
from keras_uda.core.classes import CITYSCAPES
from keras_uda.data.doctor.examine import Examination
from keras_uda.data.problems import Problem
from tests.data import making
from tests.training.test_run import SEMI
from tests.training.test_run import parsed


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--method", "minent"], False),
        (["--method", "oracle"], True),
        (["--method", "weaklabel", "--weak", "pseudo"], False),
        (["--method", "weaklabel", "--weak", "point"], True),
        (SEMI, True),
    ],
)
def test_target_labels_are_opened_where_training_opens_them(flags, expected):
    assert doctor.opens_target_labels(parsed(*flags)) == expected


def test_a_split_is_described_in_a_few_lines(tmp_path):
    opened = making.domain(making.make_folder(tmp_path / "data"))
    problems = [Problem(f"{number}.png", "bad") for number in range(30)]
    text = doctor.summary(Examination("source train", "data", opened, problems=problems, remarks=["odd"]))
    lines = text.splitlines()
    assert lines[0].startswith("source train: data: 8 samples, labelled, class map") and lines[1] == "  remark: odd"
    assert len(lines) == 2 + doctor.SHOWN_PROBLEMS + 1 and lines[-1] == "  ... and 10 more (--output DIR writes all)"
    assert doctor.summary(Examination("target val", "nowhere")) == "target val: nowhere: not opened"


def test_the_table_has_shares_and_images_of_every_class(tmp_path, monkeypatch):
    result = Examination("source train", "data", making.domain(making.make_folder(tmp_path / "data")))
    pixels, images = np.zeros(256, int), np.zeros(256, int)
    pixels[[0, 2, 255]], images[[0, 2]] = (60, 30, 10), (7, 3)
    monkeypatch.setattr(Examination, "pixels", pixels)
    monkeypatch.setattr(Examination, "images_with", images)
    lines = doctor.class_table([result]).splitlines()
    assert len(lines) == len(CITYSCAPES) + 2 and len(set(map(len, lines))) == 1
    assert lines[1].split() == ["road", "60.00", "7"] and lines[-1].split() == ["ignored", "10.00", "0"]


def test_without_labels_there_is_no_table():
    assert doctor.class_table([Examination("target train", "data")]) == "no label files read"


def test_the_whole_list_is_written(tmp_path):
    problems = [Problem("a\nb.png", "bad"), Problem("c.png", "worse")]
    listing = doctor.write_listing(str(tmp_path / "out"), problems)
    assert len(listing.read_text().splitlines()) >= 2 and "worse" in listing.read_text()
    assert doctor.write_listing(None, problems) is None
