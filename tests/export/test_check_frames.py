"""Frames that an export is checked on: those of the run's report, else of the built-in drive."""

import os

import numpy as np
import pytest

from keras_uda.core.errors import ArtefactError
from keras_uda.export.check_frames import DRIVE_FRAMES
from keras_uda.export.check_frames import check_frames
from keras_uda.world.render import indices
from keras_uda.world.render import render

RECORD = {"size": "16x12", "classes": ["road", "car", "truck"]}


def keep(run, name, **arrays):
    (run / "frames").mkdir(exist_ok=True)
    np.savez(run / "frames" / f"{name}.npz", **arrays)


def images(value, height=12, width=16):
    return np.full((3, height, width, 3), value, "uint8")


def test_frames_of_the_adapted_segmenter_come_first(tmp_path):
    keep(tmp_path, "adapted", images=images(1), labels=np.zeros((3, 6, 8), "uint8"))
    keep(tmp_path, "a_baseline", images=images(2))
    found = check_frames(tmp_path, RECORD)
    assert found.origin == "frames/adapted.npz of the run" and (found.images == 1).all()
    assert found.labels.shape == (3, 6, 8)


def test_a_run_that_adapts_nothing_has_frames_as_well(tmp_path):
    keep(tmp_path, "oracle", predictions=np.zeros(3))
    keep(tmp_path, "source_only", images=images(7))
    found = check_frames(tmp_path, RECORD)
    assert found.origin == "frames/source_only.npz of the run" and (found.images == 7).all() and found.labels is None


@pytest.mark.parametrize("kept", [None, {"images": images(0, 24, 32)}, {"images": images(0)[:0]}])
def test_without_frames_of_the_right_size_the_drive_is_taken(tmp_path, kept):
    if kept is not None:
        keep(tmp_path, "adapted", **kept)
    found = check_frames(tmp_path, RECORD)
    assert "built-in" in found.origin and found.images.shape == (DRIVE_FRAMES, 12, 16, 3) and found.labels is None
    first = indices("val", DRIVE_FRAMES)[0]
    np.testing.assert_array_equal(found.images[0], render("drive", first, (16, 12), 0)[0])


def test_classes_are_merged_as_the_run_was_scored(tmp_path):
    assert check_frames(tmp_path, RECORD).merge.tolist() == [0, 1, 2]
    (tmp_path / "config.yaml").write_text("evaluation:\n  merge:\n    truck: car\n")
    assert check_frames(tmp_path, RECORD).merge.tolist() == [0, 1, 1]


def test_damaged_frames_are_named(tmp_path):
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames" / "adapted.npz").write_bytes(b"PK rubbish")
    with pytest.raises(ArtefactError, match="adapted.npz: not whole arrays .*evaluate"):
        check_frames(tmp_path, RECORD)


@pytest.mark.parametrize(
    "arrays",
    [
        {"images": images(1).astype("float32")},
        {"images": images(1), "labels": np.zeros((2, 6, 8), "uint8")},
        {"images": images(1), "labels": np.zeros((3, 6, 8), "int64")},
    ],
)
def test_frames_of_the_right_size_that_are_no_frames_are_named(tmp_path, arrays):
    keep(tmp_path, "adapted", **arrays)
    with pytest.raises(ArtefactError, match="adapted.npz: not whole arrays"):
        check_frames(tmp_path, RECORD)


def test_frames_of_another_size_are_not_unpacked(tmp_path, monkeypatch):
    (tmp_path / "frames").mkdir()
    np.savez_compressed(tmp_path / "frames" / "adapted.npz", images=np.zeros((40, 900, 900, 3), "uint8"))
    monkeypatch.setattr(np.lib.format, "read_array", None)
    assert "built-in" in check_frames(tmp_path, RECORD).origin


def test_a_pipe_among_the_frames_does_not_hold_it_up(tmp_path):
    (tmp_path / "frames").mkdir()
    os.mkfifo(tmp_path / "frames" / "adapted.npz")
    with pytest.raises(ArtefactError, match="a pipe"):
        check_frames(tmp_path, RECORD)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (": [", "not YAML"),
        ("- a\n", "not a mapping"),
        ("evaluation: []\n", "evaluation: "),
        ("evaluation: {merge: [a]}\n", "evaluation.merge: "),
        ("evaluation: {merge: {car: [road]}}\n", "evaluation.merge.car: "),
        ("evaluation: {merge: {car: street}}\n", "`street` is no class"),
        ("evaluation: {merge: {cart: road}}\n", "`cart` is no class"),
        ("[" * 60, "not"),
        ("a: " + "[" * 20_000, "brackets"),
    ],
)
def test_a_damaged_configuration_is_one_line(tmp_path, text, what):
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(ArtefactError, match="config.yaml") as failure:
        check_frames(tmp_path, RECORD)
    line = str(failure.value)
    assert what in failure.value.what and "\n" not in line and line.count("config.yaml") == 1
