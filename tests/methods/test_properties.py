"""What every method must do, on a toy segmenter."""

import inspect
import re

import keras
import numpy as np
import pytest

from keras_uda.config.method_spec import method_facts
from keras_uda.config.names import EVERY_METHOD
from keras_uda.config.names import resolve
from keras_uda.core.errors import ConfigurationError
from keras_uda.losses.moments import KERNEL_EXPONENTS
from keras_uda.methods.base import DomainAdaptation
from keras_uda.methods.step import Step
from keras_uda.optimizers.sgd import CoupledSGD
from keras_uda.training.state import state_hash
from keras_uda.training.state import variables_of
from tests.everyday import everyday
from tests.toy import CLASSES
from tests.toy import moved
from tests.toy import toy_batch
from tests.toy import toy_method
from tests.toy import toy_optimizers
from tests.toy import toy_segmenter
from tests.toy import train
from tests.toy import weights_of

every_method = pytest.mark.parametrize("name", EVERY_METHOD)
some_every_day = pytest.mark.parametrize("name", everyday(EVERY_METHOD))  # and every one in the continuous check
LONGEST_STEP = 30


@pytest.fixture(scope="module", params=everyday(EVERY_METHOD))
def ready(request):
    """(name, method) for what needs no new one; its weights are anything."""
    return request.param, toy_method(request.param)


def test_each_optimiser_moves_only_its_part(ready):
    name, method = ready
    for part in method_facts(name).trains:
        method.compile(toy_optimizers(method) | {part: CoupledSGD(0.0)}, run_eagerly=True)
        before = weights_of(method)
        method.train_step(toy_batch(name))
        after = weights_of(method)
        assert [other for other in method.trains if not moved(before[other], after[other])] == [part]


def test_no_weight_belongs_to_two_parts(ready):
    _, method = ready
    owned = [id(one) for part in method.trains for one in getattr(method, part).trainable_variables]
    assert len(owned) == len(set(owned)) and all(getattr(method, part).trainable_variables for part in method.trains)


def test_the_optimiser_of_a_part_has_its_weights_and_no_other(ready):
    _, method = ready
    method.compile(toy_optimizers(method), run_eagerly=True)
    assert set(method.optimizers) == set(method.trains)
    for part, optimizer in method.optimizers.items():
        weights = getattr(method, part).trainable_variables
        assert [id(one) for one in optimizer._trainable_variables] == [id(one) for one in weights]


WEIGHS_ITSELF = "contrastive_memory_semi"  # by the classes in its memory, as published


def learn_from_labels() -> list[str]:
    """Methods that train the segmenter on images with true labels."""
    facts = {name: method_facts(name) for name in EVERY_METHOD}
    return [name for name, one in facts.items() if "segmenter" in one.trains and {"source", "label"} & {*one.reads}]


@pytest.mark.parametrize("name", everyday(learn_from_labels()))
def test_weights_of_classes_reach_the_loss_of_labelled_images(name):
    source = "".join(inspect.getsource(inspect.getmodule(kind)) for kind in type(toy_method(name)).__mro__[:-1]
                     if kind.__module__.startswith("keras_uda.methods.") and kind is not DomainAdaptation)  # fmt: skip
    if not re.search(r"labelled_loss|label_weights|class_weights", source):
        pytest.skip("it has a loss of its own for labelled images, and no weights of classes")
    after = []
    for weights in (None, np.float32([30, *[0.1] * (CLASSES - 1)])):
        method = toy_method(name)
        method.class_weights = weights
        method.train_step(toy_batch(name))
        after.append(weights_of(method)["segmenter"])
    assert moved(*after) == (name != WEIGHS_ITSELF)


POOR = {
    "one image": {"size": 1},
    "no label": {"label": 255},
    "black, one class": {"colour": 0, "label": 1},
}
POORER = {"one class": {"label": 1}, "white, one class, one image": {"colour": 255, "label": 0, "size": 1}}


@pytest.mark.parametrize(
    "batch",
    [*POOR.values(), *(pytest.param(batch, marks=[pytest.mark.slow, pytest.mark.ci]) for batch in POORER.values())],
    ids=[*POOR, *POORER],
)
def test_poor_batches_are_finite(ready, batch):
    """N1, N7: batches of one image, of one class, of none, of cameras that show nothing."""
    name, method = ready
    method.compile(toy_optimizers(method), run_eagerly=True)
    logs = method.train_step(toy_batch(name, **batch))
    assert np.isfinite([float(value) for value in logs.values()]).all() and bool(method.finite.numpy())
    assert all(np.isfinite(weight).all() for part in weights_of(method).values() for weight in part)


