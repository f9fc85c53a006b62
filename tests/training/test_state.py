"""Generations are whole or skipped, and nothing that trains is left out of them."""

import functools
import json
import os

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.config.stage_schema import OptimizerConfig
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import ResourceError
from keras_uda.methods.advent import AdvEnt
from keras_uda.optimizers.build import build_optimizer
from keras_uda.training import state as state_module
from keras_uda.training.generations import write_manifest
from keras_uda.training.state import TrainingState
from keras_uda.training.state import variables_of
from tests.everyday import IN_THE_CONTINUOUS_CHECK
from tests.toy import moved
from tests.toy import toy_batch
from tests.toy import toy_method
from tests.toy import toy_segmenter
from tests.toy import weights_of

SIZE = (32, 40)
CLASSES = 3


def segmenter() -> keras.Model:
    keras.utils.set_random_seed(3)
    image = keras.Input((None, None, 3))
    features = keras.layers.Conv2D(4, 3, strides=2, padding="same")(image)
    features = keras.layers.BatchNormalization()(features)
    features = keras.layers.Dropout(0.3)(keras.layers.ReLU()(features))
    logits = keras.layers.Conv2D(CLASSES, 1)(features)
    return keras.Model(image, {"logits": logits, "features": features})


def method(eager: bool = True) -> AdvEnt:
    """Compiled; eager mode is the fastest for few steps."""
    made = AdvEnt(segmenter(), adversarial_weights=(0.1,), discriminator_base=2)
    made.compile(
        {
            "segmenter": build_optimizer(OptimizerConfig("sgd", 0.01), 20, None),
            "discriminator": build_optimizer(OptimizerConfig("adam", 0.001), 20, None),
        },
        run_eagerly=eager,
    )
    return made


def batch(step: int) -> dict:
    generator = np.random.default_rng(step)
    image = lambda: generator.integers(0, 256, (2, *SIZE, 3), "uint8")  # noqa: E731
    label = generator.integers(0, CLASSES, (2, *SIZE)).astype("uint8")
    return {"source": {"image": image(), "label": label}, "target": {"image": image()}}


def train(made: AdvEnt, first: int, last: int) -> None:
    made.make_train_function()
    for step in range(first, last):
        made.train_function(iter([batch(step)]))


def interrupted(folder, eager: bool = True, stop: int = 2, end: int = 4) -> AdvEnt:
    first = method(eager)
    train(first, 0, stop)
    TrainingState(folder, first, {}).save(stop)
    second = method(eager)
    assert TrainingState(folder, second, {}).restore_latest() == stop
    train(second, stop, end)
    return second


@functools.cache
def uninterrupted_hash(eager: bool = True, end: int = 4) -> str:
    made = method(eager)
    train(made, 0, end)
    return state_module.state_hash(variables_of(made))


@pytest.mark.parametrize("eager", [True, pytest.param(False, marks=IN_THE_CONTINUOUS_CHECK)], ids=["eager", "graph"])
def test_interrupted_and_resumed_equals_uninterrupted(tmp_path, eager):
    resumed = interrupted(tmp_path, eager)
    assert state_module.state_hash(variables_of(resumed)) == uninterrupted_hash(eager)
    assert TrainingState(tmp_path, resumed, {}).hash() == uninterrupted_hash(eager)


@pytest.mark.parametrize("left_out", ["seed_generator", "moving_mean", "optimizer/discriminator", "method/0001"])
def test_a_state_left_out_is_noticed(tmp_path, monkeypatch, left_out):
    """The negative control: without one kind of state the resumed run ends elsewhere."""
    straight = uninterrupted_hash()
    monkeypatch.setattr(
        state_module, "variables_of", lambda made: {k: v for k, v in variables_of(made).items() if left_out not in k}
    )
    assert state_module.state_hash(variables_of(interrupted(tmp_path))) != straight


