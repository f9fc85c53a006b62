"""AdamW against the equation, and against PyTorch with the groups and the schedule of mmcv."""

import signal
import subprocess

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.config.stage_schema import OptimizerConfig
from keras_uda.core.errors import ConfigurationError
from keras_uda.optimizers.adamw import PublishedAdamW
from keras_uda.optimizers.build import build_optimizer
from tests.conftest import assert_matches
from tests.conftest import load_vectors
from tests.training.test_kills import command
from tests.training.test_kills import environment
from tests.training.test_kills import finish


def published_model(arrays) -> keras.Model:
    """A bag of layers with the names and weights of the file; `head_names` by the published rule."""
    names = [key.removeprefix("param_") for key in arrays if key.startswith("param_")]
    kinds = {"dense": keras.layers.Dense, "norm": keras.layers.LayerNormalization,
             "bn": keras.layers.BatchNormalization}  # fmt: skip
    inputs, outputs = [], []
    for name in dict.fromkeys(name.rpartition("_")[0] for name in names):
        first = arrays[f"param_{name}_kernel" if f"{name}_kernel" in names else f"param_{name}_gamma"]
        kind = kinds[name.rpartition("_")[2]]
        layer = kind(first.shape[-1], name=name) if first.ndim == 2 else kind(name=name)
        inputs.append(keras.Input(first.shape[:1]))
        outputs.append(layer(inputs[-1]))
    model = keras.Model(inputs, outputs)
    for variable in model.trainable_variables:
        variable.assign(arrays["param_" + variable.path.replace("/", "_")])
    model.head_names = tuple(layer.name for layer in model.layers if "head" in layer.name)
    return model


def published_config(hyper: dict) -> OptimizerConfig:
    warm_up = {"share": hyper["warmup_iters"] / hyper["max_iter"], "ratio": hyper["warmup_ratio"]}
    return OptimizerConfig(
        name="adamw", learning_rate=hyper["lr"], head_multiplier=float(hyper["head_multiplier"]), clip_norm=0.0,
        arguments={"betas": hyper["betas"], "epsilon": hyper["epsilon"], "weight_decay": hyper["weight_decay"],
                   "no_decay": ["norm"]},
        schedule={"polynomial": {"power": hyper["power"]}, "linear_warm_up": warm_up},
    )  # fmt: skip


def test_published_trajectories():
    arrays, meta = load_vectors("adamw_warmup")
    model = published_model(arrays)
    variables = model.trainable_variables
    paths = [variable.path.replace("/", "_") for variable in variables]
    assert {f"param_{path}" for path in paths} == {key for key in arrays if key.startswith("param_")}
    optimizer = build_optimizer(published_config(meta["hyper"]), meta["hyper"]["max_iter"], model)
    optimizer.build(variables)
    step = tf.function(lambda gradients: optimizer.apply(gradients, variables))
    after = {path: [] for path in paths}
    for index in range(len(arrays["out_learning_rates"])):
        assert_close_rate(optimizer, arrays, meta, index)
        step([tf.constant(arrays[f"in_grads_{path}"][index]) for path in paths])
        for path, variable in zip(paths, variables, strict=True):
            after[path].append(variable.numpy())
    for path, values in after.items():
        assert_matches(np.stack(values), arrays, meta, f"out_{path}")


def assert_close_rate(optimizer, arrays, meta, index):
    limit = meta["tolerance"]["out_learning_rates"]["atol"]
    rate = float(optimizer.learning_rate)
    np.testing.assert_allclose(rate, arrays["out_learning_rates"][index], rtol=meta["rtol"], atol=limit)


def test_published_groups():
    arrays, meta = load_vectors("adamw_warmup")
    model = published_model(arrays)
    by_path = {variable.path.replace("/", "_"): variable for variable in model.trainable_variables}
    variables = [by_path[key.removeprefix("param_")] for key in arrays if key.startswith("param_")]
    optimizer = build_optimizer(published_config(meta["hyper"]), 12, model)
    optimizer.build(variables)
    assert_matches(optimizer._rates, arrays, meta, "out_lr_multiplier")
    assert_matches(np.array(optimizer._decays).astype(int), arrays, meta, "out_decays")