def test_wrong_optimizers_are_named(ready):
    _, method = ready
    right = toy_optimizers(method)
    with pytest.raises(ConfigurationError, match="has no part `stranger`"):
        method.compile({**right, "stranger": keras.optimizers.SGD()})
    for part in method.trains:
        with pytest.raises(ConfigurationError, match=f"has no optimiser for `{part}`"):
            method.compile({other: one for other, one in right.items() if other != part})


def discriminators() -> list[tuple[str, str]]:
    """(method, part) of all parts that tell domains apart, by their names."""
    parts = [(name, part) for name in EVERY_METHOD for part in method_facts(name).trains]
    played = [(name, part) for name, part in parts if method_facts(name).trains_segmenter]
    return [(name, part) for name, part in played if "discriminator" in part]


@pytest.mark.parametrize(("name", "part"), everyday(discriminators(), ("advent",)))
def test_a_discriminator_learns_and_the_segmenter_works_against_it(name, part, monkeypatch):
    others = tuple(one for one in method_facts(name).trains if one != part)
    method, batch = toy_method(name, still=others), game_batch(name)
    method.optimizers["segmenter"].iterations.assign(500)  # ramps begin with 0
    first = [losses_and_gradient(method, batch, part, monkeypatch, learning=True)[0] for _ in range(15)][0]
    learnt, whole = losses_and_gradient(method, batch, part, monkeypatch)
    assert learnt < first - 1e-3  # of features that stay the same

    # What is left of the gradient of the segmenter without the discriminator is not of the game.
    kept = [np.array(variable) for variable in getattr(method, part).trainable_variables]
    for variable in getattr(method, part).trainable_variables:
        variable.assign(np.zeros(variable.shape))
    _, rest = losses_and_gradient(method, batch, part, monkeypatch)
    for variable, value in zip(getattr(method, part).trainable_variables, kept, strict=True):
        variable.assign(value)
    against = [one - other for one, other in zip(whole, rest, strict=True)]
    length = np.sqrt(sum(np.square(one).sum() for one in against))
    assert length > 0
    for variable, gradient in zip(method.segmenter.trainable_variables, against, strict=True):
        variable.assign_sub(1e-2 * gradient / length)
    assert losses_and_gradient(method, batch, part, monkeypatch)[0] > learnt  # the segmenter makes it harder


def losses_and_gradient(method, batch, part, monkeypatch, learning: bool = False) -> tuple[float, list[np.ndarray]]:
    """The loss of a part, and the gradient of the segmenter by its own loss: the one moves, or the other is taken."""
    found, update = {"gradient": []}, Step.update

    def noted(step):
        found.update(loss=float(step.part_losses[part]))
        if learning:
            return update(step)
        variables = method.segmenter.trainable_variables
        gradient = step.tape.gradient(step.part_losses["segmenter"], variables, unconnected_gradients="zero")
        found.update(gradient=[np.array(one) for one in gradient])

    with monkeypatch.context() as patch:
        patch.setattr(Step, "update", noted)
        method.train_step(batch)
    return found["loss"], found["gradient"]


def game_batch(name: str) -> dict:
    """Source images are lighter than target images, and no pixel has a label."""
    batch = toy_batch(name, label=255)
    batch["source"]["image"] = 128 + batch["source"]["image"] // 2
    batch["target"]["image"] = batch["target"]["image"] // 2
    return batch


def taught_pairs(method) -> list[tuple]:
    """(weight of a slow copy, of its student): `teacher` is one of the segmenter, `teacher_x` of the part `x`."""
    layers = {name: part for name, part in vars(method).items() if isinstance(part, keras.Layer)}
    names = [name for name in layers if name.startswith("teacher")]
    students = [getattr(method, name.removeprefix("teacher_") if "_" in name else "segmenter") for name in names]
    networks = zip([layers[name] for name in names], students, strict=True)
    return [pair for slow, fast in networks for pair in zip(slow.weights, fast.weights, strict=True)]


def with_teachers() -> list[str]:
    """Methods whose source, or that of a base, makes a `teacher`."""
    bases = {name: resolve(EVERY_METHOD, name, "methods").__mro__ for name in EVERY_METHOD}
    ours = {name: [one for one in of if one.__module__.startswith("keras_uda.")] for name, of in bases.items()}
    return [name for name, of in ours.items() if any("self.teacher" in inspect.getsource(one) for one in of)]


@pytest.mark.parametrize("name", everyday(with_teachers()))
def test_a_teacher_is_a_running_mean_of_what_it_teaches(name):
    method = toy_method(name)
    pairs = [(slow, fast) for slow, fast in taught_pairs(method) if fast.trainable]
    assert pairs and not any(slow.trainable for slow, _ in pairs)
    for seed in range(2):
        old = [np.array(slow) for slow, _ in pairs]
        method.train_step(toy_batch(name, seed=seed))
        apart = np.concatenate([np.ravel(one - np.array(fast)) for one, (_, fast) in zip(old, pairs, strict=True)])
        after = np.concatenate([np.ravel(np.array(slow) - np.array(fast)) for slow, fast in pairs])
        assert np.abs(apart).max() > 0
        decay = np.dot(after, apart) / np.dot(apart, apart)  # one for all of its weights
        assert -1e-6 <= decay <= 1 + 1e-6
        np.testing.assert_allclose(after, decay * apart, atol=1e-6)


