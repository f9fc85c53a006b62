"""Frames of a clip in a folder are told, among themselves and between what is trained on and what is scored."""

import numpy as np

from keras_uda.config.data_schema import DataConfig
from keras_uda.config.data_schema import DomainConfig
from keras_uda.data.doctor.examine import examine
from tests.data.making import save
from tests.pictures import scene


def test_frames_of_a_clip_are_told(tmp_path):
    for split, shown in (("train", (0, 0, 1, 2, 2, 2)), ("val", (2, 3, 4))):
        for number, index in enumerate(shown):
            image = scene(index, noise=10 * number + len(shown))
            save(tmp_path / "images" / split / f"{number}.png", image)
            save(tmp_path / "labels" / split / f"{number}.png", np.zeros(image.shape[:2], np.uint8))
    target = DomainConfig("folder", str(tmp_path), "80x48")
    _, train, val = examine(DataConfig(source=DomainConfig(frames=2), target=target))
    assert [line for line in train.remarks if "look like" in line] == [
        "3 of 6 images look like another one (frames of a clip?), among them 1.png: the reader `footage` takes the "
        "clip without them, or leave them out with `exclude`"
    ]
    assert [line for line in val.remarks if "look like" in line] == [
        "1 of 3 images look like one that is trained on, among them 0.png: neighbouring frames are no test, hold out "
        "whole drives"
    ]
