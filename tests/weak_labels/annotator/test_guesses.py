"""What a model says about an image, and the order that follows from it."""

import numpy as np

from keras_uda.weak_labels.annotator.guesses import most_useful_first
from keras_uda.weak_labels.annotator.guesses import presence
from keras_uda.weak_labels.annotator.guesses import usefulness
from keras_uda.weak_labels.annotator.kept import read_rows
from keras_uda.weak_labels.annotator.kept import write_rows


def test_a_class_counts_as_seen_from_half_a_percent_of_the_area():
    probabilities = np.zeros((20, 100, 3), "float32")
    probabilities[..., 0] = 1
    probabilities[0, :9] = (0.2, 0.8, 0)  # 9 of 2000 pixels
    assert presence(probabilities)[1] == 0
    probabilities[0, :11] = (0.2, 0.8, 0)
    np.testing.assert_allclose(presence(probabilities), [1, 0.8, 0])


def test_small_maps_take_their_most_certain_place():
    probabilities = np.zeros((4, 5, 2), "float32")
    probabilities[2, 3] = (0.4, 0.6)
    np.testing.assert_allclose(presence(probabilities), [0.4, 0.6])


def test_undecided_images_come_first():
    guesses = {"sure": np.array([1.0, 0.0]), "unsure": np.array([0.5, 0.4]), "half": np.array([0.9, 0.2])}
    assert most_useful_first(sorted(guesses), guesses) == ["unsure", "half", "sure"]
    assert usefulness(guesses["sure"]) == 0


def test_guesses_are_kept_for_the_same_model_only(tmp_path):
    guesses = {"a/ä.png": np.array([0.25, 0.5], "float32")}
    write_rows(tmp_path / "g.npz", guesses, "model 1")
    np.testing.assert_array_equal(read_rows(tmp_path / "g.npz", "model 1")["a/ä.png"], [0.25, 0.5])
    assert read_rows(tmp_path / "g.npz", "model 2") == {} == read_rows(tmp_path / "none.npz", "model 1")
    (tmp_path / "g.npz").write_bytes(b"PK rubbish")
    assert read_rows(tmp_path / "g.npz", "model 1") == {}
