"""A class that swallows the map is noticed; what a segmenter that starts untrained predicts is not."""

import json

import numpy as np
import pytest

from keras_uda.data.cache.conversion import encode_png
from keras_uda.data.prepared import Prepared
from keras_uda.training.callbacks.collapse import Collapsed
from keras_uda.training.callbacks.collapse import StopOnCollapse
from keras_uda.training.callbacks.collapse import report_collapse
from tests.stages import make_stage

CLASSES = ("road", "sky", "car")


SAVED_EVERY = 10


class State:
    """The generations of a stage, without content."""

    def __init__(self, folder):
        self.folder, self.kept = folder, None


@pytest.fixture
def target(tmp_path):
    files = [tmp_path / f"{number}.png" for number in range(10)]
    for file in files:
        file.write_bytes(encode_png(np.zeros((8, 10, 3), "uint8")))
    return Prepared([str(file) for file in files], None, [file.name for file in files], (10, 8))


def watching(target, folder, first_step=0, trained=True, steps=100) -> StopOnCollapse:
    stage = make_stage(folder, steps=steps, trained=trained, classes=CLASSES, checkpoint_every=SAVED_EVERY)
    return StopOnCollapse(first_step, stage, State(folder / "state"), target, largest_share=0.4)


@pytest.fixture
def watch(target, tmp_path):
    return watching(target, tmp_path)


def shares(watch, monkeypatch, *values):
    left = iter(values)
    monkeypatch.setattr(watch, "largest", lambda: ("road", next(left)))
    watch.on_train_begin()


def test_it_observes_before_every_checkpoint(watch, monkeypatch):
    shares(watch, monkeypatch, 0.4, 0.5, 0.69, 0.71)
    for step in range(1, 30):
        watch.after_step(step, {})
    with pytest.raises(Collapsed, match="`road` takes 71% of the pixels at step 30"):
        watch.after_step(30, {})


def test_the_last_step_is_observed(target, tmp_path, monkeypatch):
    watch = watching(target, tmp_path, steps=7)
    shares(watch, monkeypatch, 0.4, 0.9)
    with pytest.raises(Collapsed):
        watch.after_step(7, {})


@pytest.mark.parametrize("first", [1.0, 0.5])
def test_an_untrained_start_has_time(target, tmp_path, monkeypatch, first):
    watch = watching(target, tmp_path, trained=False)
    shares(watch, monkeypatch, first, 0.95, 0.6, 0.9)
    watch.after_step(10, {})
    watch.after_step(20, {})
    with pytest.raises(Collapsed):
        watch.after_step(30, {})


def test_a_class_that_has_the_map_to_the_end_is_reported(target, tmp_path, monkeypatch, capsys):
    watch = watching(target, tmp_path, trained=False)
    shares(watch, monkeypatch, 1.0, 1.0, 0.97)
    watch.after_step(10, {})
    with pytest.raises(Collapsed) as collapse:
        watch.after_step(100, {})
    assert collapse.value.healthy is None
    report_collapse(make_stage(tmp_path), collapse.value, 100)
    assert "97% of the pixels at step 100" in capsys.readouterr().err
    assert "no healthy state" in (tmp_path / "notes.json").read_text()


def test_a_trained_start_is_healthy(watch, monkeypatch):
    """Its labels were chosen with a prior, without which it gives one class more."""
    shares(watch, monkeypatch, 0.8, 0.85, 0.91)
    watch.after_step(10, {})
    with pytest.raises(Collapsed) as collapse:
        watch.after_step(20, {})
    assert collapse.value.healthy == 10


@pytest.mark.parametrize("trained", [True, False])
def test_a_signal_and_a_resume_change_nothing(target, tmp_path, monkeypatch, trained):
    """Healthy until step 13; stopped at 15 with a generation that nobody looked at, and again at 17."""
    watch = watching(target, tmp_path, trained=trained)
    shares(watch, monkeypatch, 0.4, 0.4)
    for step in range(1, 16):
        watch.after_step(step, {})
    for done in (15, 17):
        watch = watching(target, tmp_path, done, trained)
        shares(watch, monkeypatch, 0.98)
        assert watch.state.kept == 10
        watch.after_step(done + 1, {})
    with pytest.raises(Collapsed, match="step 20") as collapse:
        watch.after_step(20, {})
    assert collapse.value.healthy == 10


def test_what_was_seen_after_the_restored_step_is_seen_again(target, tmp_path, monkeypatch):
    watch = watching(target, tmp_path, trained=False)
    shares(watch, monkeypatch, 1.0, 1.0, 0.5)
    watch.after_step(10, {})
    watch.after_step(20, {})  # killed before it was saved
    watch = watching(target, tmp_path, 10, trained=False)
    shares(watch, monkeypatch, 1.0)
    watch.after_step(20, {})
    assert [line["step"] for line in watch.observations.lines] == [0, 10, 20] and watch.state.kept is None


def test_what_the_largest_class_takes_at_first_is_not_held_against_it(target, tmp_path, monkeypatch):
    watch = watching(target, tmp_path, trained=False)
    shares(watch, monkeypatch, 0.3, 0.69, 0.8, 0.86)
    watch.after_step(10, {})
    watch.after_step(20, {})
    with pytest.raises(Collapsed):
        watch.after_step(30, {})


def test_the_largest_class_is_found(watch):
    class Model:
        @staticmethod
        def segmenter(images, training):
            logits = np.zeros((len(images), 4, 5, 3), "float32")
            logits[:, :3, :, 1] = 1
            return {"logits": logits}

    watch._model = Model
    assert watch.images.shape == (8, 8, 10, 3)
    name, share = watch.largest()
    assert name == "sky" and share == pytest.approx(0.75)


def test_it_is_said_once_in_the_notes(tmp_path, capsys):
    for _ in range(2):
        report_collapse(make_stage(tmp_path), Collapsed(40, "road", 0.93, 30), 30)
    (note,) = json.loads((tmp_path / "notes.json").read_text())
    assert note["level"] == "warning" and "Stage adapt" in note["text"] and "step 30" in note["text"]
    assert "93%" in capsys.readouterr().err
