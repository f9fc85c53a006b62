"""A segmenter on frames: the equations of its maps, written in numpy, and that nothing else runs one."""

import ast

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.config.schema import SegmenterConfig
from keras_uda.segmenters.build import build_segmenter
from keras_uda.segmenters.inference import label_map_and_confidence
from keras_uda.segmenters.inference import label_map_of
from keras_uda.segmenters.inference import logits_of
from keras_uda.segmenters.inference import maps_of_frames
from keras_uda.segmenters.inference import outputs_of
from keras_uda.segmenters.inference import predictions
from keras_uda.segmenters.inference import probabilities_of
from tests.conftest import ROOT

HEIGHT, WIDTH, CLASSES = 16, 24, 5
IMAGES = np.random.default_rng(0).integers(0, 256, (2, HEIGHT, WIDTH, 3)).astype("uint8")


@pytest.fixture(scope="module")
def segmenter() -> keras.Model:
    keras.utils.set_random_seed(0)
    return build_segmenter(SegmenterConfig(name="tiny", weights="none"), CLASSES)


def aligned(maps: np.ndarray, height: int, width: int) -> np.ndarray:
    """Bilinear resize with aligned corners of (batch, h, w, channels), point by point."""
    batch, rows, columns, channels = maps.shape
    resized = np.empty((batch, height, width, channels))
    for i, j in np.ndindex(height, width):
        y, x = i * (rows - 1) / (height - 1), j * (columns - 1) / (width - 1)
        top, left = min(int(y), rows - 2), min(int(x), columns - 2)
        down, right = y - top, x - left
        upper = maps[:, top, left] * (1 - right) + maps[:, top, left + 1] * right
        lower = maps[:, top + 1, left] * (1 - right) + maps[:, top + 1, left + 1] * right
        resized[:, i, j] = upper * (1 - down) + lower * down
    return resized


def softmax(logits: np.ndarray) -> np.ndarray:
    exponentials = np.exp(logits - logits.max(-1, keepdims=True))
    return exponentials / exponentials.sum(-1, keepdims=True)


def test_segmenters_run_as_in_evaluation(segmenter):
    """With the moving statistics of batch normalisation, which the images do not move."""
    before = [np.array(weight) for weight in segmenter.non_trainable_weights]
    outputs = outputs_of(segmenter, IMAGES)
    alone = outputs_of(segmenter, IMAGES[:1])
    np.testing.assert_allclose(outputs["logits"][:1], alone["logits"], atol=1e-6)
    for old, new in zip(before, segmenter.non_trainable_weights, strict=True):
        np.testing.assert_array_equal(old, new)


def test_logits_stay_at_the_stride_or_are_upsampled_with_aligned_corners(segmenter):
    coarse = np.asarray(logits_of(segmenter, IMAGES))
    assert coarse.shape == (2, HEIGHT // 4, WIDTH // 4, CLASSES)
    np.testing.assert_allclose(logits_of(segmenter, IMAGES, (31, 40)), aligned(coarse, 31, 40), atol=1e-5)
    np.testing.assert_allclose(logits_of(segmenter, IMAGES, IMAGES), aligned(coarse, HEIGHT, WIDTH), atol=1e-5)


def test_probabilities_and_label_maps_come_from_the_logits_of_that_size(segmenter):
    for size, logits in ((None, logits_of(segmenter, IMAGES)), (IMAGES, logits_of(segmenter, IMAGES, IMAGES))):
        np.testing.assert_allclose(probabilities_of(segmenter, IMAGES, size), softmax(np.asarray(logits)), rtol=1e-5)
        np.testing.assert_array_equal(label_map_of(segmenter, IMAGES, size), np.argmax(logits, -1))


def test_label_map_and_confidence_match_their_equation(segmenter):
    maps = label_map_and_confidence(segmenter, tf.constant(IMAGES))
    probabilities = softmax(aligned(np.asarray(logits_of(segmenter, IMAGES)), HEIGHT, WIDTH))
    np.testing.assert_array_equal(maps["label_map"], probabilities.argmax(-1))
    assert np.abs(np.asarray(maps["confidence"], int) - np.round(255 * probabilities.max(-1))).max() <= 1


def test_entropy_is_that_of_the_image_and_the_label_map_of_the_size_asked_for(segmenter):
    label_map, entropy, confidence = maps_of_frames(segmenter, tf.constant(IMAGES), (32, 60))
    coarse = np.asarray(logits_of(segmenter, IMAGES))
    np.testing.assert_array_equal(label_map, aligned(coarse, 32, 60).argmax(-1))
    largest = softmax(aligned(coarse, 32, 60)).max(-1)
    assert confidence.dtype == "uint8" and np.abs(np.asarray(confidence, float) - 255 * largest).max() <= 0.51
    probabilities = softmax(aligned(coarse, HEIGHT, WIDTH))
    expected = -255 * (probabilities * np.log(probabilities)).sum(-1) / np.log(CLASSES)
    assert entropy.dtype == "uint8" and np.abs(np.asarray(entropy, float) - expected).max() <= 0.51


def test_predictions_have_the_size_of_their_own_label(segmenter):
    labels = [None, np.zeros((20, 30), "uint8"), np.zeros((40, 50), "uint8")]
    frames = [("a", IMAGES[0], labels[0]), ("b", IMAGES[1], labels[1]), ("c", IMAGES[1], labels[2])]
    found = list(predictions(segmenter, frames))
    assert [one.name for one in found] == ["a", "b", "c"]
    assert [one.label_map.shape for one in found] == [(HEIGHT, WIDTH), (20, 30), (40, 50)]
    for one, (_, image, label) in zip(found, frames, strict=True):
        assert one.image is image and one.label is label and one.entropy.shape == (HEIGHT, WIDTH)
        size = tuple(one.label_map.shape)
        expected, entropy, confidence = maps_of_frames(segmenter, tf.constant(image[None]), size)
        assert np.abs(one.confidence.astype(int) - np.asarray(confidence[0], int)).max() <= 1
        np.testing.assert_array_equal(one.label_map, expected[0])
        assert np.abs(one.entropy.astype(int) - np.asarray(entropy[0], int)).max() <= 1


TRAINING = ("methods", "layers", "losses", "segmenters")  # a step runs the segmenter with its gradient


def test_nothing_else_runs_a_segmenter_on_frames():
    places = set()
    for path in sorted((ROOT / "keras_uda").rglob("*.py")):
        name = path.relative_to(ROOT / "keras_uda").as_posix()
        for node in ast.walk(ast.parse(path.read_text())):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if called.endswith("resize_bilinear") or called.rpartition(".")[2] == "segmenter":
                places.add(name)
    assert {name for name in places if not name.startswith(TRAINING)} == set()
    assert "segmenters/inference.py" in places


def test_no_two_classes_are_called_prediction():
    named = [path for path in (ROOT / "keras_uda").rglob("*.py") if "class Prediction(" in path.read_text()]
    assert [path.name for path in named] == ["inference.py"]
