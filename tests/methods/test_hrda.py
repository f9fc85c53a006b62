"""HRDA: a whole iteration against slow numpy (no released one is at hand), its windows and its margins."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.core.errors import ConfigurationError
from keras_uda.layers.mean_teacher import slow_copy
from keras_uda.methods.add_ons.masked_consistency import MaskedConsistency
from keras_uda.methods.hrda import HRDA
from keras_uda.ops.resize import half_pixel
from keras_uda.ops.sliding import Box
from keras_uda.segmenters.two_scales import network_of
from keras_uda.segmenters.two_scales import two_scales
from keras_uda.training.state import variables_of
from tests import slow_scales
from tests.toy import CLASSES
from tests.toy import HEIGHT
from tests.toy import WIDTH
from tests.toy import step_losses
from tests.toy import toy_batch
from tests.toy import toy_method
from tests.toy import toy_optimizers
from tests.toy import toy_segmenter

BOXES = (Box(8, 24, 0, 16), Box(0, 16, 8, 24))  # of the source and of the mixed pass
SIDE = 16
MARGINS = (0.1, 0.25, 0.05, 0.1)
OPTIONS = {"strong_chances": (0.0, 0.0), "confidence": 0.3, "detail_weight": 0.2, "mixed_weight": 0.5,
           "teacher_decay": 0.9, "margins": MARGINS}  # fmt: skip


def resized(maps, size) -> np.ndarray:
    return np.asarray(half_pixel(tf.constant(maps, "float32"), size), "float64")


def cross_entropy(label, logits, weight) -> float:
    """Mean over all pixels."""
    total = 0.0
    for place in np.ndindex(label.shape):
        values = logits[place] - logits[place].max()
        if label[place] != 255:
            total -= weight[place] * (values[label[place]] - np.log(np.exp(values).sum()))
    return total / label.size


class Slow:
    """The two scales of a segmenter, with its network and its attention as they are."""

    def __init__(self, segmenter: keras.Model):
        self.network = network_of(segmenter)
        self.attention = keras.Model(segmenter.input, segmenter.get_layer("scale_attention.conv_seg").output)

    def context(self, image) -> np.ndarray:
        return np.asarray(self.network(slow_scales.halved(image), training=True)["logits"])

    def detail(self, image, box: Box) -> np.ndarray:
        return np.asarray(self.network(image[:, box.top : box.bottom, box.left : box.right], training=True)["logits"])

    def sliding(self, image) -> np.ndarray:
        """Fused logits of all windows."""
        total, count = np.zeros((len(image), HEIGHT // 4, WIDTH // 4, CLASSES)), np.zeros((HEIGHT // 4, WIDTH // 4, 1))
        for top in range(0, HEIGHT - SIDE + 1, 8):
            for left in range(0, WIDTH - SIDE + 1, 8):
                rows, columns = slice(top // 4, (top + SIDE) // 4), slice(left // 4, (left + SIDE) // 4)
                total[:, rows, columns] += self.detail(image, Box(top, top + SIDE, left, left + SIDE))
                count[rows, columns] += 1
        return slow_scales.fused(self.context(image), self.attention(image), total / count)

    def losses(self, image, label, weight, box: Box) -> tuple[float, float]:
        """(of the fused prediction, of the detail), before their shares."""
        detail, fine, coarse = self.detail(image, box), box.on_grid(4), box.on_grid(8)
        inserted = np.zeros((len(image), HEIGHT // 4, WIDTH // 4, CLASSES))
        inserted[:, fine.top : fine.bottom, fine.left : fine.right] = detail
        mask = np.zeros((HEIGHT // 8, WIDTH // 8, 1))
        mask[coarse.top : coarse.bottom, coarse.left : coarse.right] = 1
        fused = slow_scales.fused(self.context(image), self.attention(image), inserted, mask)
        place = (slice(None), slice(box.top, box.bottom), slice(box.left, box.right))
        on_detail = cross_entropy(label[place], resized(detail, (SIDE, SIDE)), weight[place])
        return cross_entropy(label, resized(fused, (HEIGHT, WIDTH)), weight), on_detail


def inside_margins(borders) -> np.ndarray:
    """The mask of each whole image, cut where its crop is."""
    masks = []
    for above, below, left, right in borders:
        whole = np.zeros((above + HEIGHT + below, left + WIDTH + right), bool)
        (rows, columns), sides = whole.shape, (whole.shape[0],) * 2 + (whole.shape[1],) * 2
        first, last, west, east = (round(share * side) for share, side in zip(MARGINS, sides, strict=True))
        whole[first : rows - last, west : columns - east] = True
        masks.append(whole[above : above + HEIGHT, left : left + WIDTH])
    return np.stack(masks)


def test_an_iteration_by_hand(monkeypatch):
    method, batch = toy_method("hrda", toy_segmenter(batch_norm=False), arguments=OPTIONS), toy_batch("hrda")
    slow, seen, mix, drawn = Slow(slow_copy(method.segmenter)), {}, method.mix, iter(BOXES)
    monkeypatch.setattr(method, "mix", lambda *a: seen.setdefault("mixed", mix(*a)))
    monkeypatch.setattr(method, "draw_window", lambda *sizes: Box(*map(tf.constant, next(drawn))))
    before = [np.array(one) for one in method.segmenter.trainable_variables]
    logs, losses = step_losses(method, batch)

    target, source = batch["target"]["image"].astype("float32"), batch["source"]
    logits = resized(slow.sliding(target), (HEIGHT, WIDTH))
    probabilities = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    label, sure = probabilities.argmax(-1), (probabilities.max(-1) >= 0.3).mean()
    mixed = seen["mixed"]
    pasted = np.all(np.array(mixed.image) == source["image"], axis=-1)
    np.testing.assert_array_equal(np.array(mixed.label)[~pasted], label[~pasted])
    inside = inside_margins(batch["target"]["border"])
    weight = np.where(pasted, 1.0, sure * inside)
    np.testing.assert_allclose(mixed.probability, weight, rtol=1e-6)

    images = source["image"].astype("float32"), np.array(mixed.image)
    labels, weights = (source["label"].astype(int), np.array(mixed.label)), (np.ones(label.shape), weight)
    fused, detail = zip(*map(slow.losses, images, labels, weights, BOXES), strict=True)
    on_source, on_mixed = (0.8 * one + 0.2 * other for one, other in zip(fused, detail, strict=True))
    expected = {"segmentation": on_source, "mixed": on_mixed, "detail_source": 0.2 * detail[0],
                "detail_mixed": 0.2 * detail[1], "confident": (sure * inside).mean()}  # fmt: skip
    assert logs == pytest.approx(expected, rel=1e-4)
    assert losses["segmenter"] == pytest.approx(on_source + 0.5 * on_mixed, rel=1e-4)
    pairs = zip(method.teacher.weights, method.segmenter.weights, strict=True)
    trained = [teacher for teacher, fast in pairs if fast.trainable]
    for teacher, old, new in zip(trained, before, method.segmenter.trainable_variables, strict=True):
        np.testing.assert_allclose(teacher, (old + np.array(new)) / 2, atol=1e-6)  # the mean of the first two students


@pytest.mark.slow
@pytest.mark.ci
def test_every_pass_draws_one_window_for_its_batch(monkeypatch):
    method, windows = toy_method("hrda"), []
    draw = method.draw_window
    monkeypatch.setattr(method, "draw_window", lambda *sizes: windows.append((sizes, draw(*sizes))) or windows[-1][1])
    for seed in range(6):
        method.train_step(toy_batch("hrda", seed=seed))
    passes = 2 if not method._passes.live_batch_norms else 3  # live batch norm is shown the target images besides
    assert len(windows) == 6 * passes and {sizes for sizes, _ in windows} == {((HEIGHT, WIDTH), (SIDE, SIDE), 8)}
    corners = {(int(box.top), int(box.left)) for _, box in windows}
    assert corners <= {(top, left) for top in (0, 8) for left in (0, 8, 16)} and len(corners) > 2
    assert method.segmenter(toy_batch()["target"]["image"].astype("float32"), training=True)["windows"].shape[0] == 12


def test_gradients_reach_both_scales_and_the_attention():
    method, batch = toy_method("hrda"), toy_batch("hrda")
    before = {one.path: np.array(one) for one in method.segmenter.trainable_variables}
    method.train_step(batch)
    still = [one.path for one in method.segmenter.trainable_variables if np.array_equal(one, before[one.path])]
    assert not still and any("scale_attention" in path for path in before)


def test_a_further_pass_has_the_losses_of_both_scales(monkeypatch):
    method, batch = toy_method("hrda", toy_segmenter(batch_norm=False), arguments=OPTIONS), toy_batch("hrda")
    monkeypatch.setattr(method, "draw_window", lambda *sizes: Box(*map(tf.constant, BOXES[0])))
    image, label = batch["source"]["image"].astype("float32"), batch["source"]["label"].astype(int)
    weight = np.random.default_rng(0).uniform(size=label.shape).astype("float32")
    with method.step(batch) as step:
        found = float(method.further_loss(image, label, weight))
        monkeypatch.setattr(step, "join", lambda: None)
        monkeypatch.setattr(step, "update", lambda: None)
    fused, detail = Slow(method.segmenter).losses(image, label, weight, BOXES[0])
    assert found == pytest.approx(0.8 * fused + 0.2 * detail, rel=1e-4)


def test_margins_are_the_released_ones():
    shares = HRDA(two_scales(flexible())).image_margins
    assert [share * side for share, side in zip(shares, (1024, 1024, 2048, 2048), strict=True)] == [30, 240, 30, 30]


def flexible() -> keras.Model:
    image = keras.Input((None, None, 3))
    features = keras.layers.AveragePooling2D(4)(image)
    outputs = {"logits": keras.layers.Dense(CLASSES, name="logits")(features), "features": features, "skips": {}}
    network = keras.Model(image, outputs, name="flexible")
    network.stride, network.head_names = 4, ("logits",)
    return network


def test_teacher_and_draws_are_in_the_state():
    method = toy_method("hrda")
    saved = {id(variable) for variable in variables_of(method).values()}
    assert all(id(one) in saved for one in [*method.teacher.variables, method.seeds.state])


def test_a_segmenter_of_one_scale_is_refused():
    with pytest.raises(ConfigurationError, match="segmenter.scales"):
        HRDA(toy_segmenter())


def test_images_larger_than_a_crop_are_refused():
    method = HRDA(two_scales(flexible(), crop=(16, 16)), strong_chances=(0.0, 0.0))
    outputs = method.segmenter(np.zeros((2, HEIGHT, WIDTH, 3), "float32"))
    with pytest.raises(ConfigurationError, match="larger than segmenter.crop"):
        method.losses_of_scales(np.zeros((2, HEIGHT, WIDTH), int), outputs, np.ones((2, HEIGHT, WIDTH), "float32"))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_large_logits_of_both_scales_are_finite(dtype):
    method, rng = toy_method("hrda"), np.random.default_rng(0)
    shapes = {"logits": (2, 8, 10, CLASSES), "detail_logits": (2, 4, 4, CLASSES)}
    maps = {name: tf.cast(rng.choice([-1e4, 1e4], shape), dtype) for name, shape in shapes.items()}
    label = rng.integers(0, CLASSES, (2, HEIGHT, WIDTH))
    with tf.GradientTape() as tape:
        tape.watch(maps)
        outputs = maps | {"windows": tf.constant([BOXES[0]])}
        losses = method.losses_of_scales(label, outputs, np.ones(label.shape, "float32"))
        loss = sum(losses)
    values = [loss, *tape.gradient(loss, list(maps.values()))]
    assert all(np.isfinite(np.asarray(tf.cast(value, "float32"))).all() for value in values)


def test_masked_consistency_sees_a_window_of_its_own_and_trains_both_scales(monkeypatch):
    """MIC on its published host: a third pass with a window of its own, the labels and weights of the host."""
    method, batch = (
        toy_method("hrda", toy_segmenter(batch_norm=False), arguments=OPTIONS, compiled=False),
        toy_batch("hrda"),
    )
    method.add_ons = (MaskedConsistency(method, ratio=0.0, colours=False, weight=2.0),)
    method.compile(toy_optimizers(method), run_eagerly=True)
    slow, boxes, seen, mix = Slow(slow_copy(method.segmenter)), (*BOXES, Box(16, 32, 8, 24)), {}, method.mix
    drawn = iter(boxes)
    monkeypatch.setattr(method, "draw_window", lambda *sizes: Box(*map(tf.constant, next(drawn))))
    monkeypatch.setattr(method, "mix", lambda *a: mix(*a[:2], seen.setdefault("taught", a[2])))
    logs, losses = step_losses(method, batch)
    label, weight = np.array(seen["taught"].label), np.array(seen["taught"].weight)
    fused, detail = slow.losses(batch["target"]["image"].astype("float32"), label, weight, boxes[-1])
    masked = 0.8 * fused + 0.2 * detail
    assert logs["masked_consistency"] == pytest.approx(masked, rel=1e-4)
    total = logs["segmentation"] + 0.5 * logs["mixed"] + 2.0 * masked
    assert losses["segmenter"] == pytest.approx(total, rel=1e-4) and next(drawn, None) is None
