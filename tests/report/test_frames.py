"""The frames of a report: what fits together is shown, what does not is left out and named."""

import numpy as np
import pytest

from keras_uda.report import frames as module
from keras_uda.report.frames import Frames
from keras_uda.report.frames import read_frames

CLASSES = 3
MERGE = np.array([0, 1, 1], "uint8")
NAMES = np.array(["a.png", "b.png"])
IMAGES = np.full((2, 4, 6, 3), 9, "uint8")
LABELS = np.full((2, 4, 6), 255, "uint8")
MAPS = np.full((2, 4, 6), 2, "uint8")


@pytest.fixture
def read(tmp_path):
    """Reads archives (model -> arrays) that are written first; gives the frames and the problems."""

    def run(**models) -> tuple[Frames, list[str]]:
        problems = []
        for model, arrays in models.items():
            np.savez_compressed(tmp_path / f"{model}.npz", **arrays)
        files = {model: tmp_path / f"{model}.npz" for model in models}
        found = read_frames(files, CLASSES, MERGE, lambda where, what: problems.append(f"{where}: {what}"))
        return found, problems

    return run


ADAPTED = {"names": NAMES, "images": IMAGES, "labels": LABELS, "entropy": LABELS, "predictions": MAPS}
OTHER = {"names": NAMES[::-1], "predictions": MAPS * 0}


def test_what_fits_is_read_merged_and_in_order(read):
    source = {"names": NAMES[::-1], "predictions": np.stack([MAPS[0], MAPS[0] * 0])}
    frames, problems = read(source_only=source, adapted=ADAPTED)
    assert (
        problems == [] and frames.names == ["a.png", "b.png"] and set(frames.predictions) == {"source_only", "adapted"}
    )
    np.testing.assert_array_equal(frames.predictions["adapted"], MAPS // 2)  # class 2 counts as class 1
    np.testing.assert_array_equal(frames.predictions["source_only"], np.stack([MAPS[0] * 0, MAPS[0] // 2]))


def test_frames_of_another_size_are_left_out(read):
    frames, _ = read(adapted=ADAPTED | {"images": np.stack([IMAGES[0], IMAGES[0] * 0])})
    assert (
        frames.names == ["a.png"]
        and len(frames.images) == len(frames.labels) == len(frames.predictions["adapted"]) == 1
    )


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"images": IMAGES.astype("float32")}, "images"),
        ({"images": IMAGES[..., 0]}, "images"),
        ({"images": IMAGES[:1]}, "images"),
        ({"images": IMAGES[:, :0], "entropy": LABELS[:, :0]}, "pixel"),
        ({"labels": LABELS.astype("int64")}, "labels"),
        ({"entropy": LABELS[:, :2]}, "entropy"),
        ({"names": np.array([1, 2])}, "names"),
        ({"names": np.array([["a.png", "b.png"]])}, "names"),
        ({"names": np.array(["x" * 1001, "b"])}, "1000 characters"),
        ({"predictions": MAPS + 250 - 2}, "class 250 of 3"),
        ({"predictions": MAPS[:, 0]}, "predictions"),
        ({"predictions": MAPS.astype("float64")}, "predictions"),
    ],
)
def test_a_model_that_does_not_fit_is_named_and_the_other_is_shown(read, change, word):
    frames, problems = read(source_only=ADAPTED | change, adapted=ADAPTED)
    assert len(problems) == 1 and problems[0].startswith("frames/source_only.npz") and word in problems[0]
    assert set(frames.predictions) == {"adapted"} and len(frames.images) == 2


def test_label_maps_of_another_size_than_the_labels_cannot_be_compared(read):
    frames, problems = read(source_only={"names": NAMES, "predictions": MAPS[:, :2]}, adapted=ADAPTED)
    assert set(frames.predictions) == {"adapted"} and "beside others" in problems[0]


def test_a_bomb_and_too_many_frames_are_refused_before_they_are_unpacked(read, monkeypatch):
    monkeypatch.setattr(module, "LARGEST_FRAMES", 1_000_000)
    bomb = np.zeros((2, 1000, 1000, 3), "uint8")
    frames, problems = read(source_only=OTHER, adapted=ADAPTED | {"images": bomb})
    assert frames == Frames() and "unpacks to more than 1 MB" in problems[0]
    many = np.array(["x"] * 201)
    frames, problems = read(adapted={"names": many, "images": np.ones((201, 1, 1, 3), "uint8")})
    assert frames == Frames() and "more than 200 frames" in problems[0]


def test_a_missing_file_of_names_or_images_is_nothing(read):
    frames, problems = read(adapted={"images": IMAGES})
    assert frames == Frames() and "names" in problems[0]
    assert read(adapted=OTHER) == (Frames(), [])
