"""A loss that is not finite ends the training before anything is saved, with the batch that did it."""

import json

import keras
import numpy as np
import pytest

from keras_uda.core.errors import NumericsError
from keras_uda.methods import selftraining
from keras_uda.optimizers.sgd import CoupledSGD
from keras_uda.runs.folder import RunFolder
from keras_uda.training.callbacks.nan import StopOnNaN
from keras_uda.training.run import train
from tests.toy import toy_batch
from tests.toy import toy_method
from tests.toy import weights_of
from tests.training.test_run import SMALL
from tests.training.test_run import parsed


class Model:
    """As much of a method as the callback looks at."""

    def __init__(self, finite: bool):
        self.finite = keras.Variable(finite, dtype="bool")


def stopping(folder, finite: bool) -> StopOnNaN:
    batch = {"source": {"image": np.full((2, 4, 6, 3), 7, "uint8"), "label": np.zeros((2, 4, 6), "uint8")}}
    watcher = StopOnNaN(10, folder / "bad_batch", lambda step: batch | {"step": np.array(step)})
    watcher.set_model(Model(finite))
    return watcher


def test_a_finite_step_goes_on(tmp_path):
    stopping(tmp_path, True).after_step(11, {"segmentation": 1.0})
    assert not list(tmp_path.iterdir())


def test_the_batch_is_kept_and_the_loss_named(tmp_path):
    with pytest.raises(NumericsError, match=r"step 12.*entropy not finite"):
        stopping(tmp_path, False).after_step(12, {"segmentation": 1.0, "entropy": np.nan})
    with np.load(tmp_path / "bad_batch" / "step-12.npz") as kept:
        assert sorted(kept.files) == ["source_image", "source_label", "step"]
        assert kept["source_image"].shape == (2, 4, 6, 3) and kept["step"] == 12


def test_a_learning_rate_of_a_million_leaves_every_weight_finite():
    """N4: from the first step whose gradient is not finite on nothing moves."""
    method = toy_method("minent")
    method.compile({"segmenter": CoupledSGD(1e6)}, run_eagerly=True)
    for step in range(6):
        method.train_step(toy_batch("minent", seed=step))
        assert all(np.isfinite(weight).all() for part in weights_of(method).values() for weight in part)


@pytest.mark.parametrize("factor", [np.nan, pytest.param(np.inf, marks=pytest.mark.slow)])
def test_a_training_that_diverges_keeps_its_last_healthy_state(factor, tmp_path, monkeypatch):
    """N4: the loss of the second stage is no number."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    whole = selftraining.pooled_mean
    monkeypatch.setattr(selftraining, "pooled_mean", lambda parts: whole(parts) * factor)
    flags = ["--method", "selftraining", "--steps", "2", "--checkpoint_every", "1", "--baselines", "none", *SMALL]
    folder = RunFolder(tmp_path / "run")
    with folder.claimed(), pytest.raises(NumericsError) as told:
        train(parsed(*flags), folder)
    assert told.value.exit_code == 5 and "bad_batch" in str(told.value)
    assert list((folder.path / "bad_batch").glob("step-*.npz"))
    assert (folder / "stages" / "0_source" / "segmenter.weights.h5").is_file()
    assert not (folder.path / "segmenter.weights.h5").exists()
    assert json.loads((folder.path / "run.json").read_text())["status"] == "running"
