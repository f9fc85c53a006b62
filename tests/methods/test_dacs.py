"""DACS: two iterations of the released loop, what the options change, and what a draw may give."""

from contextlib import contextmanager

import numpy as np
import pytest

from keras_uda.config.method_spec import method_facts
from keras_uda.config.method_spec import to_measure
from keras_uda.config.schema import SegmenterConfig
from keras_uda.layers.mean_teacher import statistics_of
from keras_uda.losses.rare_classes import adjusted_logits
from keras_uda.losses.rare_classes import balancing_weights
from keras_uda.losses.segmentation import cross_entropy
from keras_uda.methods.dacs import DACS
from keras_uda.segmenters.build import build_segmenter
from keras_uda.training.state import variables_of
from tests.conftest import load_vectors
from tests.iterations import run
from tests.mixing import replay
from tests.published import assert_weights
from tests.published import published_segmenter
from tests.toy import CLASSES
from tests.toy import HEIGHT
from tests.toy import toy_batch
from tests.toy import toy_method


def test_two_released_iterations(monkeypatch):
    arrays, meta = load_vectors("dacs_iteration")
    hyper = meta["hyper"]
    method = DACS(
        published_segmenter(arrays, levels=1),
        mixed_weight=hyper["unlabeled_weight"],
        confidence=hyper["threshold"],
        teacher_decay=hyper["ema_alpha"],
        strong_chances=(0.0, 0.0),
    )

    shares = {"out_confident_share": lambda taught: taught.weight[0, 0, 0]}
    mixes = replay(monkeypatch, method, arrays, meta, shares)
    run(method, arrays, meta, [], lambda reported: [reported["segmentation"], reported["mixed"]])
    assert len(mixes) == 2
    assert_weights(arrays, meta, "after2_teacher", method.teacher)


def test_thresholds_by_class_take_the_surest_and_weigh_them_whole():
    method, batch = toy_method("dacs", arguments={"surest": 0.3}), toy_batch("dacs")
    taught = method.teach(batch["target"])
    weight, label, confidence = (np.array(one) for one in (taught.weight, taught.label, taught.confidence))
    assert set(np.unique(weight)) <= {0.0, 1.0}
    for c in np.unique(label):
        taken = weight[label == c] == 1
        assert taken.mean() >= 0.3
        assert taken.all() or confidence[label == c][~taken].max() <= confidence[label == c][taken].min() + 1e-3


def test_rare_classes_weigh_more_and_logits_are_adjusted(monkeypatch):
    ratios = (0.7, 0.2, 0.09, 0.01)
    options = {"logit_adjustment": 0.3, "source_ratios": ratios}
    method, batch = toy_method("dacs", arguments=options), toy_batch("dacs")
    method.class_weights = balancing_weights(ratios, 0.5)
    seen, mix = {}, method.mix
    monkeypatch.setattr(method, "mix", lambda *a: seen.setdefault("mixed", mix(*a)))
    student = method.segmenter
    source, weights = batch["source"], balancing_weights(ratios, 0.5)
    logits = adjusted_logits(
        method.resize(student(source["image"], training=True)["logits"], source["image"]), ratios, 0.3
    )
    of_source = cross_entropy(source["label"], logits, weights)
    logs = method.train_step(batch)
    assert float(logs["segmentation"]) == pytest.approx(float(of_source), rel=1e-4)
    plain = toy_method("dacs")
    assert float(plain.train_step(batch)["segmentation"]) != pytest.approx(float(of_source), rel=1e-3)


def test_what_add_ons_learn_on_images_of_their_own_is_neither_weighted_nor_adjusted():
    options = {"logit_adjustment": 0.3, "source_ratios": (0.7, 0.2, 0.09, 0.01)}
    method, source = toy_method("dacs", arguments=options), toy_batch("dacs")["source"]
    method.class_weights = balancing_weights(options["source_ratios"], 0.5)
    image, everywhere = source["image"].astype("float32"), np.ones(source["label"].shape, "float32")
    logits = method.resize(method.segmenter(image, training=True)["logits"], image)
    wanted = cross_entropy(source["label"], logits, pixel_weights=everywhere)
    assert float(method.further_loss(image, source["label"], everywhere)) == pytest.approx(float(wanted), rel=1e-4)


