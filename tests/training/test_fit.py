"""One stage: trained, resumed, stopped by what cannot be meant or by a class that swallows the map."""

import json

import keras
import numpy as np
import pytest

from keras_uda.core.errors import ConfigurationError
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.data.domains import Domains
from keras_uda.data.ledger import LabelLedger
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.stage import stages_of
from keras_uda.segmenters.build import load_segmenter
from keras_uda.training import fit as module
from keras_uda.training.build import initial_segmenter
from keras_uda.training.callbacks.collapse import Collapsed
from keras_uda.training.callbacks.step import StepCallback
from keras_uda.training.fit import fit
from keras_uda.training.fit import restore_healthy
from keras_uda.training.fit import train_stage
from keras_uda.training.stage_data import StageData
from tests.stages import make_stage
from tests.training.callbacks.test_collapse import State
from tests.training.test_run import SMALL
from tests.training.test_run import parsed


@pytest.fixture
def stage(tmp_path, monkeypatch):
    """Of MinEnt, four steps, with a checkpoint after every second."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    flags = ["--method", "minent", "--steps", "4", "--checkpoint_every", "2", "--data.batch", "2"]
    (stage,) = stages_of(parsed(*flags, *SMALL), RunFolder(tmp_path / "run"))
    (tmp_path / "run").mkdir()
    return stage


def train(stage) -> str:
    return train_stage(stage, Domains(stage.run.data, LabelLedger(["evaluation"])), initial_segmenter(stage.run))


def test_a_stage_leaves_its_segmenter_and_its_state(stage):
    segmenter = initial_segmenter(stage.run)
    before = [np.array(weight) for weight in segmenter.get_weights()]
    state_hash = train_stage(stage, Domains(stage.run.data, LabelLedger(["evaluation"])), segmenter)
    provenance = stage.provenance()
    assert (provenance["stage"], provenance["steps"], provenance["state_hash"]) == ("adapt", 4, state_hash)
    generations = sorted(path.name for path in (stage.folder / "state").glob("step-*"))
    assert generations == ["step-00000002", "step-00000004"]
    saved = load_segmenter(stage.folder)[0].get_weights()
    assert all(np.array_equal(one, other) for one, other in zip(saved, segmenter.get_weights(), strict=True))
    assert any((one != other).any() for one, other in zip(before, saved, strict=True))


@pytest.mark.slow
@pytest.mark.ci
def test_a_stage_that_was_interrupted_ends_with_the_same_state(stage, monkeypatch):
    whole = train(stage)
    for name in ("segmenter.json", "state/step-00000004/manifest.json"):
        (stage.folder / name).unlink()
    resumed = []
    monkeypatch.setattr(module, "continue_fit", lambda *given: resumed.append(given[-1]) or CONTINUE(*given))
    assert train(stage) == whole and resumed == [2]


@pytest.mark.slow
@pytest.mark.ci
@pytest.mark.parametrize("keep", [True, False])
def test_the_teacher_that_is_kept_is_what_a_stage_leaves(stage, monkeypatch, keep):
    flags = ["--method", "dacs", "--steps", "2", "--data.batch", "2", *SMALL]
    run = parsed(*flags, "--stages.adapt.arguments.keep_teacher", str(keep).lower())
    (stage,) = stages_of(run, stage.run_folder)
    made = []
    monkeypatch.setattr(module, "build_method", lambda *given: made.append(BUILD(*given)) or made[-1])
    segmenter = initial_segmenter(stage.run)
    train_stage(stage, Domains(stage.run.data, LabelLedger(["evaluation"])), segmenter)
    written = load_segmenter(stage.folder)[0].get_weights()
    for one, of_teacher, passed_on in zip(written, made[0].teacher.get_weights(), segmenter.get_weights(), strict=True):
        np.testing.assert_array_equal(one, passed_on)
        assert not keep or np.array_equal(one, of_teacher)
    of_teacher = made[0].teacher.get_weights()
    assert keep == all(np.array_equal(one, other) for one, other in zip(written, of_teacher, strict=True))
    train_stage(stage, Domains(stage.run.data, LabelLedger(["evaluation"])), initial_segmenter(stage.run))
    again = load_segmenter(stage.folder)[0].get_weights()  # from the saved state: nothing was left to train
    assert all(np.array_equal(one, other) for one, other in zip(written, again, strict=True))


CONTINUE, BUILD = module.continue_fit, module.build_method


class Failing(keras.Model):
    """A method whose step fails."""

    def __init__(self, error):
        super().__init__()
        self.error = error

    def fit(self, *arguments, **options):
        raise self.error


class Ended(StepCallback):
    """Notes that training ended."""

    ended = False

    def on_train_end(self, logs=None):
        self.ended = True


def test_what_cannot_be_meant_is_an_error_of_the_configuration():
    ended, method = Ended(0), Failing(ConfigurationError("maps are too small", "Use larger ones"))
    with pytest.raises(UsageError, match="configuration: maps are too small. Use larger ones."):
        fit(method, None, 1, [ended], StageData(None, None))
    assert ended.ended


def test_a_file_that_vanished_is_named(stage):
    domains = Domains(stage.run.data, LabelLedger(["evaluation"]))
    source = domains.source
    source.images[1] = str(stage.run_folder / "gone.png")
    error = module.tf.errors.NotFoundError(None, None, "somewhere in a graph")
    with pytest.raises(DataError, match="gone.png"):
        fit(Failing(error), None, 1, [], StageData(source, domains.target))
    source.images[1] = source.images[0]
    with pytest.raises(module.tf.errors.NotFoundError):
        fit(Failing(error), None, 1, [], StageData(source, domains.target))


class Restoring(State):
    """Notes what is restored and saved."""

    restored, saved = None, None

    def restore_latest(self, step):
        self.restored = step
        return step

    def save(self, step):
        self.saved = step


@pytest.mark.parametrize(("healthy", "expected"), [(30, (30, 30, None)), (None, (100, None, 100))])
def test_a_stage_that_collapsed_ends_healthy_if_it_ever_was(tmp_path, capsys, healthy, expected):
    stage, state = make_stage(tmp_path), Restoring(tmp_path)
    step = restore_healthy(stage, None, state, [], Collapsed(50, "road", 0.99, healthy))
    assert (step, state.restored, state.saved) == expected
    assert "has taken over the prediction" in capsys.readouterr().err
    (note,) = json.loads((tmp_path / "notes.json").read_text())
    assert note["key"] == "adapt/collapse"