def test_adamw_matches_its_equation():
    rng = np.random.default_rng(0)
    w, m, v = rng.normal(size=3), np.zeros(3), np.zeros(3)
    variable = keras.Variable(w.astype("float32"), name="w")
    optimizer = PublishedAdamW(0.1, multipliers={"w": 2.0}, betas=(0.8, 0.999), epsilon=0.5, weight_decay=0.3)
    optimizer.build([variable])
    for t in range(1, 4):
        g = rng.normal(size=3)
        optimizer.apply([tf.constant(g, "float32")], [variable])
        w = w * (1 - 2 * 0.1 * 0.3)
        m, v = 0.8 * m + 0.2 * g, 0.999 * v + 0.001 * g**2
        w = w - 2 * 0.1 * (m / (1 - 0.8**t)) / (np.sqrt(v / (1 - 0.999**t)) + 0.5)
        np.testing.assert_allclose(variable, w, rtol=1e-5, atol=1e-6)


def decayed(multipliers=None, names=("norm_1/gamma", "dense/kernel"), no_decay=("norm",)) -> list[bool]:
    """Whether variables of these paths shrink without any gradient."""
    variables = [keras.Variable([1.0], name=name.replace("/", "_")) for name in names]
    for variable, name in zip(variables, names, strict=True):
        variable._path = name
    optimizer = PublishedAdamW(1.0, multipliers=multipliers, weight_decay=0.25, no_decay=no_decay)
    optimizer.build(variables)
    optimizer.apply([tf.zeros(1)] * len(variables), variables)
    assert all(float(variable[0]) in (0.75, 1.0) for variable in variables)
    return [float(variable[0]) == 0.75 for variable in variables]


def test_named_weights_do_not_decay_and_biases_do():
    assert decayed() == [False, True]
    assert decayed(no_decay=()) == [True, True]
    assert decayed(names=("dense/bias", "stage/norm/beta")) == [True, False]


def test_the_norm_of_a_head_decays():
    assert decayed(multipliers={"norm_1/gamma": 1.0}) == [True, True]


def test_a_word_that_no_weight_has_is_refused():
    with pytest.raises(ConfigurationError, match="no weight has `nrom`.*such as norm_1/gamma"):
        decayed(no_decay=("norm", "nrom"))


@pytest.fixture
def configuration(tmp_path):
    path = tmp_path / "adamw.yaml"
    path.write_text("""
method: minent
optimizers:
  segmenter:
    name: adamw
    learning_rate: 1e-3
    head_multiplier: 10
    clip_norm: 1
    arguments: {weight_decay: 0.1, no_decay: [bn]}
    schedule: {polynomial: {power: 1.0}, linear_warm_up: {share: 0.2}}
stages: {adapt: {method: minent}}
""")
    return ["--config", str(path)]


@pytest.mark.slow
def test_a_killed_run_continues_exactly(tmp_path, configuration):
    whole = finish(tmp_path / "whole", tmp_path, *configuration)
    fault = environment(tmp_path, KERAS_UDA_FAULT="manifest-written:3")
    killed = subprocess.run(command(tmp_path / "run", *configuration), env=fault, capture_output=True, cwd=tmp_path)
    assert killed.returncode == -signal.SIGKILL
    assert finish(tmp_path / "run", tmp_path, *configuration) == whole


@pytest.mark.slow
def test_a_run_with_a_word_that_no_weight_has_ends_with_one_line(tmp_path, configuration):
    word = ["--optimizers.segmenter.arguments.no_decay", "[nrom]"]
    done = subprocess.run(command(tmp_path / "run", *configuration, *word), env=environment(tmp_path),
                          capture_output=True, text=True, cwd=tmp_path)  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("error: optimizers: no_decay is ['nrom'], but no weight has `nrom` in its name.")
