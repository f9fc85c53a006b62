"""Weak labels: two iterations of the released loop in its three modes, and what a batch without tags does."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.config.stage_schema import OptimizerConfig
from keras_uda.data.source_statistics import typical_areas
from keras_uda.methods.weaklabel import WeakLabel
from keras_uda.optimizers.build import build_optimizer
from keras_uda.training.state import state_hash
from keras_uda.training.state import variables_of
from tests.conftest import assert_matches
from tests.conftest import load_vectors
from tests.published import HEAD_RATE
from tests.published import assert_gradients
from tests.published import assert_weights
from tests.published import batch
from tests.published import published_segmenter
from tests.published import record_gradients
from tests.published import set_weights
from tests.toy import CLASSES
from tests.toy import moved
from tests.toy import toy_batch
from tests.toy import toy_optimizers
from tests.toy import toy_segmenter
from tests.toy import weights_of

ITERATIONS = 2
MODES = {"pseudo": "pseudo", "image": "oracle", "point": "point"}


class StoredDropout:
    """Keeps the logits that the reference kept."""

    def __init__(self, keep, rate):
        self.scaled = keep.astype("float32") / (1 - rate)

    def __call__(self, logits, training):
        return logits * self.scaled


def published_method(arrays, meta, case: str) -> WeakLabel:
    hyper = meta["hyper"]
    typical = typical_areas(arrays["in_pixel_counts_source"]) / arrays["in_labels_0"][0].size
    method = WeakLabel(
        published_segmenter(arrays, levels=2),
        weak=MODES[case],
        adversarial_weight=hyper["lambda_adv"],
        category_weight=hyper["lambda_weak"],
        pseudo_category_weight=hyper["lambda_weak"],
        category_adversarial_weight=hyper["lambda_cw"],
        point_weight=hyper["lambda_point"],
        threshold=hyper["pweak_th"],
        dropout=hyper["dropout"],
        source_areas=tuple(0.1 * typical),
        discriminator_base=arrays["param_D_0_kernel"].shape[-1],
    )
    set_weights(arrays, "param_D", method.discriminator)
    discriminators = method.category_discriminators
    for number, (kernel, bias) in enumerate(zip(discriminators.kernels, discriminators.biases, strict=True)):
        kernel.assign(arrays[f"param_wD_{number}_kernel"])
        bias.assign(arrays[f"param_wD_{number}_bias"])
    schedule = {"polynomial": {"power": hyper["power"], "horizon": hyper["max_iter"] / ITERATIONS}}
    arguments = {"momentum": hyper["momentum"], "weight_decay": hyper["weight_decay"]}
    sgd = OptimizerConfig("sgd", hyper["lr"], HEAD_RATE, hyper["clip_norm"], arguments, schedule)
    adam = OptimizerConfig("adam", hyper["lr_D"], arguments={"betas": hyper["adam_betas"]}, schedule=schedule)
    configs = dict.fromkeys(method.trains, adam) | {"segmenter": sgd}
    optimizers = {part: build_optimizer(configs[part], ITERATIONS, method.segmenter) for part in method.trains}
    method.compile(optimizers, run_eagerly=True)
    return method


def weak_batch(arrays, iteration: int) -> dict:
    one = batch(arrays, iteration)
    one["target"]["weak"] = arrays["out_weak_target"][iteration].astype("float32")
    if f"in_points_{iteration}" in arrays:
        one["target"]["points"] = arrays[f"in_points_{iteration}"][None]
    return one


def losses_of(reported) -> list[float]:
    names = ("segmentation", "adversarial", "category", "category_adversarial", "point")
    answers = ("discriminator_loss", "category_discriminators_loss")
    return [float(reported[name]) for name in (*names, *answers)]


@pytest.mark.parametrize("case,prefix", [("pseudo", ""), ("pseudo", "drop_"), ("image", ""), ("point", "")])
def test_released_iterations(case, prefix):
    arrays, meta = load_vectors(f"weak_da_iteration_{case}")
    method = published_method(arrays, meta, case)
    auxiliary = [np.array(weight) for weight in method.segmenter.get_layer("aux").weights]
    received = {part: record_gradients(optimizer) for part, optimizer in method.optimizers.items()}
    main = keras.Model(method.segmenter.input, method.segmenter.output["logits"])
    losses, norms = [], []
    for iteration in range(ITERATIONS):
        if prefix:
            keep = arrays[f"in_dropout_keep_{iteration}"]
            method.logit_dropout = StoredDropout(keep, meta["hyper"]["drop_dropout"])
        method.reset_metrics()
        losses.append(losses_of(method.train_step(weak_batch(arrays, iteration))))
        norms.append(np.sqrt(sum(np.sum(np.square(one)) for one in received["segmenter"].values())))
        if iteration == 0:
            assert_gradients(arrays, meta, f"{prefix}grad1_seg", main, received["segmenter"])
        assert_weights(arrays, meta, f"{prefix}after{iteration + 1}_seg", main)
        if not prefix:
            assert_discriminators(arrays, meta, method, received, iteration)
    assert_matches(np.array(losses), arrays, meta, f"{prefix}out_losses")
    assert_matches(np.array(norms), arrays, meta, f"{prefix}out_grad_norm")
    assert bool(method.finite.numpy())
    assert not moved(auxiliary, [np.array(weight) for weight in method.segmenter.get_layer("aux").weights])


def assert_discriminators(arrays, meta, method, received, iteration):
    layer = method.category_discriminators
    if iteration == 0:
        assert_gradients(arrays, meta, "grad1_D", method.discriminator, received["discriminator"])
    assert_weights(arrays, meta, f"after{iteration + 1}_D", method.discriminator)
    for number, weights in enumerate(zip(layer.kernels, layer.biases, strict=True)):
        for kind, weight in zip(("kernel", "bias"), weights, strict=True):
            assert_matches(weight, arrays, meta, f"after{iteration + 1}_wD_{number}_{kind}")
            if iteration == 0:
                gradient = received["category_discriminators"][weight.path]
                assert_matches(gradient, arrays, meta, f"grad1_wD_{number}_{kind}")


@pytest.mark.slow
@pytest.mark.ci
@pytest.mark.parametrize("case", MODES)
def test_released_tags(case, monkeypatch):
    arrays, meta = load_vectors(f"weak_da_iteration_{case}")
    method = published_method(arrays, meta, case)
    tags = []
    loss = method.category_domain_loss
    monkeypatch.setattr(
        method, "category_domain_loss", lambda d, t, domain: tags.append(np.array(t)) or loss(d, t, domain)
    )
    for iteration in range(ITERATIONS):
        method.train_step(weak_batch(arrays, iteration))
    target, source = np.stack(tags[0::3]), np.stack(tags[1::3])  # generator, source half, target half
    assert_matches(target, arrays, meta, "out_weak_target")
    assert_matches(source, arrays, meta, "out_weak_source")


def toy(weak: str, **arguments) -> WeakLabel:
    method = WeakLabel(toy_segmenter(), weak=weak, discriminator_base=2, category_width=4, **arguments)
    method.compile(toy_optimizers(method), run_eagerly=True)
    return method


def tagged(tags, points=((-1, -1, -1),)) -> dict:
    one = toy_batch("weaklabel")
    size = len(one["target"]["image"])
    one["target"]["weak"] = np.broadcast_to(np.array(tags, "float32"), (size, CLASSES))
    one["target"]["points"] = np.broadcast_to(np.array(points, "int32"), (size, len(points), 3))
    return one


def step(method, one) -> dict[str, float]:
    logs = method.fit(tf.data.Dataset.from_tensors(one), verbose=0)
    return {name: values[-1] for name, values in logs.history.items()}


@pytest.mark.slow
@pytest.mark.ci
@pytest.mark.parametrize("weak", ["oracle", "point"])
def test_a_batch_without_tags_trains_on_the_rest(weak):
    method = toy(weak)
    before = weights_of(method)
    logs = step(method, tagged([-1] * CLASSES))
    assert logs["category"] == logs["category_adversarial"] == logs["point"] == 0
    assert bool(method.finite.numpy()) and moved(before["segmenter"], weights_of(method)["segmenter"])


@pytest.mark.slow
@pytest.mark.ci
def test_unknown_tags_are_not_absent():
    known = step(toy("oracle", dropout=0.0), tagged([1, 0, 1, 0]))["category"]
    unknown = step(toy("oracle", dropout=0.0), tagged([1, -1, 1, -1]))["category"]
    absent = step(toy("oracle", dropout=0.0), tagged([-1, 0, -1, 0]))["category"]
    assert (unknown + absent) / 2 == pytest.approx(known, rel=1e-5)


@pytest.mark.slow
@pytest.mark.ci
def test_points_only_count_in_point_mode():
    points = ((3, 4, 0), (20, 30, 2))
    assert step(toy("oracle"), tagged([1, 0, 1, 0], points))["point"] == 0
    assert step(toy("point"), tagged([1, 0, 1, 0], points))["point"] > 0
    assert step(toy("point"), tagged([0, 1, 0, 1], points))["point"] == 0


def test_only_the_network_itself_tags_in_pseudo_mode():
    one = toy_batch("weaklabel")
    assert set(one["target"]) == {"image"}
    assert step(toy("pseudo", threshold=0.0), one)["category"] > 0


@pytest.mark.slow
@pytest.mark.ci
def test_dropout_goes_on_where_it_stopped():
    straight, second = (toy("pseudo", dropout=0.5) for _ in range(2))
    for number in range(2):
        step(straight, toy_batch("weaklabel", seed=number))
    saved = {key: np.array(variable) for key, variable in variables_of(straight).items()}
    assert any("seed" in key for key in saved)
    for key, variable in variables_of(second).items():
        variable.assign(saved[key])
    batch = toy_batch("weaklabel", seed=2)
    assert step(second, batch)["category"] == step(straight, batch)["category"]
    assert state_hash(variables_of(second)) == state_hash(variables_of(straight))


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="pseudo, oracle, point"):
        WeakLabel(toy_segmenter(), weak="tags")
    with pytest.raises(ValueError, match="2 source areas for 4 classes"):
        WeakLabel(toy_segmenter(), source_areas=(0.1, 0.1))
