"""Rare class sampling: the published probabilities and candidates, and what is drawn."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_uda.core.errors import DataError
from keras_uda.data.prepared import Prepared
from keras_uda.data.samplers.rare_class import RareClass
from keras_uda.data.samplers.rare_class import candidates
from keras_uda.data.samplers.rare_class import class_chances
from tests.conftest import assert_matches
from tests.conftest import load_vectors

SIZE = (10, 10)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_the_published_probabilities(number):
    arrays, meta = load_vectors("rare_class_sampling")
    pixels = arrays["in_class_pixels"].sum(axis=0)
    chances = class_chances(pixels, float(arrays["in_temperatures"][number]))
    order = np.argsort(pixels, kind="stable")
    assert_matches(arrays["in_class_ids"][order], arrays, meta, f"out_classes_{number}")
    assert_matches(chances[order], arrays, meta, f"out_probabilities_{number}")


@pytest.mark.parametrize("temperature", [0.01, 0.1, 1])
def test_the_probabilities_of_daformer(temperature):
    arrays, meta = load_vectors("daformer_rcs_mix")
    chances = class_chances(arrays["in_class_pixels"].sum(axis=0), temperature)
    rarest_first = arrays[f"out_rcs_classes_T{temperature}"]
    assert_matches(chances[rarest_first], arrays, meta, f"out_rcs_probs_T{temperature}")


def test_values_of_other_temperatures():
    shares = np.array([0.40, 0.35, 0.15, 0.07, 0.03])
    expected = {
        0.01: (0, 0, 6.0e-6, 0.0179861, 0.9820079),
        0.05: (0.0003963, 0.0010773, 0.0588192, 0.2913332, 0.6483740),
    }
    for temperature, chances in expected.items():
        np.testing.assert_allclose(class_chances(shares * 1e6, temperature), chances, atol=5e-8)


def test_a_class_that_does_not_occur_has_no_chance():
    chances = class_chances(np.array([60, 0, 40]), 0.1)
    expected = np.exp([(1 - 0.6) / 0.1, (1 - 0.4) / 0.1])
    np.testing.assert_allclose(chances, [expected[0] / expected.sum(), 0, expected[1] / expected.sum()])


def test_the_published_candidates():
    arrays, _ = load_vectors("rare_class_sampling")
    found = candidates(arrays["in_class_pixels"], int(arrays["in_min_pixels"]))
    for rows, stored in zip(found, arrays["out_candidates"], strict=True):
        np.testing.assert_array_equal(rows, stored[stored >= 0])


def prepared(folder, amounts) -> Prepared:
    """Labels of 100 pixels: so many of class 1, then of class 2, the rest of class 0."""
    files = []
    for number, (first, second) in enumerate(amounts):
        label = np.zeros(100, "uint8")
        label[:first], label[first : first + second] = 1, 2
        files.append(str(folder / f"{number}.png"))
        Image.fromarray(label.reshape(10, 10)).save(files[-1])
    return Prepared(files, files, [f"{number}" for number in range(len(files))], SIZE)


def draws(sampler, source, count=600):
    draw = tf.function(sampler.drawing(source))
    found = [draw(tf.constant([7, number], "int64")) for number in range(count)]
    return [(int(row), int(required.label)) for row, required in found]


def test_classes_come_as_often_as_they_should_and_their_images_alike(tmp_path):
    source = prepared(tmp_path, [(0, 0), (20, 0), (30, 0), (0, 10), (10, 3)])
    sampler = RareClass(temperature=0.3, image_share=0.05)
    found = draws(sampler, source)
    chances = class_chances(np.array([500 - 73, 60, 13]), 0.3)
    for label, chance in enumerate(chances):
        assert np.mean([drawn == label for _, drawn in found]) == pytest.approx(chance, abs=0.06)
    of_first = [row for row, label in found if label == 1]
    assert set(of_first) == {1, 2, 4} and min(map(of_first.count, (1, 2, 4))) > len(of_first) / 5
    assert {row for row, label in found if label == 2} == {3}  # 3 pixels of image 4 are too few
    assert found == draws(sampler, source)


def test_a_share_must_be_exceeded(tmp_path):
    source = prepared(tmp_path, [(50, 0), (51, 0)])
    found = draws(RareClass(temperature=1.0, image_share=0.5), source, 60)
    assert {row for row, label in found if label == 1} == {1}


def test_the_rarest_class_takes_it_all_at_the_published_temperature(tmp_path):
    source = prepared(tmp_path, [(20, 0), (30, 0), (0, 10)])
    assert set(draws(RareClass(), source, 50)) == {(2, 2)}


def test_a_class_that_no_image_shows_enough_of_is_left_out(tmp_path, capsys):
    source = prepared(tmp_path, [(20, 0), (30, 1)])
    found = draws(RareClass(image_share=0.05), source, 50)
    assert {label for _, label in found} == {1}
    assert "rare_class draws no image for the class ids 2" in capsys.readouterr().err
    with pytest.raises(DataError, match="Lower `image_share`"):
        RareClass(image_share=1.0).drawing(source)


def test_what_a_crop_should_hold_is_passed_on(tmp_path):
    draw = RareClass(crop_share=0.2).drawing(prepared(tmp_path, [(20, 0)]))
    _, required = draw(tf.constant([0, 0], "int64"))
    assert required.share == 0.2


def test_samples_without_labels_are_refused(tmp_path):
    source = dataclasses.replace(prepared(tmp_path, [(20, 0)]), labels=None)
    with pytest.raises(ValueError, match="no labels"):
        RareClass().drawing(source)
