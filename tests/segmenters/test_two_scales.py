"""Two scales of one network: against the fusion in slow numpy, saved, read, exported, and what does not fit."""

import dataclasses
import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.config.schema import SegmenterConfig
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import ConfigurationError
from keras_uda.core.errors import UsageError
from keras_uda.layers.mean_teacher import slow_copy
from keras_uda.ops.sliding import Box
from keras_uda.segmenters.build import build_segmenter
from keras_uda.segmenters.build import load_segmenter
from keras_uda.segmenters.build import save_segmenter
from keras_uda.segmenters.ensemble import join_segmenters
from keras_uda.segmenters.inference import logits_of
from keras_uda.segmenters.two_scales import context_branch
from keras_uda.segmenters.two_scales import has_two_scales
from keras_uda.segmenters.two_scales import network_of
from keras_uda.segmenters.two_scales import one_window
from keras_uda.segmenters.two_scales import two_scales
from keras_uda.segmenters.weights.record import make_record
from tests.slow_scales import doubled
from tests.slow_scales import fused
from tests.slow_scales import halved

CLASSES = ("road", "sky", "moose")
HEIGHT, WIDTH = 48, 64
IMAGE = np.random.default_rng(0).uniform(0, 255, (2, HEIGHT, WIDTH, 3)).astype("float32")
TINY = SegmenterConfig("tiny", "none", scales=2)
DRAWN = Box(8, 32, 16, 48)


def built(config: SegmenterConfig = TINY) -> keras.Model:
    keras.utils.set_random_seed(0)
    return build_segmenter(config, len(CLASSES))


def attention_of(model: keras.Model, image) -> np.ndarray:
    """Logits of the attention."""
    return np.asarray(keras.Model(model.input, model.get_layer("scale_attention.conv_seg").output)(image))