def test_a_step_that_overflows_changes_nothing_and_its_scale_is_state(tmp_path):
    """N6: the update is left out, the scale of the loss is halved, and a resumed run has that scale."""
    made = toy_method("minent", toy_segmenter(policy="mixed_float16"))
    before, (scaled,) = weights_of(made), made.optimizers.values()
    scaled.dynamic_scale.assign(2.0**60)
    logs = made.train_step(toy_batch("minent"))
    assert all(np.isfinite(float(value)) for value in logs.values()) and bool(made.finite.numpy())
    assert float(scaled.dynamic_scale) == 2.0**59 and not moved(before["segmenter"], weights_of(made)["segmenter"])

    TrainingState(tmp_path, made, {}).save(1)
    again = toy_method("minent", toy_segmenter(policy="mixed_float16"))
    assert TrainingState(tmp_path, again, {}).restore_latest() == 1
    assert float(again.optimizers["segmenter"].dynamic_scale) == 2.0**59
    assert state_module.state_hash(variables_of(again)) == state_module.state_hash(variables_of(made))


def test_every_variable_reachable_from_the_method_is_state():
    made = method()
    train(made, 0, 1)
    known = {id(variable) for variable in variables_of(made).values()}
    reachable = [*made.weights, *(v for optimizer in made.optimizers.values() for v in optimizer.variables)]
    for layer in made._flatten_layers():
        reachable += [generator.state for generator in getattr(layer, "_seed_generators", [])]
    metrics = {id(variable) for metric in made.metrics for variable in metric.variables}
    assert len(reachable) > 30
    assert all(id(variable) in known or id(variable) in metrics for variable in reachable)


def saved(folder, steps=(2, 4)):
    made = method()
    state = TrainingState(folder, made, {})
    for step in steps:
        train(made, 0, 1)
        state.save(step)
    return state


def test_only_the_newest_generations_are_kept(tmp_path):
    assert [path.name for path in saved(tmp_path, (1, 2, 3)).generations()] == ["step-00000002", "step-00000003"]


def test_a_kept_generation_stays_and_nothing_newer_is_restored_instead(tmp_path):
    state = saved(tmp_path, ())
    state.kept = 1
    for step in (1, 2, 3, 4):
        state.save(step)
    names = [path.name for path in state.generations()]
    assert names == ["step-00000001", "step-00000003", "step-00000004"]
    assert state.restore_latest(1) == 1 and state.restore_latest(3) == 3 and state.restore_latest() == 4


def test_random_damage_is_found_and_the_generation_before_is_used(tmp_path, capsys):
    state = saved(tmp_path)
    generator = np.random.default_rng(0)
    files = sorted(path for path in (tmp_path / "step-00000004").iterdir())
    for trial in range(40):
        path = files[trial % len(files)]
        content = path.read_bytes()
        if trial % 3 == 0:
            path.write_bytes(content[: generator.integers(0, len(content))])
        else:
            position = generator.integers(0, len(content))
            path.write_bytes(content[:position] + bytes([content[position] ^ 64]) + content[position + 1 :])
        assert state.restore_latest() == 2, f"damage {trial} to {path.name} was not found"
        path.write_bytes(content)
    assert state.restore_latest() == 4
    assert capsys.readouterr().err.count("warning:") == 40


def test_no_whole_generation_is_an_error_and_deletes_nothing(tmp_path):
    state = saved(tmp_path)
    for path in tmp_path.glob("step-*/manifest.json"):
        path.write_text("")
    with pytest.raises(ArtefactError, match="no generation is whole"):
        state.restore_latest()
    assert len(state.generations()) == 2


def test_another_method_does_not_load_it(tmp_path):
    saved(tmp_path)
    other = AdvEnt(segmenter(), discriminator_base=4)
    other.compile({part: build_optimizer(OptimizerConfig(), 20, None) for part in other.trains})
    with pytest.raises(ArtefactError, match="does not fit"):
        TrainingState(tmp_path, other, {}).restore_latest()


def variables_hash(made: AdvEnt, left_out: int = 0) -> str:
    named = variables_of(made)
    return state_module.variables_hash(dict(list(named.items())[left_out:]))


def test_a_generation_whose_step_was_changed_is_passed_by(tmp_path, capsys):
    state = saved(tmp_path)
    path = tmp_path / "step-00000004" / "manifest.json"
    written = path.read_text()
    for step in ("9", "3", "-5", "1000000000"):
        path.write_text(written.replace('"step": 4', f'"step": {step}'))
        assert state.restore_latest() == 2
    assert capsys.readouterr().err.count("warning:") == 4
    path.write_text(written)
    assert state.restore_latest() == 4


