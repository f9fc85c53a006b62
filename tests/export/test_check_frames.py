"""Frames that an export is checked on: those of the run's report, else of the built-in drive."""

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
    with pytest.raises(ArtefactError, match="adapted.npz: damaged .*evaluate"):
        check_frames(tmp_path, RECORD)