def draw(size, window, divisor) -> Box:
    assert (size, window, divisor) == ((HEIGHT, WIDTH), (HEIGHT // 2, WIDTH // 2), 8)
    return Box(*(tf.constant(side) for side in DRAWN))


def test_it_is_the_fusion_of_the_context_and_of_sliding_windows():
    model = built()
    outputs, network = model(IMAGE), network_of(model)
    context = network(halved(IMAGE))
    np.testing.assert_allclose(outputs["context_logits"], context["logits"], atol=1e-5)
    np.testing.assert_allclose(outputs["features"], context["features"], atol=1e-5)
    total, count = np.zeros((2, HEIGHT // 4, WIDTH // 4, 3)), np.zeros((HEIGHT // 4, WIDTH // 4, 1))
    for top in (0, 8, 16, 24):  # a quarter of 48 rows is no multiple of 8: the step is 8
        for left in (0, 16, 32):
            rows, columns = slice(top // 4, top // 4 + 6), slice(left // 4, left // 4 + 8)
            total[:, rows, columns] += network(IMAGE[:, top : top + 24, left : left + 32])["logits"]
            count[rows, columns] += 1
    expected = fused(np.asarray(context["logits"]), attention_of(model, IMAGE), total / count)
    np.testing.assert_allclose(outputs["logits"], expected, atol=1e-4)
    assert outputs["logits"].shape[1:3] == (HEIGHT // model.stride, WIDTH // model.stride)


def test_a_pass_in_training_sees_one_window_while_it_is_drawn():
    # Frozen statistics: the same numbers in training.
    model = built(dataclasses.replace(TINY, arguments={"batch_norm": "frozen"}))
    with one_window(model, draw):
        outputs, in_use = model(IMAGE, training=True), model(IMAGE)
    top, bottom, left, right = DRAWN
    detail = np.asarray(network_of(model)(IMAGE[:, top:bottom, left:right])["logits"])
    np.testing.assert_allclose(outputs["detail_logits"], detail, atol=1e-5)
    np.testing.assert_array_equal(outputs["windows"], [DRAWN])
    inserted, mask = np.zeros((2, HEIGHT // 4, WIDTH // 4, 3)), np.zeros((HEIGHT // 8, WIDTH // 8, 1))
    inserted[:, top // 4 : bottom // 4, left // 4 : right // 4] = detail
    mask[top // 8 : bottom // 8, left // 8 : right // 8] = 1
    context = np.asarray(network_of(model)(halved(IMAGE))["logits"])
    expected = fused(context, attention_of(model, IMAGE), inserted, mask)
    np.testing.assert_allclose(outputs["logits"], expected, atol=1e-4)
    sliding = model(IMAGE, training=True)
    np.testing.assert_allclose(in_use["logits"], sliding["logits"], atol=1e-5)
    assert sliding["detail_logits"].shape[0] == 24 and not np.allclose(outputs["logits"], sliding["logits"])


def test_a_teacher_slides_whatever_its_student_does():
    model = built()
    teacher = slow_copy(model)
    with one_window(model, draw):
        np.testing.assert_allclose(teacher(IMAGE, training=True)["windows"], model(IMAGE)["windows"])
        assert model(IMAGE, training=True)["windows"].shape[0] == 1


def test_images_larger_than_a_crop_are_seen_through_sliding_crops():
    model, small = built(dataclasses.replace(TINY, crop="32x32")), built()
    small.set_weights(model.get_weights())
    total, count = np.zeros((2, HEIGHT // 4, WIDTH // 4, 3)), np.zeros((HEIGHT // 4, WIDTH // 4, 1))
    coarse, number = np.zeros((2, HEIGHT // 8, WIDTH // 8, 3)), np.zeros((HEIGHT // 8, WIDTH // 8, 1))
    for top in (0, 16):
        for left in (0, 16, 32):
            outputs = small(IMAGE[:, top : top + 32, left : left + 32])
            total[:, top // 4 : top // 4 + 8, left // 4 : left // 4 + 8] += outputs["logits"]
            count[top // 4 : top // 4 + 8, left // 4 : left // 4 + 8] += 1
            coarse[:, top // 8 : top // 8 + 4, left // 8 : left // 8 + 4] += outputs["context_logits"]
            number[top // 8 : top // 8 + 4, left // 8 : left // 8 + 4] += 1
    np.testing.assert_allclose(model(IMAGE)["logits"], total / count, atol=1e-4)
    np.testing.assert_allclose(context_branch(model)(IMAGE)["logits"], coarse / number, atol=1e-4)
    np.testing.assert_allclose(model(IMAGE[:, :32, :32])["logits"], small(IMAGE[:, :32, :32])["logits"], atol=1e-5)


def test_the_context_branch_is_the_network_at_half_scale():
    model = built()
    branch = context_branch(model)
    np.testing.assert_allclose(branch(IMAGE)["logits"], network_of(model)(halved(IMAGE))["logits"], atol=1e-5)
    assert logits_of(branch, IMAGE, IMAGE).shape == (2, HEIGHT, WIDTH, 3) and branch.stride == 2 * model.stride
    assert not has_two_scales(branch) and has_two_scales(model)


@pytest.mark.parametrize(
    ("name", "arguments", "levels"),
    [
        ("efficientnet_lite0", {}, ["linear_c1", "linear_c2", "linear_c3"]),
        ("segformer", {"size": "tiny", "head": "daformer"}, ["linear_c1", "linear_c2", "linear_c3", "linear_c4"]),
    ],
)
def test_the_attention_sees_what_the_context_is_made_of(name, arguments, levels):
    model = built(dataclasses.replace(TINY, name=name, arguments=arguments))
    assert sorted(one for one in levels if f"scale_attention.{one}.proj" in model.head_names) == levels
    outputs = model(IMAGE)
    assert outputs["logits"].shape == (2, HEIGHT // 4, WIDTH // 4, 3)
    assert all(skip.shape[1] <= HEIGHT // 8 for skip in outputs["skips"].values())
    plain = build_segmenter(dataclasses.replace(TINY, name=name, arguments=arguments, scales=1), len(CLASSES))
    assert set(plain.head_names) < set(model.head_names) and plain.repeats == model.repeats


def test_a_network_that_rounds_up_is_brought_to_the_cells():
    keras.utils.set_random_seed(0)
    image = keras.Input((None, None, 3))
    x = keras.layers.ZeroPadding2D(((0, 1), (0, 1)))(image)  # one cell more, as the published DeepLab-v2
    features = keras.layers.AveragePooling2D(4, padding="same")(x)
    logits = keras.layers.Conv2D(3, 1, name="logits")(features)
    network = keras.Model(image, {"logits": logits, "features": features, "skips": {}}, name="rounding")
    network.stride, network.head_names = 4, ("logits",)
    model = two_scales(network)
    assert network(IMAGE)["logits"].shape[1:3] == (HEIGHT // 4 + 1, WIDTH // 4 + 1)
    assert model(IMAGE)["logits"].shape[1:3] == (HEIGHT // 4, WIDTH // 4)


def test_it_is_saved_and_read(tmp_path):
    config = dataclasses.replace(TINY, crop="32x32")
    model = built(config)
    save_segmenter(model, tmp_path, make_record(config, CLASSES, "64x48"))
    again, record = load_segmenter(tmp_path)
    np.testing.assert_array_equal(again(IMAGE)["logits"], model(IMAGE)["logits"])
    assert record["arguments"]["scales"] == 2 and record["arguments"]["crop"] == "32x32"


def test_it_starts_from_weights_of_the_plain_network(tmp_path):
    plain = dataclasses.replace(TINY, scales=1)
    network = built(plain)
    save_segmenter(network, tmp_path / "plain", make_record(plain, CLASSES, "64x48"))
    model = built(dataclasses.replace(TINY, weights=str(tmp_path / "plain")))
    np.testing.assert_array_equal(network_of(model)(IMAGE)["logits"], network(IMAGE)["logits"])
    save_segmenter(model, tmp_path / "two", make_record(TINY, CLASSES, "64x48"))
    with pytest.raises(ArtefactError, match="has 2 scales"):
        built(dataclasses.replace(plain, weights=str(tmp_path / "two")))


def test_records_of_before_have_one_scale(tmp_path):
    plain = dataclasses.replace(TINY, scales=1)
    save_segmenter(built(plain), tmp_path, make_record(plain, CLASSES, "64x48"))
    record = json.loads((tmp_path / "segmenter.json").read_text())
    for key in ("scales", "crop"):
        del record["arguments"][key]
    (tmp_path / "segmenter.json").write_text(json.dumps(record))
    assert not has_two_scales(load_segmenter(tmp_path)[0])


def test_it_joins_an_ensemble(tmp_path):
    for number in range(2):
        save_segmenter(build_segmenter(TINY, 3), tmp_path / str(number), make_record(TINY, CLASSES, "64x48"))
    joined, record = join_segmenters([tmp_path / "0", tmp_path / "1"])
    save_segmenter(joined, tmp_path / "joined", record)
    members = [load_segmenter(tmp_path / str(number))[0](IMAGE)["logits"] for number in range(2)]
    again, _ = load_segmenter(tmp_path / "joined")
    np.testing.assert_allclose(again(IMAGE)["logits"], np.mean(members, axis=0), atol=1e-5)


def test_sizes_that_do_not_fit_are_named():
    model = built()
    with pytest.raises(ConfigurationError, match="multiples of 8, not 60x48"):
        model(IMAGE[:, :, :60])
    with pytest.raises(ConfigurationError, match="fixed size"):
        tf.function(model, [tf.TensorSpec((1, None, None, 3))], autograph=False).get_concrete_function()


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"crop": "32x32"}, "segmenter.crop"),
        ({"name": "ensemble", "members": ({"name": "tiny"},) * 2, "shares": (0.5, 0.5), "scales": 2}, "scales: 2"),
    ],
)
def test_options_that_do_not_go_together(options, key):
    with pytest.raises(UsageError, match=key):
        SegmenterConfig(**{"name": "tiny", "weights": "none"} | options)


def test_images_are_halved_by_the_mean_of_four_and_doubled_between():
    np.testing.assert_allclose(halved(IMAGE)[0, 0, 0], IMAGE[0, :2, :2].mean((0, 1)), rtol=1e-5)
    np.testing.assert_allclose(doubled(np.array([[[[0.0], [4.0]]]]))[0, 0, :, 0], [0, 1, 3, 4])
