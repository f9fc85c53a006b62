"""What every method must do, on a toy segmenter."""

import ast
import inspect
import textwrap

import keras
import numpy as np
import pytest

from keras_uda.config.names import EVERY_METHOD
from keras_uda.config.names import resolve
from keras_uda.methods.step import Step
from keras_uda.training.state import state_hash
from keras_uda.training.state import variables_of
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
def test_each_optimiser_moves_only_its_part(name):
    for part in resolve(EVERY_METHOD, name, "methods").trains:
        method = toy_method(name, still=(part,))
        before = weights_of(method)
        method.train_step(toy_batch(name))
        after = weights_of(method)
        assert [other for other in method.trains if not moved(before[other], after[other])] == [part]


@every_method
def test_no_weight_belongs_to_two_parts(name):
    method = toy_method(name)
    owned = [id(one) for part in method.trains for one in getattr(method, part).trainable_variables]
    assert len(owned) == len(set(owned)) and all(getattr(method, part).trainable_variables for part in method.trains)


def discriminators_of(name: str) -> list[str]:
    return [part for part in resolve(EVERY_METHOD, name, "methods").trains if "discriminator" in part]


# Leaves the game of the two parts alone: no loss of the segmenter but the one against the discriminators.
GAME = {"pseudo_category_weight": 0.0, "size_weight": 0.0, "auxiliary_weight": 0.0}
ONE_GAME = {
    "discriminator": {"category_adversarial_weight": 0.0},
    "category_discriminators": {"adversarial_weight": 0.0},
}
games = pytest.mark.parametrize(
    ("name", "part"), [(name, part) for name in EVERY_METHOD for part in discriminators_of(name)]
)


@games
def test_a_discriminator_learns_and_the_segmenter_works_against_it(name, part, monkeypatch):
    others = tuple(one for one in resolve(EVERY_METHOD, name, "methods").trains if one != part)
    weights = ONE_GAME[part] if name == "weaklabel" else {}
    method, batch, seen = toy_method(name, arguments=GAME | weights, still=others), game_batch(name), {}
    method.optimizers["segmenter"].iterations.assign(500)  # ramps begin with 0
    update = Step.update

    def noted(step):
        variables = method.segmenter.trainable_variables
        against = step.tape.gradient(step.of_parts["segmenter"], variables, unconnected_gradients="zero")
        seen.update(loss=float(step.of_parts[part]), against=[np.array(one) for one in against])
        if seen["learning"]:
            update(step)

    def step(learning: bool) -> float:
        seen["learning"] = learning
        method.train_step(batch)
        return seen["loss"]

    monkeypatch.setattr(Step, "update", noted)
    first = [step(learning=True) for _ in range(15)][0]
    learnt = step(learning=False)
    assert learnt < first - 1e-3  # of features that stay the same
    length = np.sqrt(sum(np.square(one).sum() for one in seen["against"]))
    assert length > 0
    for variable, gradient in zip(method.segmenter.trainable_variables, seen["against"], strict=True):
        variable.assign_sub(1e-2 * gradient / length)
    assert step(learning=False) > learnt  # the segmenter makes it harder


def game_batch(name: str) -> dict:
    """Source images are lighter than target images, and no pixel has a label."""
    batch = toy_batch(name, ignored=True)
    batch["source"]["image"] = 128 + batch["source"]["image"] // 2
    batch["target"]["image"] = batch["target"]["image"] // 2
    return batch


# With these, what no optimiser trains stays where it is by its own rule, however far the trained parts move.
AT_REST = {
    "proda": {"teacher_decay": 1.0, "prototype_momentum": 0.0},
    "proda_distil": {},
    "contrastive_memory": {"memory_start": 1.0},
    "contrastive_memory_semi": {"memory_start": 1.0},
}


@pytest.mark.parametrize("name", AT_REST)
def test_teachers_memory_and_prototypes_move_by_their_own_rule_alone(name):
    method = toy_method(name, arguments=AT_REST[name])
    pairs = [pair for pair in taught_pairs(method) if pair[1].trainable]
    kept = [getattr(method, key).vectors for key in ("memory", "prototypes") if hasattr(method, key)]
    for step in range(2):
        decay = float(method.decay()) if hasattr(method, "decay") else 1.0
        teachers, before = [np.array(slow) for slow, _ in pairs], [np.array(one) for one in kept]
        segmenter = weights_of(method)["segmenter"]
        method.train_step(toy_batch(name, seed=step))
        assert moved(segmenter, weights_of(method)["segmenter"])
        assert not moved(before, [np.array(one) for one in kept])
        for old, (slow, fast) in zip(teachers, pairs, strict=True):
            np.testing.assert_allclose(slow, decay * old + (1 - decay) * np.array(fast), rtol=1e-5, atol=1e-7)


def taught_pairs(method) -> list[tuple]:
    """(weight of a teacher, the weight of the student that it belongs to)."""
    networks = [(method.teacher, method.segmenter)]
    networks += [(method.teacher_heads, method.heads)] if hasattr(method, "teacher_heads") else []
    return [pair for slow, fast in networks for pair in zip(slow.weights, fast.weights, strict=True)]


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
    assert noticed == (domain in resolve(EVERY_METHOD, name, "methods").reads)
    assert (state_hash(trained(method)) == before) == noticed
    assert all(np.isfinite(weight).all() for part in weights_of(method).values() for weight in part)
    method.train_step(toy_batch(name))
    assert bool(method.finite.numpy()) and state_hash(trained(method)) != before


def trained(method) -> dict:
    """All state but what every step moves: whether it was finite, and which numbers are drawn next."""
    state = {key: variable for key, variable in variables_of(method).items() if variable is not method.finite}
    return {key: variable for key, variable in state.items() if "seed_generator" not in key}


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
