"""int8 takes its ranges from ordinary frames: one on which the network blows up is left out, and this is told."""

import keras
import numpy as np

from keras_uda.export.calibration import Calibration
from keras_uda.export.calibration import outliers
from keras_uda.export.check_frames import CheckFrames
from keras_uda.export.source import Source


def exploding() -> keras.Model:
    """Activations of about 1, but of thousands where an image is brighter than 250."""
    image = keras.Input((None, None, 3))
    features = keras.layers.Rescaling(1 / 255)(image) + 1e3 * keras.layers.ReLU()(image - 250.0)
    return keras.Model(image, {"logits": keras.layers.Identity()(features * 0.5), "features": features})


def frames(*brightness: int) -> np.ndarray:
    return np.stack([np.full((4, 6, 3), value, "uint8") for value in brightness])


def test_only_frames_far_above_the_others_are_outliers():
    found = outliers(exploding(), frames(100, 180, 255, 60, 250, 140))
    assert found.tolist() == [False, False, True, False, False, False]


def test_frames_that_are_all_alike_stay():
    assert not outliers(exploding(), frames(255, 255, 255)).any()
    assert not outliers(exploding(), frames(80)).any()


def test_what_is_left_out_is_told(tmp_path, capsys, monkeypatch):
    kept = CheckFrames(frames(100, 255, 120, 90), None, np.zeros(0), "frames of a test")
    monkeypatch.setattr(Source, "load", lambda source: exploding())
    read = Calibration(Source(tmp_path), 100, kept)
    assert read().shape == (3, 4, 6, 3) and read().max() == 120 and read() is read()
    assert read.used == {"frames": 3, "left_out": 1, "from": "frames of a test"}
    assert "1 of 4 calibration frames left out" in capsys.readouterr().out


def test_no_frame_in_a_hundred_of_an_ordinary_network_is_left_out():
    keras.utils.set_random_seed(0)
    image = keras.Input((None, None, 3))
    features = keras.layers.Conv2D(8, 3, activation="relu")(keras.layers.Rescaling(1 / 255)(image))
    model = keras.Model(image, {"logits": keras.layers.Conv2D(4, 1)(features), "features": features})
    images = np.random.default_rng(0).integers(0, 256, (100, 16, 16, 3)).astype("uint8")
    assert not outliers(model, images).any()
