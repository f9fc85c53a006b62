"""Frames whose shape would change a lot: what is said, and what size keeps it."""

import numpy as np
import pytest

from keras_uda.data.prepared import Prepared
from keras_uda.data.shape import shape_note
from keras_uda.data.shape import size_of_shape
from tests.data.making import save


def frames(folder, width: int, height: int, size: tuple[int, int] = (256, 192)) -> Prepared:
    save(folder / "a.png", np.zeros((height, width, 3), "uint8"))
    return Prepared([str(folder / "a.png")], None, ["a.png"], size)


@pytest.mark.parametrize(
    ("width", "height", "words"),
    [
        (405, 720, "405x720 are seen at 256x192, where things look 2.4 times as wide as they are. --data.size 160x288"),
        (
            1280,
            720,
            "1280x720 are seen at 256x192, where things look 1.3 times as tall as they are. --data.size 288x160",
        ),
        (720, 200, "2.7 times as tall as they are"),
    ],
)
def test_a_changed_shape_is_said_with_the_size_that_keeps_it(tmp_path, width, height, words):
    assert words in shape_note(frames(tmp_path, width, height))


@pytest.mark.parametrize(("width", "height"), [(480, 360), (720, 480), (1280, 1024)])
def test_usual_shapes_are_not_spoken_of(tmp_path, width, height):
    assert shape_note(frames(tmp_path, width, height)) is None


def test_the_usual_frame_stands_for_all(tmp_path):
    shapes = [(36, 48), *[(36, 64)] * 5, (36, 48), (36, 48)]
    files = [tmp_path / f"{number}.png" for number in range(8)]
    for file, shape in zip(files, shapes, strict=True):
        save(file, np.zeros((*shape, 3), "uint8"))
    note = shape_note(Prepared([str(file) for file in files], None, [file.name for file in files], (256, 192)))
    assert note.startswith("Target frames of 64x36 are seen at 256x192")


def test_the_proposed_size_is_as_large_and_of_the_shape():
    for width, height in ((405, 720), (1080, 1920), (2048, 1024), (640, 480)):
        wide, tall = size_of_shape(width, height, (512, 384))
        assert wide % 32 == tall % 32 == 0 and 0.8 < wide * tall / (512 * 384) < 1.25
        assert 0.85 < (wide / tall) / (width / height) < 1.18
