"""Losses on weak labels: against their equations, against the released code, and at the edges."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from keras_uda.layers.category_discriminators import CategoryDiscriminators
from keras_uda.layers.discriminators import Discriminator
from keras_uda.losses import weak
from keras_uda.ops.resize import upsample
from tests.conftest import assert_matches
from tests.conftest import load_vectors


def value_and_gradients(function, *arrays):
    inputs = [tf.constant(array) for array in arrays]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        value = function(*inputs)
    return value, tape.gradient(value, inputs)


def random(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


# The equations, written slowly.


@pytest.mark.parametrize("sharpness", [1.0, 4.0])
def test_pooled_logits_match_their_equation(sharpness):
    logits = random(2, 3, 4, 5)
    expected = np.zeros((2, 5))
    for n, c in np.ndindex(2, 5):
        expected[n, c] = (
            np.log(np.mean([np.exp(sharpness * value) for value in logits[n, :, :, c].ravel()])) / sharpness
        )
    np.testing.assert_allclose(weak.pooled_logits(logits, sharpness), expected, rtol=1e-5, atol=1e-6)


def test_pooling_of_the_printed_example():
    logits = np.array([2, 0, -1, -3], "float32").reshape(1, 2, 2, 1)
    assert float(weak.pooled_logits(logits)[0, 0]) == pytest.approx(0.7892210, abs=1e-6)
    assert float(weak.category_probabilities(logits)[0, 0]) == pytest.approx(0.6876640, abs=1e-6)
    assert float(weak.category_probabilities(0 * logits)[0, 0]) == pytest.approx(0.5)


def test_category_loss_is_the_mean_over_images_of_their_known_tags():
    pooled, tags = random(3, 3), np.array([[1, 0, -1], [-1, -1, 1], [-1, -1, -1]], "float32")
    of_images = []
    for n in range(3):
        errors = []
        for c in range(3):
            p = 1 / (1 + np.exp(-pooled[n, c]))
            if tags[n, c] >= 0:
                errors.append(-np.log(p) if tags[n, c] else -np.log(1 - p))
        of_images.append(np.mean(errors) if errors else 0.0)
    assert float(weak.category_loss(pooled, tags)) == pytest.approx(np.mean(of_images), rel=1e-5)
    _, (gradient,) = value_and_gradients(lambda z: weak.category_loss(z, tags), pooled)
    assert not gradient.numpy()[tags < 0].any() and gradient.numpy()[tags >= 0].all()


def test_images_that_say_nothing_do_not_make_the_others_louder():
    """Half of a batch without tags and points: half the step, not the same step from half the knowledge."""
    pooled, logits = random(2, 3), random(2, 3, 4, 3)
    tags = np.array([[1, 0, 1], [1, 0, 1]], "float32")
    points = np.array([[[2, 1, 0]], [[1, 1, 2]]], "int32")
    half, fewer = tags * [[1], [0]] - [[0], [1]], points * [[[1]], [[0]]] - [[[0]], [[1]]]
    alone = float(weak.category_loss(pooled[:1], tags[:1])), float(weak.point_loss(logits[:1], points[:1], tags[:1]))
    assert float(weak.category_loss(pooled, half)) == pytest.approx(alone[0] / 2, rel=1e-5)
    assert float(weak.point_loss(logits, fewer, half)) == pytest.approx(alone[1] / 2, rel=1e-5)


def test_category_features_match_their_equation():
    logits, features = random(1, 2, 3, 2), random(1, 2, 3, 4, seed=1)
    expected = np.zeros((1, 2, 4))
    for c in range(2):
        weights = np.exp(logits[0, :, :, c]) / np.exp(logits[0, :, :, c]).sum()
        for h, w in np.ndindex(2, 3):
            expected[0, c] += weights[h, w] * features[0, h, w]
    pooled = weak.category_features(features, weak.category_attention(logits))
    np.testing.assert_allclose(pooled, expected, rtol=1e-5, atol=1e-6)


def test_category_errors_are_averaged_over_present_categories_then_images():
    decisions = random(3, 2)
    tags = np.array([[1, 1], [0, 1], [0, -1]], "float32")
    error = np.log1p(np.exp(decisions))  # of the answer "source"
    expected = np.mean([error[0].mean(), error[1, 1]])
    assert float(weak.mean_over_present(weak.domain_error(decisions, 0.0), tags)) == pytest.approx(expected, rel=1e-5)


def test_point_loss_matches_its_equation():
    logits = random(2, 3, 4, 3)
    points = np.array([[[2, 1, 0], [0, 3, 2], [0, 0, 0]], [[1, 1, 1], [-1, -1, -1], [-1, -1, -1]]], "int32")
    tags = np.array([[1, 0, 0], [0, 1, -1]], "float32")  # the second point is of a category tagged absent
    errors = [[], []]
    for n, row, column, category in ((0, 2, 1, 0), (0, 0, 0, 0), (1, 1, 1, 1)):
        p = np.exp(logits[n, row, column]) / np.exp(logits[n, row, column]).sum()
        errors[n].append(-np.log(p[category]))
    expected = np.mean([np.mean(of_image) for of_image in errors])
    assert float(weak.point_loss(logits, points, tags)) == pytest.approx(expected, rel=1e-5)


def test_source_tags_count_shares_of_the_image():
    labels = np.array([[[0, 0, 1, 255], [0, 0, 255, 255]]], "uint8")
    for thresholds, expected in (
        ((0.0, 0.0, 0.0), [1, 1, 0]),
        ((0.4, 0.125, 0.0), [1, 0, 0]),
        ((np.nan, 0, 0), [0, 1, 0]),
    ):
        tags = weak.source_tags(labels, np.array(thresholds, "float32"))
        np.testing.assert_array_equal(tags, [expected])


# The edges.


def test_nothing_known_gives_zero_and_zero_gradients():
    logits, unknown = random(2, 3, 4, 3), np.full((2, 3), -1, "float32")
    points = np.full((2, 1, 3), -1, "int32")
    for loss in (
        lambda a: weak.category_loss(weak.pooled_logits(a), unknown),
        lambda a: weak.mean_over_present(weak.domain_error(weak.pooled_logits(a), 1.0), unknown),
        lambda a: weak.mean_over_present(weak.squared_domain_error(weak.pooled_logits(a), 1.0), unknown),
        lambda a: weak.point_loss(a, points, unknown),
    ):
        value, (gradient,) = value_and_gradients(loss, logits)
        assert float(value) == 0 and not np.any(gradient)


@pytest.mark.parametrize("size", [1e4, -1e4])
def test_saturated_logits_stay_finite(size):
    logits = np.full((1, 2, 2, 2), size, "float32")
    for tags in np.array([[[1.0, 0.0]], [[-1.0, 1.0]]], "float32"):
        loss, (gradient,) = value_and_gradients(
            lambda a, tags=tags: weak.category_loss(weak.clip_pooled(weak.pooled_logits(a)), tags), logits
        )
        assert np.isfinite(float(loss)) and not np.any(gradient)


def test_losses_are_the_same_in_a_compiled_graph():
    logits, points = random(2, 3, 4, 3), np.array([[[2, 1, 0]], [[-1, -1, -1]]], "int32")
    tags = np.array([[1, 0, -1], [0, 1, 1]], "float32")

    def losses(a):
        return weak.category_loss(weak.clip_pooled(weak.pooled_logits(a)), tags), weak.point_loss(a, points, tags)

    compiled = tf.function(losses, jit_compile=True)(tf.constant(logits))
    np.testing.assert_allclose(compiled, losses(logits), rtol=1e-6)


# The released code.


@pytest.fixture(scope="module")
def case():
    return load_vectors("weak_da_losses")


def test_released_probabilities_and_pseudo_tags(case):
    arrays, meta = case
    for which in ("source", "target"):
        assert_matches(weak.category_probabilities(arrays[f"in_logits_{which}"]), arrays, meta, f"out_p_{which}")
    assert_matches(weak.pseudo_tags(arrays["in_logits_target"]), arrays, meta, "out_pseudo_weak")
    assert_matches(weak.category_probabilities(arrays["in_logits_saturated"]), arrays, meta, "out_sat_p")


@pytest.mark.parametrize(
    "key, tags, dropout",
    [
        ("category_pseudo", "out_pseudo_weak", False),
        ("category_image", "out_weak_target", False),
        ("category_pseudo_dropout", "out_pseudo_weak", True),
    ],
)
def test_released_category_loss(case, key, tags, dropout):
    arrays, meta = case
    keep = arrays["in_dropout_keep"].astype("float32") / 0.9 if dropout else 1.0
    value, (gradient,) = value_and_gradients(
        lambda a: weak.category_loss(weak.clip_pooled(weak.pooled_logits(a * keep)), arrays[tags]),
        arrays["in_logits_target"],
    )
    assert_matches(value, arrays, meta, f"out_{key}")
    assert_matches(gradient, arrays, meta, f"grad_{key}_logits")


@pytest.mark.parametrize("tag, key", [(0.0, "sat_category_y0"), (1.0, "sat_category_y1")])
def test_released_saturation(case, tag, key):
    arrays, meta = case
    expected = arrays[f"out_{key}"]

    def per_class(a):
        pooled = weak.clip_pooled(weak.pooled_logits(a))
        return weak.category_cross_entropy(pooled, np.full(pooled.shape, tag, "float32"))[0]

    value, (gradient,) = value_and_gradients(per_class, arrays["in_logits_saturated"])
    assert_matches(value[: len(expected)], arrays, meta, f"out_{key}")
    assert_matches(gradient, arrays, meta, f"grad_{key}_logits")
    if tag == 0:
        for form in ("", "_float64"):
            assert_matches(value[len(expected) :], arrays, meta, f"out_sathigh_category_y0{form}")


@pytest.mark.parametrize("image", [0, 1])
def test_released_point_loss(case, image):
    arrays, meta = case
    labels, points = arrays["in_labels_target"], arrays[f"in_points_{image}"]

    def loss(a):
        return weak.point_loss(
            upsample(a[None], labels[..., None]), points[None], arrays["out_weak_target"][image : image + 1]
        )

    value, (gradient,) = value_and_gradients(loss, arrays["in_logits_target"][image])
    assert_matches(value, arrays, meta, f"out_point_{image}")
    assert_matches(gradient, arrays, meta, f"grad_point_{image}_logits")


def pooled(arrays, which):
    attention = weak.category_attention(arrays[f"in_logits_{which}"])
    return weak.category_features(arrays[f"in_features_{which}"], attention)


def test_released_category_features(case):
    arrays, meta = case
    for which in ("source", "target"):
        assert_matches(pooled(arrays, which), arrays, meta, f"out_pooled_{which}")
    cotangent = arrays["in_cotangent_pooled"]
    _, gradients = value_and_gradients(
        lambda a, f: ops.sum(cotangent * weak.category_features(f, weak.category_attention(a))),
        arrays["in_logits_target"],
        arrays["in_features_target"],
    )
    assert_matches(gradients[0], arrays, meta, "grad_pooled_logits")
    assert_matches(gradients[1], arrays, meta, "grad_pooled_features")


@pytest.fixture(scope="module")
def discriminators(case):
    arrays, _ = case
    categories, channels, _ = arrays["param_wD_0_kernel"].shape
    layer = CategoryDiscriminators(categories, channels)
    for number in range(3):
        layer.kernels[number].assign(arrays[f"param_wD_{number}_kernel"])
        layer.biases[number].assign(arrays[f"param_wD_{number}_bias"])
    return layer


def test_released_category_decisions(case, discriminators):
    arrays, meta = case
    for which in ("source", "target"):
        assert_matches(discriminators(pooled(arrays, which)), arrays, meta, f"out_wD_{which}")


ERRORS = {"bce": weak.domain_error, "ls": weak.squared_domain_error}


@pytest.mark.parametrize("form", ERRORS)
@pytest.mark.parametrize(
    "key, which, tags, domain",
    [
        ("d_source", "source", "out_weak_source", 0.0),
        ("d_target_pseudo", "target", "out_pseudo_weak", 1.0),
        ("d_target_image", "target", "out_weak_target", 1.0),
    ],
)
def test_released_category_discriminator_losses(case, discriminators, form, key, which, tags, domain):
    arrays, meta = case
    with tf.GradientTape() as tape:
        errors = ERRORS[form](discriminators(pooled(arrays, which)), domain)
        value = weak.mean_over_present(errors, arrays[tags])
    assert_matches(value, arrays, meta, f"out_cw_{form}_{key}")
    variables = [*discriminators.kernels, *discriminators.biases]
    names = [f"{number}_{kind}" for kind in ("kernel", "bias") for number in range(3)]
    for name, gradient in zip(names, tape.gradient(value, [v.value for v in variables]), strict=True):
        if f"grad_cw_{form}_{key}_wD_{name}" in arrays:
            assert_matches(gradient, arrays, meta, f"grad_cw_{form}_{key}_wD_{name}")


@pytest.mark.parametrize("form", ERRORS)
@pytest.mark.parametrize("name, tags", [("pseudo", "out_pseudo_weak"), ("image", "out_weak_target")])
def test_released_category_adversarial_loss(case, discriminators, form, name, tags):
    arrays, meta = case
    attention = weak.category_attention(arrays["in_logits_target"])

    def loss(f):
        decisions = discriminators(weak.category_features(f, attention))
        return weak.mean_over_present(ERRORS[form](decisions, 0.0), arrays[tags])

    value, (gradient,) = value_and_gradients(loss, arrays["in_features_target"])
    assert_matches(value, arrays, meta, f"out_cw_{form}_gen_{name}")
    if f"grad_cw_{form}_gen_{name}_features" in arrays:
        assert_matches(gradient, arrays, meta, f"grad_cw_{form}_gen_{name}_features")


@pytest.mark.parametrize("form", ERRORS)
@pytest.mark.parametrize(
    "key, which, domain", [("d_source", "source", 0.0), ("d_target", "target", 1.0), ("gen", "target", 0.0)]
)
def test_released_output_space_losses(case, form, key, which, domain):
    arrays, meta = case
    layer = Discriminator(arrays["param_D_0_kernel"].shape[2], arrays["param_D_0_kernel"].shape[3])
    names = [f"{number}_{kind}" for number in range(5) for kind in ("kernel", "bias")]
    layer.set_weights([arrays[f"param_D_{name}"] for name in names])
    with tf.GradientTape() as tape:
        logits = tf.constant(arrays[f"in_logits_{which}"])
        tape.watch(logits)
        scores = layer(ops.softmax(upsample(logits, arrays["in_labels_source"][..., None])))
        value = ops.mean(ERRORS[form](scores, domain))
    assert_matches(scores, arrays, meta, f"out_D_{which}")
    assert_matches(value, arrays, meta, f"out_adv_{form}_{key}")
    gradients = tape.gradient(value, [logits, *(variable.value for variable in layer.trainable_variables)])
    for name, gradient in zip(["logits", *(f"D_{name}" for name in names)], gradients, strict=True):
        if f"grad_adv_{form}_{key}_{name}" in arrays:
            assert_matches(gradient, arrays, meta, f"grad_adv_{form}_{key}_{name}")


def test_a_batch_without_any_category_gives_zero_where_the_released_code_raises(case, discriminators):
    arrays, _ = case
    assert arrays["out_cw_no_category_raises"] == 1
    none = np.zeros_like(arrays["out_weak_target"])
    errors = weak.domain_error(discriminators(pooled(arrays, "target")), 1.0)
    assert float(weak.mean_over_present(errors, none)) == 0


# The equations alone (`weak_labels.npz`): sums instead of means, linear discriminators, gradient through the attention.


@pytest.fixture(scope="module")
def equations():
    return load_vectors("weak_labels")


def test_pooling_of_the_equations(equations):
    arrays, meta = equations
    for k in (1, 4):
        assert_matches(
            weak.pooled_logits(arrays["in_logits_target"], float(k)), arrays, meta, f"out_pooled_logit_target_k{k}"
        )
        probabilities = weak.category_probabilities(arrays["in_logits_target"], float(k))
        assert_matches(probabilities, arrays, meta, f"out_p_target_k{k}")
    assert_matches(weak.category_probabilities(arrays["in_logits_source"]), arrays, meta, "out_p_source_k1")
    assert_matches(weak.pseudo_tags(arrays["in_logits_target"]), arrays, meta, "out_pseudo_weak_target")
    tags = weak.source_tags(arrays["in_labels_source"], np.zeros(arrays["in_logits_source"].shape[-1], "float32"))
    assert_matches(tags, arrays, meta, "out_weak_source")
    assert_matches(weak.category_attention(arrays["in_logits_target"]), arrays, meta, "out_attention_target")


@pytest.mark.parametrize("name, tags", [("oracle", "in_oracle_weak_target"), ("pseudo", "out_pseudo_weak_target")])
def test_category_loss_of_the_equations(equations, name, tags):
    arrays, meta = equations
    tags, logits = arrays[tags], arrays["in_logits_target"]
    errors = weak.category_cross_entropy(weak.pooled_logits(logits), tags)
    assert_matches(errors, arrays, meta, f"out_category_bce_per_class_{name}")
    assert_matches(weak.category_loss(weak.pooled_logits(logits), tags), arrays, meta, f"out_category_bce_mean_{name}")
    value, (gradient,) = value_and_gradients(
        lambda a: ops.sum(weak.category_cross_entropy(weak.pooled_logits(a), tags)) / len(tags), logits
    )
    assert_matches(value, arrays, meta, f"out_category_bce_sum_{name}")
    assert_matches(gradient, arrays, meta, f"grad_category_bce_sum_{name}_logits")


def linear(arrays, features):
    return ops.einsum("ncf,cf->nc", features, arrays["param_d_w"]) + arrays["param_d_b"]


def test_features_and_decisions_of_the_equations(equations):
    arrays, meta = equations
    for which in ("source", "target"):
        assert_matches(pooled(arrays, which), arrays, meta, f"out_pooled_features_{which}")
        assert_matches(linear(arrays, pooled(arrays, which)), arrays, meta, f"out_d_logits_{which}")


@pytest.mark.parametrize("name, tags", [("oracle", "in_oracle_weak_target"), ("pseudo", "out_pseudo_weak_target")])
def test_adversarial_gradient_of_the_equations_through_the_attention(equations, name, tags):
    arrays, meta = equations
    tags = arrays[tags].astype("float32")

    def loss(a, f):
        decisions = linear(arrays, weak.category_features(f, weak.category_attention(a)))
        return ops.sum(tags * ops.softplus(-decisions)) / len(tags)

    value, gradients = value_and_gradients(loss, arrays["in_logits_target"], arrays["in_features_target"])
    assert_matches(value, arrays, meta, f"out_adv_loss_{name}")
    assert_matches(gradients[0], arrays, meta, f"grad_adv_loss_{name}_logits")
    assert_matches(gradients[1], arrays, meta, f"grad_adv_loss_{name}_features")


@pytest.mark.parametrize("name, tags", [("oracle", "in_oracle_weak_target"), ("pseudo", "out_pseudo_weak_target")])
def test_discriminator_loss_of_the_equations(equations, name, tags):
    arrays, meta = equations
    source_tags, target_tags = arrays["out_weak_source"], arrays[tags].astype("float32")

    def loss(w, b):
        parameters = {"param_d_w": w, "param_d_b": b}
        on_source = source_tags * ops.softplus(-linear(parameters, pooled(arrays, "source")))
        on_target = target_tags * ops.softplus(linear(parameters, pooled(arrays, "target")))
        return ops.sum(on_source + on_target) / len(target_tags)

    value, gradients = value_and_gradients(loss, arrays["param_d_w"], arrays["param_d_b"])
    assert_matches(value, arrays, meta, f"out_d_loss_{name}")
    assert_matches(gradients[0], arrays, meta, f"grad_d_loss_{name}_w")
    assert_matches(gradients[1], arrays, meta, f"grad_d_loss_{name}_b")


def test_logits_of_ten_thousand(equations):
    arrays, meta = equations
    logits, tags = arrays["in_logits_extreme"], arrays["in_weak_extreme"]
    assert_matches(weak.pooled_logits(logits), arrays, meta, "out_extreme_pooled_logit")
    assert_matches(weak.category_probabilities(logits), arrays, meta, "out_extreme_p")
    errors = weak.category_cross_entropy(weak.pooled_logits(logits), tags)
    assert_matches(errors, arrays, meta, "out_extreme_bce_per_class")
    value, (gradient,) = value_and_gradients(
        lambda a: ops.sum(weak.category_cross_entropy(weak.pooled_logits(a), tags)) / len(tags), logits
    )
    assert_matches(value, arrays, meta, "out_extreme_bce_sum")
    assert_matches(gradient, arrays, meta, "grad_extreme_bce_logits")
    features = weak.category_features(arrays["in_features_source"], weak.category_attention(logits))
    assert_matches(features, arrays, meta, "out_extreme_pooled_features")


def test_half_precision_logits_are_cast_first():
    logits = random(2, 3, 4, 3).astype("float16")
    assert keras.backend.standardize_dtype(weak.pooled_logits(logits).dtype) == "float32"
