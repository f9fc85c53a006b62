"""ProDA: one iteration of the released denoising, and what the stages do at their edges."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.augment.rand_augment import StrongView
from keras_uda.config.schema import SegmenterConfig
from keras_uda.methods import proda
from keras_uda.methods.proda import ProDA
from keras_uda.methods.proda import Views
from keras_uda.methods.proda import quarter_of
from keras_uda.methods.proda_distil import ProDADistil
from keras_uda.methods.proda_warmup import ProDAWarmUp
from keras_uda.ops.resize import upsample
from keras_uda.ops.warp import identity
from keras_uda.ops.warp import mirror
from keras_uda.segmenters.build import build_segmenter
from keras_uda.training.state import variables_of
from tests.conftest import assert_matches
from tests.conftest import load_vectors
from tests.notes import numbers_after
from tests.notes import released_windows
from tests.published import assert_gradients
from tests.published import assert_weights
from tests.published import set_weights
from tests.released_proda import compiled
from tests.released_proda import labels_of
from tests.released_proda import released_segmenter
from tests.released_proda import soft_batch
from tests.released_proda import toy
from tests.toy import CLASSES
from tests.toy import HEIGHT
from tests.toy import WIDTH
from tests.toy import moved
from tests.toy import toy_optimizers
from tests.toy import toy_segmenter
from tests.toy import weights_of


def released_views(arrays) -> Views:
    window, size = released_windows(load_vectors("proda_prototypes")[1])
    strong = arrays["in_target_strong"]
    boxes = np.array([[4, 4, 12, 16], [8, 0, 16, 9]], "int32")  # x0=(4,8), y0=(4,0), x1=(12,16), y1=(16,9)
    view = mirror(tf.constant([True] + [False] * (len(strong) - 1)))
    soft_labels = upsample(arrays["in_soft_labels"], size)
    full, weak = arrays["in_target_full"], arrays["in_target"]
    assert quarter_of(weak) == size
    return Views(full, window, weak, soft_labels, StrongView(tf.constant(strong), view, tf.constant(boxes)))


def test_released_denoising(monkeypatch):
    arrays, meta = load_vectors("proda_stage1_step")
    segmenter = released_segmenter(arrays)
    threshold, momentum = (numbers_after(meta, f"{words} ")[0] for words in ("label threshold", "prototype momentum"))
    method = ProDA(segmenter, threshold=threshold, prototype_momentum=momentum)
    for prefix, model in (("param", segmenter), ("param_ema", method.teacher)):
        set_weights(arrays, prefix, model)
    method.prototypes.vectors.assign(arrays["in_prototypes"])
    monkeypatch.setattr(method, "views", lambda image, soft_label: released_views(arrays))
    labelled = []
    loss = proda.reverse_cross_entropy
    record = lambda labels, logits: labelled.append(np.array(labels)) or loss(labels, logits)  # noqa: E731
    monkeypatch.setattr(proda, "reverse_cross_entropy", record)
    received = compiled(method, meta)
    source = {"image": arrays["in_source"], "label": labels_of(arrays)}
    target = {"image": arrays["in_target_full"], "soft_label": arrays["in_soft_labels"]}
    logs = method.train_step({"source": source, "target": target})
    assert_matches(np.where(labelled[0] == 255, 250, labelled[0]), arrays, meta, "out_pseudo")
    weighted = {name: method.loss_weights[name] * logs[name] for name in method.loss_weights}
    learned = weighted["cross_entropy"] + weighted["reverse"] + weighted["regularizer"]
    assert_matches(learned, arrays, meta, "out_cts")
    assert_matches(learned + weighted["structure"], arrays, meta, "out_total")
    for name, stored in (("structure", "consistency"), ("reverse", "rce"), ("regularizer", "regular")):
        assert_matches(logs[name], arrays, meta, f"out_{stored}")
    assert_gradients(arrays, meta, "grad1", segmenter, received["segmenter"])
    assert_weights(arrays, meta, "after1", segmenter)
    assert_weights(arrays, meta, "after1_ema", method.teacher)
    assert_matches(method.prototypes.vectors, arrays, meta, "after1_prototypes")


def test_crops_are_windows_of_image_and_soft_label_alike():
    method = toy(crop=(0.5, 0.5), crop_scales=(1.0, 1.0))
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype("float32")
    image = np.stack([columns, rows, rows], -1)[None].repeat(3, 0)
    soft = np.stack([columns / WIDTH, 1 - columns / WIDTH], -1)[None].repeat(3, 0)[:, 1::4, 1::4]
    views = method.views(image, np.round(soft * 65535))
    assert views.weak.shape == (3, HEIGHT // 2, WIDTH // 2, 3)
    assert views.soft_labels.shape == (3, HEIGHT // 8, WIDTH // 8, 2)
    steps = np.diff(np.asarray(views.weak), axis=2)[..., 0]
    np.testing.assert_allclose(steps, 1, atol=1e-3)  # nothing is scaled
    corners = np.asarray(views.weak)[:, 0, 0, :2]
    assert len(np.unique(corners.round(), axis=0)) > 1  # every image has its own window
    middle = np.asarray(views.soft_labels)[..., 0].mean((1, 2)) * WIDTH
    np.testing.assert_allclose(middle, np.asarray(views.weak)[..., 0].mean((1, 2)), atol=3)
    with pytest.raises(ValueError, match="scaled by 0.5 or more"):
        toy(crop=(0.5, 0.6), crop_scales=(0.5, 1.0))


@pytest.mark.parametrize("kind", [ProDAWarmUp, ProDA, ProDADistil])
def test_a_step_on_crops(kind):
    segmenter = build_segmenter(SegmenterConfig("tiny", arguments={"width": 2}), CLASSES)  # takes any size
    method = kind(segmenter, crop=(0.8, 0.75), crop_scales=(1.0, 1.5))
    method.compile(toy_optimizers(method), run_eagerly=True)
    before, batch = weights_of(method), soft_batch()
    batch["target"]["pseudo_label"] = batch["source"]["label"]
    logs = method.train_step(batch)
    assert np.isfinite([float(value) for value in logs.values()]).all() and bool(method.finite.numpy())
    assert moved(before["segmenter"], weights_of(method)["segmenter"])


def test_soft_labels_win_where_features_say_nothing():
    method = toy()
    method.prototypes.forget()  # all are 0: every class is equally far
    logs = method.train_step(soft_batch())
    assert float(logs["corrected"]) == 0


def test_features_correct_soft_labels():
    method = toy(sharpness=100.0)
    batch = soft_batch()
    features = np.array(method.teacher(tf.cast(batch["target"]["image"], "float32"), training=True)["features"])
    method.prototypes.vectors.assign(np.stack([features.mean((0, 1, 2))] * CLASSES) + 100 * np.eye(CLASSES, 8)[::-1])
    first = np.array(method.prototypes.vectors)
    first[0] = features.mean((0, 1, 2))
    method.prototypes.vectors.assign(first)
    logs = method.train_step(batch)
    assert float(logs["corrected"]) > 0.5  # everything is nearest to class 0


def test_teacher_and_prototypes_are_in_the_state():
    method = toy()
    saved = {id(variable) for variable in variables_of(method).values()}
    owned = [*method.teacher.variables, *method.prototypes.variables, *method.segmenter.variables]
    owned += [method.seeds.state, method.crop.seeds.state]
    assert all(id(variable) in saved for variable in owned)
    assert ProDADistil(toy_segmenter()).teacher.variables


def test_a_bad_step_moves_neither_teacher_nor_prototypes():
    method = ProDA(toy_segmenter(batch_norm=False))
    method.compile(toy_optimizers(method), run_eagerly=True)
    method.train_step(soft_batch())
    kept = [np.array(v) for v in (*method.teacher.weights, *method.prototypes.weights)]
    batch = soft_batch(seed=1)
    batch["target"]["image"] = batch["target"]["image"].astype("float32")
    batch["target"]["image"][0, 3, 3] = np.nan
    method.train_step(batch)
    assert not bool(method.finite.numpy())
    for value, old in zip((*method.teacher.weights, *method.prototypes.weights), kept, strict=True):
        np.testing.assert_array_equal(value, old)


def test_identity_views_without_crop():
    method = toy()
    image = np.random.default_rng(0).integers(0, 256, (2, HEIGHT, WIDTH, 3)).astype("uint8")
    views = method.views(image, soft_batch()["target"]["soft_label"])
    np.testing.assert_array_equal(views.weak, image)
    np.testing.assert_array_equal(views.window, identity(2))