def test_a_damaged_generation_is_written_anew_when_the_run_comes_to_its_step(tmp_path):
    state = saved(tmp_path)
    (tmp_path / "step-00000004" / "manifest.json").write_text("{}")
    assert state.restore_latest() == 2
    state.save(4)
    assert state.restore_latest() == 4


def test_folders_that_call_themselves_newer_push_out_no_generation(tmp_path, capsys):
    state = saved(tmp_path)
    for name in ("step-00000090", "step-99999999", "step-100000000", "step-x"):
        (tmp_path / name).mkdir()
    state.save(6)
    assert state.restore_latest() == 6 and capsys.readouterr().err.count("warning:") == 3
    names = [path.name for path in state.generations()]
    assert names == ["step-x", "step-00000004", "step-00000006", "step-00000090", "step-99999999", "step-100000000"]


def test_other_versions_are_warned_of_once_and_the_run_goes_on(tmp_path, capsys):
    made = method()
    TrainingState(tmp_path, made, {"tensorflow": "2.21.0", "devices": "CPU"}).save(3)
    now = TrainingState(tmp_path, made, {"tensorflow": "2.22.0", "devices": "CPU", "keras": "3.16.0"})
    assert now.restore_latest() == 3
    text = "tensorflow was 2.21.0, is now 2.22.0, keras was none, is now 3.16.0: the run continues, but not bit for bit"
    assert text in capsys.readouterr().err
    assert TrainingState(tmp_path, made, {"tensorflow": "2.21.0", "devices": "CPU"}).restore_latest() == 3
    assert not capsys.readouterr().err


def test_variables_in_another_order_are_refused_not_swapped(tmp_path, monkeypatch):
    """A later version of an optimiser may have the same shapes in another order: momentum would become velocity."""
    saved(tmp_path)

    def swapped(made):
        named = variables_of(made)
        ends = ("score_bias_momentum", "score_bias_velocity")
        one, other = [name for name, variable in named.items() if variable.path.endswith(ends)]
        return named | {one: named[other], other: named[one]}

    monkeypatch.setattr(state_module, "variables_of", swapped)
    with pytest.raises(ArtefactError, match="does not fit this method .its variables have other names"):
        TrainingState(tmp_path, method(), {}).restore_latest()


def test_a_variable_that_declares_another_shape_is_refused_before_it_is_read(tmp_path):
    made = method()
    state = TrainingState(tmp_path, made, {})
    place = state.generation(3)
    place.mkdir()
    named = {name: variable.value for name, variable in variables_of(made).items()}
    name = "method/0001/kernel"
    named[name] = tf.Variable(tf.zeros((3, 3, 3, 40)))
    tf.train.Checkpoint(state=named).write(str(place / "state"))
    write_manifest(place, 3, {}, variables_hash(made))
    with pytest.raises(ArtefactError, match=rf"{name} has the shape \[3, 3, 3, 40\] there, \[3, 3, 3, 4\] here"):
        state.restore_latest()


def test_a_moved_folder_and_an_earlier_clock_change_nothing(tmp_path, monkeypatch):
    made = method()
    TrainingState(tmp_path / "a", made, {}).save(3)
    before = state_module.state_hash(variables_of(made))
    (tmp_path / "a").rename(tmp_path / "b")
    for path in (tmp_path / "b").rglob("*"):
        os.utime(path, (0, 0))
    other = method()
    train(other, 0, 1)
    assert TrainingState(tmp_path / "b", other, {}).restore_latest() == 3
    assert state_module.state_hash(variables_of(other)) == before


def test_the_manifest_names_every_file(tmp_path):
    saved(tmp_path)
    manifest = json.loads((tmp_path / "step-00000004" / "manifest.json").read_text())
    assert manifest["variables"] == variables_hash(method()) != variables_hash(method(), left_out=1)
    assert manifest["step"] == 4 and all(len(value) == 64 for value in manifest["files"].values())


def test_a_run_folder_that_somebody_removed_is_named(tmp_path):
    state = TrainingState(tmp_path, method(), {})

    def removed_meanwhile(prefix):
        raise tf.errors.NotFoundError(None, None, f"{prefix}.data-00000: No such file or directory")

    state._checkpoint.write = removed_meanwhile
    with pytest.raises(ResourceError, match="step-00000003: the folder was removed"):
        state.save(3)
