"""What every method must do, on a toy segmenter."""

import ast
import inspect
import textwrap

import keras
import numpy as np
import pytest

from keras_uda.config import EVERY_METHOD
from keras_uda.config import METHODS
from keras_uda.config import resolve
from keras_uda.state import state_hash
from keras_uda.state import variables_of
from tests.toy import moved
from tests.toy import toy_batch
from tests.toy import toy_method
from tests.toy import toy_optimizers
from tests.toy import toy_segmenter
from tests.toy import train
from tests.toy import weights_of

every_method = pytest.mark.parametrize("name", EVERY_METHOD)
LONGEST_STEP = 30


@every_method
def test_each_loss_moves_only_its_part(name, monkeypatch):
    for part in resolve(EVERY_METHOD, name, "methods").trains:
        method = toy_method(name)
        keep_only(monkeypatch, method, part)
        before = weights_of(method)
        method.train_step(toy_batch(name))
        after = weights_of(method)
        assert [other for other in method.trains if moved(before[other], after[other])] == [part]


def keep_only(monkeypatch, method, part: str) -> None:
    """Lets `minimize` see the loss of one part only."""
    minimize = method.minimize
    monkeypatch.setattr(method, "minimize", lambda tape, **losses: minimize(tape, **{part: losses[part]}))


@every_method
def test_graph_equals_eager_and_is_traced_once(name, monkeypatch):
    eager = toy_method(name, toy_segmenter(levels=2), only_sgd=True)
    graph = toy_method(name, toy_segmenter(levels=2), only_sgd=True, run_eagerly=False)
    before, step, traces = weights_of(graph), graph.train_step, []
    monkeypatch.setattr(graph, "train_step", lambda batch: traces.append(1) or step(batch))
    losses = [train(method, name, steps=2) for method in (eager, graph)]
    assert len(traces) == 1
    assert set(losses[0]) == set(graph.trackers)
    assert all(moved(before[part], after) for part, after in weights_of(graph).items())
    assert_close(losses, [weights_of(eager), weights_of(graph)], tolerance=1e-5)


@every_method
@pytest.mark.slow
def test_xla_equals_eager(name):
    eager = toy_method(name, toy_segmenter(levels=2), only_sgd=True)
    xla = toy_method(name, toy_segmenter(levels=2), only_sgd=True, jit_compile=True)
    losses = [train(method, name, steps=2) for method in (eager, xla)]
    assert_close(losses, [weights_of(eager), weights_of(xla)], tolerance=1e-4)


def assert_close(losses: list[dict], weights: list[dict], tolerance: float) -> None:
    np.testing.assert_allclose([*losses[0].values()], [*losses[1].values()], rtol=tolerance)
    for part in weights[0]:
        for left, right in zip(weights[0][part], weights[1][part], strict=True):
            np.testing.assert_allclose(left, right, rtol=tolerance, atol=tolerance)


@every_method
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision(name, policy):
    method = toy_method(name, toy_segmenter(policy=policy))
    before = weights_of(method)
    logs = train(method, name, steps=2)
    assert np.isfinite([*logs.values()]).all() and bool(method.finite.numpy())
    assert all(moved(before[part], after) for part, after in weights_of(method).items())
    scaled = [isinstance(one, keras.optimizers.LossScaleOptimizer) for one in method.optimizers.values()]
    assert scaled == [policy == "mixed_float16"] * len(method.trains)


@every_method
@pytest.mark.parametrize("batch", [{"size": 1}, {"ignored": True}], ids=["one image", "no label"])
def test_poor_batches_are_finite(name, batch):
    method = toy_method(name)
    logs = method.train_step(toy_batch(name, **batch))
    assert np.isfinite([float(value) for value in logs.values()]).all() and bool(method.finite.numpy())
    assert all(np.isfinite(weight).all() for part in weights_of(method).values() for weight in part)


@every_method
@pytest.mark.parametrize("domain", ["source", "target"])
def test_a_bad_image_changes_nothing(name, domain):
    # Statistics of a batch move in the pass itself; only a method that trains nothing takes them back.
    method = toy_method(name, toy_segmenter(batch_norm=not resolve(EVERY_METHOD, name, "methods").trains))
    method.train_step(toy_batch(name))
    before = state_hash(trained(method))
    batch = toy_batch(name, seed=1)
    batch[domain]["image"] = batch[domain]["image"].astype("float32")
    batch[domain]["image"][0, 3, 3] = np.nan
    method.train_step(batch)
    noticed = not bool(method.finite.numpy())
    if name in METHODS:  # what only stages name reads images through views that are made elsewhere
        assert noticed == (domain in domains_read(name))
    assert (state_hash(trained(method)) == before) == noticed
    assert all(np.isfinite(weight).all() for part in weights_of(method).values() for weight in part)
    method.train_step(toy_batch(name))
    assert bool(method.finite.numpy()) and state_hash(trained(method)) != before


def trained(method) -> dict:
    """All state but what every step moves: whether it was finite, and which numbers are drawn next."""
    state = {key: variable for key, variable in variables_of(method).items() if variable is not method.finite}
    return {key: variable for key, variable in state.items() if "seed_generator" not in key}


def domains_read(name: str) -> set[str]:
    """The domains whose images a step reads, by what the source of the step says."""
    step = inspect.getsource(resolve(EVERY_METHOD, name, "methods").train_step)
    return {domain for domain in ("source", "target") if f'{domain}["image"]' in step}


@every_method
def test_interrupted_equals_uninterrupted(name):
    straight, first, second = (toy_method(name, toy_segmenter(seed=seed)) for seed in (0, 0, 7))
    train(straight, name, steps=4)
    train(first, name, steps=2)
    saved = {key: np.array(variable) for key, variable in variables_of(first).items()}
    for key, variable in variables_of(second).items():
        variable.assign(saved[key])
    train(second, name, steps=2, first=2)
    assert state_hash(variables_of(second)) == state_hash(variables_of(straight))


@every_method
def test_wrong_optimizers_are_named(name):
    method = toy_method(name)
    with pytest.raises(ValueError, match="stranger"):
        method.compile({**toy_optimizers(method), "stranger": keras.optimizers.SGD()})
    for part in method.trains:
        with pytest.raises(ValueError, match=part):
            method.compile({})


@every_method
def test_a_step_fits_on_a_screen(name):
    source = inspect.getsource(resolve(EVERY_METHOD, name, "methods").train_step)
    assert isinstance(ast.parse(textwrap.dedent(source)).body[0], ast.FunctionDef)
    assert len(source.splitlines()) <= LONGEST_STEP
