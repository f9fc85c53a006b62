"""LSD-seg: the released loss statements through the shipped class, order of updates, generators, pictures."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.config.stage_schema import OptimizerConfig
from keras_uda.methods.lsdseg import LSDSeg
from keras_uda.methods.lsdseg import means
from keras_uda.methods.step import Step
from keras_uda.optimizers.build import build_optimizer
from tests.conftest import assert_matches
from tests.conftest import load_vectors
from tests.toy import HEIGHT
from tests.toy import WIDTH
from tests.toy import toy_batch
from tests.toy import toy_optimizers
from tests.toy import toy_segmenter

SMALL = {"generator_base": 2, "discriminator_base": 2, "dropout": 0.0}


def toy(**arguments) -> LSDSeg:
    method = LSDSeg(toy_segmenter(), **(SMALL | arguments))
    method.compile(toy_optimizers(method, only_sgd=True), run_eagerly=True)
    return method


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_released_losses(reduction):
    arrays, meta = load_vectors("lsdseg_losses")
    method = LSDSeg(toy_segmenter(), sum_losses=reduction == "sum", **SMALL)
    given = {key: tf.constant(value) for key, value in arrays.items() if key.startswith("in_")}
    answers = {
        "src_real": {"kind": given["in_src_real_s"], "category": given["in_src_real_c"]},
        "src_fake": {"kind": given["in_src_fake_s"], "category": given["in_src_fake_c"]},
        "tgt_real": {"kind": given["in_tgt_real_s"]},
        "tgt_fake": {"kind": given["in_tgt_fake_s"]},
    }
    on_real, on_fake = ([answers[f"{side}_{kind}"] for side in ("src", "tgt")] for kind in ("real", "fake"))
    watched = {key.removeprefix("in_"): value for key, value in given.items() if value.dtype == tf.float32}
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(watched)
        l1 = sum(tf.reduce_mean(abs(given[f"in_g_{side}"] - given[f"in_real_{side}"])) for side in ("src", "tgt"))
        losses = {
            "D": method.discriminator_loss(on_real, on_fake, given["in_labels_for_d"]),
            "G": method.generator_loss(on_fake, l1, given["in_labels_for_d"]),
            # The labels of the image and of the patches are two files there, one label map here.
            "F": method.pixel_loss(given["in_labels"], given["in_score"])
            + method.segmenter_loss(given["in_src_fake_c"], on_fake, given["in_labels_for_d"])
            - method.pixel_loss(given["in_labels_for_d"], given["in_src_fake_c"]),
        }
    compared = 0
    for part, loss in losses.items():
        assert_matches(loss, arrays, meta, f"out_loss{part}_{reduction}")
        for name, value in watched.items():
            key = f"grad_loss{part}_{reduction}_{name}"
            if key in arrays:
                compared += 1
                assert_matches(tape.gradient(loss, value), arrays, meta, key)
    assert compared == len([key for key in arrays if key.startswith("grad_") and f"_{reduction}_" in key]) > 10


def test_the_log_holds_the_released_means():
    arrays, meta = load_vectors("lsdseg_losses")
    kinds = {name: {"kind": arrays[f"in_{name}_s"]} for name in ("src_real", "src_fake", "tgt_real", "tgt_fake")}
    for name in ("src_real", "src_fake"):
        kinds[name]["category"] = arrays[f"in_{name}_c"]
    on_real, on_fake = [kinds["src_real"], kinds["tgt_real"]], [kinds["src_fake"], kinds["tgt_fake"]]
    logged = means(arrays["in_labels_for_d"], arrays["in_src_real_c"], on_real, on_fake)
    assert_matches(logged["discriminator_category"], arrays, meta, "out_lossD_src_real_c_mean")
    assert_matches(logged["auxiliary"], arrays, meta, "out_lossF_src_adv_c_mean")
    names = ("src_real_s", "src_fake_s", "tgt_real", "tgt_fake")
    expected = np.mean([arrays[f"out_lossD_{name}_mean"] for name in names])
    np.testing.assert_allclose(logged["discriminator_kind"], expected, rtol=1e-5)
    crossed = np.mean([arrays[f"out_lossF_{name}_adv_s_mean"] for name in ("src", "tgt")])
    np.testing.assert_allclose(logged["adversarial"], crossed, rtol=1e-5)


def test_updates_are_in_the_published_order(monkeypatch):
    """A step takes every gradient before any update, and then updates in the order in which it gets the losses."""
    method, order = toy(), []
    monkeypatch.setattr(Step, "update", lambda step: order.extend(step.part_losses))
    method.train_step(toy_batch())
    assert order == ["discriminator", "generator", "segmenter"]


def test_pictures_change_nothing():
    method = toy(dropout=0.5)
    before = [np.array(weight) for weight in method.variables]
    pictures = method.pictures(toy_batch())
    assert len(pictures) == 5
    for images in pictures.values():
        assert images.shape == (2, HEIGHT, WIDTH, 3) and images.dtype == np.uint8
    np.testing.assert_array_equal(pictures["source"], toy_batch()["source"]["image"])
    for old, new in zip(before, method.variables, strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.slow
def test_reconstruction_alone_teaches_the_generator_to_decode():
    method = toy(generator_weight=0.0, reconstruction_weight=1e3, sum_losses=False, generator_base=8)
    adam = OptimizerConfig("adam", 0.01, schedule={})
    method.compile({part: build_optimizer(adam, 100) for part in method.trains}, run_eagerly=True)
    errors = []
    for _ in range(8):
        method.reset_metrics()
        errors.append(float(method.train_step(toy_batch())["reconstruction"]))
    assert errors[-1] < 0.97 * errors[0]


def test_dropout_is_the_noise_of_training_only():
    method = toy(dropout=0.5)
    images = np.random.default_rng(0).random((1, HEIGHT, WIDTH, 3)).astype("float32")
    outputs = method.segmenter(255 * images)
    one, other = (np.asarray(method.generator(outputs, images, training=True)) for _ in range(2))
    assert not np.array_equal(one, other)
    one, other = (np.asarray(method.generator(outputs, images)) for _ in range(2))
    np.testing.assert_array_equal(one, other)
