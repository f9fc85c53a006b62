"""A teacher of another architecture on top of methods: the equation, where its weights are, and what does not fit."""

import json

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import ConfigurationError
from keras_uda.losses.distillation import distillation
from keras_uda.losses.segmentation import cross_entropy
from keras_uda.losses.teacher import confident_labels
from keras_uda.methods.add_ons.distil import Distil
from keras_uda.methods.minent import MinEnt
from keras_uda.ops.resize import upsample
from keras_uda.segmenters.build import load_segmenter
from keras_uda.training.state import variables_of
from tests.teachers import CLASS_NAMES
from tests.teachers import saved_teacher
from tests.toy import CLASSES
from tests.toy import step_losses
from tests.toy import toy_batch
from tests.toy import toy_method
from tests.toy import toy_optimizers
from tests.toy import toy_segmenter
from tests.toy import train


@pytest.fixture(scope="module")
def teacher(tmp_path_factory):
    return saved_teacher(tmp_path_factory.mktemp("teacher"))


def distilled(teacher, levels=1, **options):
    method = MinEnt(toy_segmenter(levels, batch_norm=False), entropy_weights=(0.0, 0.0))
    method.add_ons = (Distil(method, teacher=str(teacher), **options),) if teacher else ()
    method.compile(toy_optimizers(method), run_eagerly=True)
    return method


@pytest.mark.parametrize("levels", [1, 2])
def test_the_loss_is_that_of_its_equation(teacher, levels):
    options = {"label_weights": (2.0, 0.5), "divergence_weights": (3.0, 0.25), "temperature": 2.0, "threshold": 0.3}
    batch, segmenter = toy_batch(), load_segmenter(teacher)[0]
    images = batch["target"]["image"].astype("float32")
    taught = upsample(segmenter(images)["logits"], images)
    _, student = MinEnt(toy_segmenter(levels, batch_norm=False)).segment(batch["source"]["image"], images)
    label, expected = confident_labels(taught, (0.3,) * CLASSES), 0.0
    for number, logits in enumerate(student):
        expected += options["label_weights"][number] * float(cross_entropy(label, logits))
        expected += options["divergence_weights"][number] * 4 * float(distillation(taught / 2, logits / 2))
    (_, without), (logged, losses) = (step_losses(distilled(one, levels, **options), batch) for one in ("", teacher))
    assert losses["segmenter"] == pytest.approx(without["segmenter"] + expected, rel=1e-5)
    assert logged["teacher_coverage"] == pytest.approx(np.mean(np.asarray(label) != 255)) and 0 < np.mean(label != 255)
    assert logged["teacher_labels"] == pytest.approx(float(cross_entropy(label, student[0])), rel=1e-5)


def test_a_host_without_a_pass_over_target_images_gets_one(teacher):
    batch, method = toy_batch("dacs"), toy_method("dacs", toy_segmenter(batch_norm=False), compiled=False)
    options = {"divergence_weights": (0.0,), "threshold": 0.3}
    method.add_ons = (Distil(method, teacher=str(teacher), **options),)
    method.compile(toy_optimizers(method), run_eagerly=True)
    images = batch["target"]["image"].astype("float32")
    label = confident_labels(upsample(load_segmenter(teacher)[0](images)["logits"], images), (0.3,) * CLASSES)
    expected = cross_entropy(label, upsample(method.segmenter(images, training=True)["logits"], images))
    logs = method.train_step(batch)
    assert float(logs["teacher_labels"]) == pytest.approx(float(expected), rel=1e-5)


def test_its_weights_stay_and_are_in_no_state_and_in_no_export(teacher):
    method, plain = distilled(teacher), distilled("")
    assert len(variables_of(method)) == len(variables_of(plain))
    assert method.segmenter.count_params() == toy_segmenter(batch_norm=False).count_params()
    images = toy_batch()["target"]["image"]
    before = np.asarray(method.add_ons[0].teach(images))
    train(method, "minent", steps=3)
    np.testing.assert_array_equal(method.add_ons[0].teach(images), before)


@pytest.mark.slow
@pytest.mark.ci
def test_a_student_comes_to_say_what_its_teacher_says(teacher):
    method, images = distilled(teacher, threshold=0.3), toy_batch()["target"]["image"]
    wanted = np.argmax(method.add_ons[0].teach(images), -1)

    def agreement():
        return np.mean(np.argmax(upsample(method(images.astype("float32")), images), -1) == wanted)

    first = agreement()
    batches = tf.data.Dataset.from_tensors(toy_batch()).repeat(60)
    history = method.fit(batches, verbose=0).history
    assert agreement() > first + 0.1 and 0 < history["teacher_coverage"][0] <= 1


def test_thresholds_by_class(teacher):
    logged = [
        step_losses(distilled(teacher, **options), toy_batch())[0]["teacher_coverage"]
        for options in ({"threshold": 0.0}, {"thresholds": (1.0,) * CLASSES}, {"threshold": 1.0, "surest": 0.5})
    ]
    assert logged[0] == 1 and logged[1] == 0 and 0.5 <= logged[2] < 1


def test_without_a_sure_pixel_labels_cost_nothing(teacher):
    logged, _ = step_losses(distilled(teacher, threshold=1.0), toy_batch())
    assert logged["teacher_labels"] == 0 and logged["teacher_divergence"] > 0


def test_what_does_not_fit_is_named(teacher, tmp_path):
    method = MinEnt(toy_segmenter())
    with pytest.raises(ConfigurationError, match="has other classes: class 0, class 1, class 2, class 3"):
        Distil(method, teacher=str(teacher), class_names=tuple(reversed(CLASS_NAMES)))
    assert Distil(method, teacher=str(teacher), class_names=CLASS_NAMES).thresholds == (0.9,) * CLASSES
    with pytest.raises(ConfigurationError, match="has other classes: a, b"):
        Distil(method, teacher=str(saved_teacher(tmp_path / "two", classes=("a", "b"))))
    with pytest.raises(ConfigurationError, match="2 thresholds for 4 classes"):
        Distil(method, teacher=str(teacher), thresholds=(0.1, 0.2))
    with pytest.raises(ArtefactError, match="holds no segmenter.json"):
        Distil(method, teacher=str(tmp_path))


@pytest.mark.parametrize("name", ["efficientnet_lite0", pytest.param("deeplab_v2_resnet101", marks=pytest.mark.slow)])
def test_teachers_of_other_strides_and_sizes(name, tmp_path):
    folder = saved_teacher(tmp_path, name, size="256x192")
    assert json.loads((folder / "segmenter.json").read_text())["size"] == "256x192"
    method = distilled(folder)
    assert method.add_ons[0].teach(toy_batch()["target"]["image"]).shape == (2, 32, 40, CLASSES)
    method.train_step(toy_batch())
    assert bool(method.finite.numpy())
