"""A generated look-alike of Dark Zurich, its archives beside each other as they unpack."""

import numpy as np
import pytest

from keras_uda.config.data_schema import DataConfig
from keras_uda.config.data_schema import DomainConfig
from keras_uda.data.doctor.examine import examine
from tests.data.making import domain
from tests.data.making import names
from tests.data.making import refuse
from tests.data.readers.look_alike import classes_of
from tests.data.readers.look_alike import columns
from tests.data.readers.look_alike import image
from tests.data.readers.look_alike import label
from tests.data.readers.look_alike import litter

VAL = "val/night/GOPR0356/GOPR0356_frame_000321"


def look_alike(root, train="Dark_Zurich_train_anon/", val="Dark_Zurich_val_anon/"):
    for time, drive in (("day", "GOPR0345"), ("twilight", "GOPR0347"), ("night", "GOPR0351")):
        image(root, f"{train}rgb_anon/train/{time}/{drive}/{drive}_frame_000123_rgb_anon.png")
    image(root, f"{val}rgb_anon/{VAL}_rgb_anon.png")
    image(root, f"{val}rgb_anon/val_ref/day/GOPR0356_ref/GOPR0356_frame_000324_rgb_ref_anon.png")
    label(root, f"{val}gt/{VAL}_gt_labelTrainIds.png", 0, 10, 13, 255)
    label(root, f"{val}gt/{VAL}_gt_labelIds.png", 7, 23, 26, 0)
    for kind in ("gt_labelColor", "gt_invGray", "gt_invColor"):
        image(root, f"{val}gt/{VAL}_{kind}.png")


@pytest.mark.parametrize("tops", [{}, {"train": "", "val": ""}])
def test_dark_zurich(tmp_path, tops):
    look_alike(tmp_path, **tops)
    litter(tmp_path)
    train = domain(tmp_path, name="dark_zurich")
    assert names(train) == ["train/night/GOPR0351/GOPR0351_frame_000123_rgb_anon.png"] and not train.labelled
    val = domain(tmp_path, "val", "dark_zurich")
    assert names(val) == [f"{VAL}_rgb_anon.png"] and classes_of(val) == columns("road", "sky", "car", None)


def test_the_doctor_reads_it_as_a_target(tmp_path):
    look_alike(tmp_path)
    target = DomainConfig(name="dark_zurich", root=str(tmp_path))
    _, train, val = examine(DataConfig(source=DomainConfig("sim", frames=1), target=target))
    assert not train.problems and train.pixels is None and not val.problems
    assert {0, 10, 13, 255} == set(np.flatnonzero(val.pixels))


def test_times_that_a_split_does_not_have_are_left_out(tmp_path):
    look_alike(tmp_path)
    times = {"time": ["day", "twilight", "night"]}
    train = domain(tmp_path, name="dark_zurich", arguments=times)
    assert [name.split("/")[1] for name in names(train)] == ["day", "night", "twilight"]
    assert names(domain(tmp_path, "val", "dark_zurich", arguments=times)) == [f"{VAL}_rgb_anon.png"]
    by_day = domain(tmp_path, "val_ref", "dark_zurich", arguments={"time": "day"})
    assert names(by_day) == ["val_ref/day/GOPR0356_ref/GOPR0356_frame_000324_rgb_ref_anon.png"]
    assert "there is only train, val" in str(refuse(tmp_path, "test", "dark_zurich"))


def test_without_train_ids_the_ids_are_read(tmp_path):
    look_alike(tmp_path)
    next(tmp_path.rglob("*labelTrainIds.png")).unlink()
    val = domain(tmp_path, "val", "dark_zurich")
    assert val.class_map.name == "cityscapes" and classes_of(val) == columns("road", "sky", "car", None)