# A loss that is a difference rounds as its addends do, however small it is: means of sums of kernels, each at most 1.
ADDENDS = {"mmd": len(KERNEL_EXPONENTS)}


@pytest.mark.parametrize("name", everyday(EVERY_METHOD, ("dacs",)))
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
    assert losses[0].keys() == losses[1].keys()
    for name, value in losses[0].items():
        addends = ADDENDS.get(name, 0)
        np.testing.assert_allclose(value, losses[1][name], rtol=tolerance, atol=tolerance * addends, err_msg=name)
    for part in weights[0]:
        for left, right in zip(weights[0][part], weights[1][part], strict=True):
            np.testing.assert_allclose(left, right, rtol=tolerance, atol=tolerance)


FIRST_SCALE, MOST_HALVINGS = 2.0**8, 9  # it begins at 2 ** 15, from where sums over pixels need many halvings


@some_every_day
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision(name, policy):
    method = toy_method(name, toy_segmenter(policy=policy))
    scaled = [one for one in method.optimizers.values() if isinstance(one, keras.optimizers.LossScaleOptimizer)]
    assert len(scaled) == (len(method.trains) if policy == "mixed_float16" else 0)
    for optimizer in scaled:
        optimizer.dynamic_scale.assign(FIRST_SCALE)
    before, still = weights_of(method), set(method.trains)
    for step in range(MOST_HALVINGS):  # an update that overflows is left out, and halves the scale of the next loss
        logs = train(method, name, first=step)
        assert np.isfinite([*logs.values()]).all() and bool(method.finite.numpy())
        still = {part for part, after in weights_of(method).items() if not moved(before[part], after)}
        if not still:
            break
    assert not still


@some_every_day
def test_a_bad_image_changes_nothing(name):
    # Statistics of a batch move in the pass itself; only a method that trains nothing takes them back.
    method = toy_method(name, toy_segmenter(batch_norm=not method_facts(name).trains))
    method.train_step(toy_batch(name))
    for domain in {"source", "target"} & {*method_facts(name).reads}:
        before = state_hash(trained(method))
        batch = toy_batch(name, seed=1)
        batch[domain]["image"] = batch[domain]["image"].astype("float32")
        batch[domain]["image"][0, 3, 3] = np.nan
        method.train_step(batch)
        assert not bool(method.finite.numpy()) and state_hash(trained(method)) == before, domain
        method.train_step(toy_batch(name))
        assert bool(method.finite.numpy()) and state_hash(trained(method)) != before, domain


def trained(method) -> dict:
    """All state but what every step moves: whether it was finite, and which numbers are drawn next."""
    state = {key: variable for key, variable in variables_of(method).items() if variable is not method.finite}
    return {key: variable for key, variable in state.items() if "seed_generator" not in key}


@some_every_day
def test_interrupted_equals_uninterrupted(name):
    straight, second = (toy_method(name, toy_segmenter(seed=seed)) for seed in (0, 7))
    train(straight, name, steps=2)
    saved = {key: np.array(variable) for key, variable in variables_of(straight).items()}
    for key, variable in variables_of(second).items():
        variable.assign(saved[key])
    for method in (straight, second):
        train(method, name, first=2)
    assert state_hash(variables_of(second)) == state_hash(variables_of(straight))


@every_method
def test_a_step_fits_on_a_screen(name):
    source = inspect.getsource(resolve(EVERY_METHOD, name, "methods").train_step)
    assert len(source.splitlines()) <= LONGEST_STEP


def forms() -> list[tuple[str, dict]]:
    """Every method as it is, and with every argument that makes it read more."""
    more = [(name, {key: v}) for name in EVERY_METHOD for key, of in method_facts(name).reads_with.items() for v in of]
    return [(name, {}) for name in EVERY_METHOD] + more


@pytest.mark.parametrize(("name", "arguments"), everyday(forms()))
def test_a_step_reads_what_its_facts_say(name, arguments):
    """Nothing is missing from the batch, and nothing in it is unread."""
    opened = []

    class Noted(dict):
        def __init__(self, domain, content):
            super().__init__(content)
            self.domain = domain

        def __getitem__(self, key):
            opened.append((self.domain, key))
            return super().__getitem__(key)

    batch = {key: Noted(key, content) for key, content in toy_batch(name, arguments=arguments).items()}
    toy_method(name, arguments=arguments).train_step(batch)
    assert set(opened) == {(domain, key) for domain, content in batch.items() for key in content}