def test_source_ratios_are_measured_where_they_are_used():
    assert to_measure(method_facts("dacs"), {}) == ()
    assert to_measure(method_facts("dacs"), {"logit_adjustment": 1}) == ("source_ratios",)
    with pytest.raises(ValueError, match="source ratios"):
        toy_method("dacs", arguments={"source_ratios": (0.5, 0.5)})


def test_labels_of_a_teacher_that_averages_mirror_images_are_mirrored_with_them():
    method, image = toy_method("dacs", arguments={"flip_teacher": True}), toy_batch("dacs")["target"]["image"]
    plain, mirrored = (method.teach({"image": one}) for one in (image, image[:, :, ::-1]))
    np.testing.assert_allclose(mirrored.confidence[:, :, ::-1], plain.confidence, atol=1e-5)
    assert np.mean(np.array(mirrored.label)[:, :, ::-1] == np.array(plain.label)) > 0.999
    once = toy_method("dacs").teach({"image": image})
    assert not np.allclose(once.confidence, plain.confidence, atol=1e-3)


def test_before_the_warm_up_ends_only_pasted_pixels_count_in_mixed_images():
    late = {"warm_up": (0.5, 0.5), "total_steps": 2}
    method, batch = toy_method("dacs", arguments=late), toy_batch("dacs")
    taught = method.teach(batch["target"])
    assert not np.any(taught.weight) and np.ptp(taught.label) > 0
    mixed = method.mix(batch["source"], batch["target"]["image"], taught)
    assert 0 < np.mean(mixed.probability) < 1
    confident = [float(method.train_step(batch)["confident"]) for _ in range(2)]
    assert confident[0] == 0 and confident[1] == 0.5  # a running mean of 0 and 1: half of the steps are done
    with pytest.raises(ValueError, match="ends before it begins"):
        toy_method("dacs", arguments={"warm_up": (0.5, 0.25)})


def test_a_ramp_scales_the_weights_of_add_ons_too():
    method, batch = toy_method("dacs", arguments={"warm_up": (0.0, 1.0), "total_steps": 4}), toy_batch("dacs")
    seen, step_of = [], method.step

    @contextmanager
    def noted(batch):
        with step_of(batch) as step:
            yield step
        seen.append(float(np.mean(step.pseudo_labels.weight)))

    method.step = noted
    for _ in range(3):
        method.train_step(batch)
    assert seen == [0, 0.25, 0.5]


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_the_teacher_has_its_own_statistics_or_those_of_both_domains(share):
    segmenter = build_segmenter(SegmenterConfig("tiny", "none", target_share=share), CLASSES)
    method = toy_method("dacs", segmenter)
    for seed in range(3):  # after two it was the student itself
        method.train_step(toy_batch("dacs", seed=seed))
    pairs = zip(statistics_of(method.teacher), statistics_of(segmenter), strict=True)
    assert all(np.array_equal(own, of_segmenter) for own, of_segmenter in pairs) == (share < 1)
    weights = zip(method.teacher.weights, segmenter.weights, strict=True)
    assert any(not np.array_equal(slow, fast) for slow, fast in weights if not fast.name.startswith("moving_"))


def test_the_teacher_is_the_result_where_it_is_kept():
    kept, plain = (toy_method("dacs", arguments={"keep_teacher": one}) for one in (True, False))
    assert kept.result is kept.teacher and plain.result is plain.segmenter


def test_teacher_and_draws_are_in_the_state():
    method = toy_method("dacs")
    saved = {id(variable) for variable in variables_of(method).values()}
    assert all(id(one) in saved for one in [*method.teacher.variables, method.seeds.state])


def test_ignored_pixels_of_the_source_stay_ignored_where_they_are_pasted():
    method, batch = toy_method("dacs"), toy_batch("dacs")
    taught = method.teach(batch["target"])
    drawn = [method.mix(batch["source"], batch["target"]["image"], taught) for _ in range(8)]
    ignored = [np.array(one.label) == 255 for one in drawn]
    assert any(one.any() for one in ignored)
    assert all((batch["source"]["label"][one] == 255).all() for one in ignored)
    assert all(int(np.array(one.label)[~bad].max()) < CLASSES for one, bad in zip(drawn, ignored, strict=True))


def test_domains_of_different_sizes_are_named():
    batch, method = toy_batch("dacs"), toy_method("dacs")
    small = batch["target"]["image"][:, : HEIGHT - 4]
    with pytest.raises(ValueError, match="data.size"):
        method.mix(batch["source"], small, None)
