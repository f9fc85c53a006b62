"""Feature distance on top of methods: published values through the class, what is frozen, and what cannot be meant."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.config.schema import SegmenterConfig
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import CITYSCAPES_16
from keras_uda.core.classes import THINGS
from keras_uda.core.errors import ConfigurationError
from keras_uda.methods.add_ons.feature_distance import FeatureDistance
from keras_uda.methods.add_ons.feature_distance import all_maps
from keras_uda.methods.add_ons.feature_distance import last_before_heads
from keras_uda.methods.add_ons.feature_distance import thing_numbers
from keras_uda.methods.minent import MinEnt
from keras_uda.methods.proda_warmup import ProDAWarmUp
from keras_uda.segmenters.build import build_segmenter
from keras_uda.segmenters.two_scales import network_of
from keras_uda.segmenters.two_scales import two_scales
from keras_uda.training.state import variables_of
from tests.conftest import assert_matches
from tests.conftest import load_vectors
from tests.toy import CLASSES
from tests.toy import HEIGHT
from tests.toy import WIDTH
from tests.toy import step_losses
from tests.toy import toy_batch
from tests.toy import toy_optimizers
from tests.toy import toy_segmenter


def identity_segmenter(classes: int, channels: int) -> keras.Model:
    """Features are the images: what is fed is what is compared."""
    image = keras.Input((None, None, channels))
    logits = keras.layers.Conv2D(classes, 1, name="logits")(image)
    features = keras.layers.Identity()(image)
    return keras.Model(image, {"logits": logits, "features": features, "skips": {}})


@pytest.mark.parametrize("empty", ["", "_empty"])
def test_the_published_values(empty, monkeypatch):
    arrays, meta = load_vectors("daformer_feature_distance")
    hyper, imagenet = meta["hyper"], arrays["in_imagenet_features"]
    method = MinEnt(identity_segmenter(hyper["num_classes"], imagenet.shape[-1]))
    options = {"things": tuple(hyper["classes"]), "min_ratio": hyper["min_ratio"], "weight": hyper["weight"]}
    add_on = FeatureDistance(method, **options)
    monkeypatch.setattr(add_on, "reference", lambda images: tf.constant(imagenet))
    features = tf.Variable(arrays["in_features"])
    step = SimpleNamespace(passes={"source": SimpleNamespace(images=None)}, source_label=arrays[f"in_labels{empty}"])
    with tf.GradientTape() as tape:
        step.outputs = {"source": {"features": features, "skips": {}}}
        loss, logged = add_on.loss(step)
        weighted = add_on.weight * loss
    assert_matches(add_on.mask(step.source_label, imagenet.shape[1:3]), arrays, meta, f"out_mask{empty}")
    name = "grad_loss_empty_features" if empty else "grad_loss_features"
    assert_matches(tape.gradient(weighted, features), arrays, meta, name)
    assert float(logged["feature_distance"]) == float(loss)
    if empty:
        assert float(loss) == 0
    else:
        assert_matches(weighted, arrays, meta, "out_loss")


def with_distance(segmenter, kind=MinEnt, arguments=None, **options):
    method = kind(segmenter, **(arguments or {}))
    method.add_ons = (FeatureDistance(method, **({"things": (1, 2), "min_ratio": 0.1} | options)),)
    method.compile(toy_optimizers(method), run_eagerly=True)
    return method


def filled_batch(ids=(1, 2, 0, 255)):
    """Labels in blocks of four pixels, the cells of the toy segmenter."""
    batch = toy_batch()
    blocks = np.random.default_rng(5).choice(ids, (2, HEIGHT // 4, WIDTH // 4)).astype("uint8")
    batch["source"]["label"] = np.repeat(np.repeat(blocks, 4, 1), 4, 2)
    return batch


def test_it_is_0_at_the_start_and_grows_as_the_segmenter_moves():
    method, batch = with_distance(toy_segmenter(batch_norm=False)), filled_batch()
    first, second = (method.train_step(batch) and float(method.trackers["feature_distance"].result()) for _ in "12")
    assert first == 0 and second > 0


def test_the_loss_is_that_of_its_cells():
    segmenter, batch = toy_segmenter(batch_norm=False), filled_batch()
    method = with_distance(segmenter, weight=3.0)
    plain = MinEnt(segmenter)
    plain.compile(toy_optimizers(plain), run_eagerly=True)
    frozen = np.asarray(segmenter(batch["source"]["image"].astype("float32"))["features"])
    segmenter.get_layer("first").kernel.assign_add(np.full((3, 3, 3, 6), 0.05))
    moved = np.asarray(segmenter(batch["source"]["image"].astype("float32"))["features"])
    cells = np.isin(batch["source"]["label"][:, ::4, ::4], (1, 2))
    expected = np.linalg.norm(moved - frozen, axis=-1)[cells].mean()
    weights = segmenter.get_weights()
    logged, losses = step_losses(method, batch)
    segmenter.set_weights(weights)
    _, without = step_losses(plain, batch)
    assert logged["feature_distance"] == pytest.approx(expected, rel=1e-4)
    assert losses["segmenter"] == pytest.approx(without["segmenter"] + 3 * expected, rel=1e-4)


def test_the_frozen_copy_is_in_the_state_does_not_move_and_is_in_no_export():
    segmenter = toy_segmenter()
    parameters = segmenter.count_params()
    method = with_distance(segmenter)
    frozen = method.add_ons[0].frozen.weights
    before = [np.array(one) for one in frozen]
    held = {id(variable) for variable in variables_of(method).values()}
    assert frozen and all(id(variable) in held for variable in frozen)
    for _ in range(2):
        method.train_step(filled_batch())
    for one, other in zip(frozen, before, strict=True):
        np.testing.assert_array_equal(one, other)
    assert method.segmenter.count_params() == parameters
    assert not {id(one) for one in frozen} & {id(one) for one in method.segmenter.weights}


def test_no_thing_no_distance():
    method = with_distance(toy_segmenter(batch_norm=False))
    method.segmenter.get_layer("first").kernel.assign_add(np.full((3, 3, 3, 6), 0.05))
    assert step_losses(method, filled_batch(ids=(0, 3, 255)))[0]["feature_distance"] == 0


NETWORKS = {
    "tiny": ("features", 4),
    "efficientnet_lite0": ("stride16", 16),
    "deeplab_v2_resnet101": ("features", 8),
    "fcn8s_vgg16": ("features", 32),
}


@pytest.mark.slow
@pytest.mark.ci
@pytest.mark.parametrize("name", ["tiny", "efficientnet_lite0"])
@pytest.mark.parametrize("size", [(64, 48), (83, 55)])
def test_networks_of_any_stride_and_images_of_any_size(name, size):
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (2, 1, size[1], size[0], 3)), np.full((1, size[1], size[0]), 13)
    batch = {"source": {"image": images[0], "label": labels}, "target": {"image": images[1]}}
    method = with_distance(build_segmenter(SegmenterConfig(name, "none"), 19), things=())
    assert method.add_ons[0].features == NETWORKS[name][0]
    maps = all_maps(method.segmenter(images[0].astype("float32")))
    assert -(-size[0] // NETWORKS[name][1]) == maps[NETWORKS[name][0]].shape[2]
    method.train_step(batch)
    logged = method.train_step(batch)
    assert float(logged["feature_distance"]) > 0 and bool(method.finite.numpy())


def test_heads_are_not_compared():
    segmenter = toy_segmenter()
    assert last_before_heads(segmenter) == "features"
    segmenter.head_names = ("last", "logits")
    assert last_before_heads(segmenter) == "stride2"


def test_with_two_scales_both_see_the_context():
    segmenter = two_scales(
        build_segmenter(SegmenterConfig("tiny", "none", arguments={"batch_norm": "frozen"}), CLASSES)
    )
    method, batch = with_distance(segmenter), filled_batch()
    add_on, images = method.add_ons[0], batch["source"]["image"].astype("float32")
    half = (images[:, ::2, ::2] + images[:, 1::2, ::2] + images[:, ::2, 1::2] + images[:, 1::2, 1::2]) / 4
    np.testing.assert_allclose(add_on.reference(images), add_on.frozen(half, training=False), atol=1e-4)
    cells = np.asarray(add_on.mask(batch["source"]["label"], (4, 5)))
    assert cells.shape == (2, 4, 5)
    logged = method.train_step(batch)
    assert float(logged["feature_distance"]) == pytest.approx(0, abs=1e-5) and bool(method.finite.numpy())
    assert float(method.train_step(batch)["feature_distance"]) > 1e-5


def test_things_go_by_name():
    assert thing_numbers((), CITYSCAPES, 19) == (6, 7, 11, 12, 13, 14, 15, 16, 17, 18) == thing_numbers((), (), 19)
    sixteen = thing_numbers((), CITYSCAPES_16, 16)
    assert [CITYSCAPES_16[one] for one in sixteen] == [name for name in THINGS if name in CITYSCAPES_16]
    assert thing_numbers(("car", 0), ("road", "car"), 2) == (1, 0)
    for things, words in ((("cars",), "`cars` is no class"), ((2,), "`2` is no class")):
        with pytest.raises(ConfigurationError, match=words):
            thing_numbers(things, ("road", "car"), 2)


@pytest.mark.parametrize("names", [("road", "sky"), ("lane", "kerb"), ()])
def test_where_no_class_is_a_thing_every_class_counts(names):
    assert thing_numbers((), names, 2) == (0, 1)


def test_an_unknown_map_is_named():
    with pytest.raises(ConfigurationError, match="features is `stride32`. The segmenter has features, stride2"):
        FeatureDistance(MinEnt(toy_segmenter()), things=(1,), features="stride32")


def test_labels_go_with_images_that_a_method_cuts():
    arguments = {"crop": (0.5, 0.5), "crop_scales": (1.0, 1.0), "discriminator_base": 2}
    segmenter = build_segmenter(SegmenterConfig("tiny", "none"), CLASSES)
    method = with_distance(segmenter, ProDAWarmUp, arguments)
    seen, mask = [], method.add_ons[0].mask
    method.add_ons[0].mask = lambda labels, size: (seen.append((tuple(labels.shape), size)), mask(labels, size))[1]
    method.train_step(filled_batch())
    assert seen == [((2, HEIGHT // 2, WIDTH // 2), (HEIGHT // 8, WIDTH // 8))]


@pytest.mark.slow
@pytest.mark.ci
def test_a_segmenter_of_two_scales_is_compared_at_its_own():
    segmenter = build_segmenter(SegmenterConfig("efficientnet_lite0", "none", scales=2), CLASSES)
    method, batch = with_distance(segmenter), filled_batch()
    assert method.add_ons[0].features == "stride16"
    images = batch["source"]["image"].astype("float32")
    half = (images[:, ::2, ::2] + images[:, 1::2, ::2] + images[:, ::2, 1::2] + images[:, 1::2, 1::2]) / 4
    expected = network_of(segmenter)(half)["skips"]["stride16"]
    np.testing.assert_allclose(method.add_ons[0].reference(images), expected, rtol=1e-3, atol=1e-4)
    assert expected.shape[1:3] == (1, 2)  # of images of 40x32
    method.train_step(batch)
    assert bool(method.finite.numpy())
