"""Pictures of a training: of predictions in TensorBoard, of what a method shows in the run folder too."""

import json

import numpy as np
import pytest

from keras_uda.training.callbacks.pictures import MethodPictures
from keras_uda.training.callbacks.pictures import PredictionPictures
from tests.stages import make_stage
from tests.toy import CLASSES
from tests.toy import HEIGHT
from tests.toy import WIDTH
from tests.toy import toy_batch
from tests.toy import toy_method


@pytest.mark.parametrize("labelled", [True, False])
def test_predictions_are_pictured_at_most_ten_times_a_stage(tmp_path, labelled):
    names = tuple(f"class {number}" for number in range(CLASSES))
    stage = make_stage(tmp_path, steps=40, classes=names, checkpoint_every=1)
    labels = np.zeros((2, HEIGHT, WIDTH), "uint8") if labelled else None
    show = PredictionPictures(0, stage, np.zeros((2, HEIGHT, WIDTH, 3), "uint8"), labels)
    show.set_model(toy_method("advent"))
    (file,) = (tmp_path / "tensorboard").iterdir()
    sizes = []
    for step in range(1, 9):
        show.after_step(step, {})
        sizes.append(file.stat().st_size)
    assert sizes[0] == sizes[2] < sizes[3] == sizes[6] < sizes[7]


def test_pictures_of_a_method_are_kept(tmp_path):
    show = MethodPictures(0, make_stage(tmp_path, steps=4), lambda: toy_batch())
    method = toy_method("lsdseg")
    show.set_model(method)
    show.after_step(3, {})
    assert not (tmp_path / "pictures").exists()
    show.after_step(4, {})
    (name,) = (path.name for path in (tmp_path / "pictures").glob("*.png"))
    assert "step 4" in json.loads((tmp_path / "pictures" / "captions.json").read_text())[name]
    assert list((tmp_path / "tensorboard").iterdir())


def test_a_method_without_pictures_is_asked_once(tmp_path):
    asked = []
    show = MethodPictures(0, make_stage(tmp_path, steps=4, checkpoint_every=1), lambda: asked.append(1))
    show.set_model(toy_method("minent"))
    for step in (1, 2, 4):
        show.after_step(step, {})
    assert len(asked) <= 2 and not (tmp_path / "pictures").exists()
