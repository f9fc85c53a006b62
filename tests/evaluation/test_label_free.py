"""Scores without labels against slow loops, and what each can and cannot tell."""

import math

import numpy as np
import pytest

from keras_uda.config.names import SCORES
from keras_uda.evaluation import label_free
from keras_uda.evaluation.label_free import certainty
from keras_uda.evaluation.label_free import common_classes
from keras_uda.evaluation.label_free import information
from keras_uda.evaluation.label_free import large_classes
from keras_uda.evaluation.label_free import mirror_agreement
from keras_uda.evaluation.label_free import mirror_iou
from keras_uda.evaluation.label_free import neighbourhood_density


def rows(seed: int, count: int = 7, classes: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.ones(classes), count)


def slow_entropy(row) -> float:
    return -sum(p * math.log(p) for p in row if p > 0)


def slow_density(sample) -> float:
    total = 0.0
    for i, one in enumerate(sample):
        near = []
        for j, other in enumerate(sample):
            if i != j:
                cosine = np.dot(one, other) / math.sqrt(np.dot(one, one) * np.dot(other, other))
                near.append(math.exp(cosine / 0.05))
        total += slow_entropy([value / sum(near) for value in near])
    return total / len(sample)


@pytest.mark.parametrize("seed", range(3))
def test_scores_match_their_equations(seed, monkeypatch):
    sample = rows(seed)
    mean = sum(slow_entropy(row) for row in sample) / len(sample)
    assert certainty(sample) == pytest.approx(-mean)
    assert information(sample) == pytest.approx(slow_entropy(sample.mean(0)) - mean)
    assert neighbourhood_density(sample) == pytest.approx(slow_density(sample))
    monkeypatch.setattr(label_free, "ROWS", 2)
    assert neighbourhood_density(sample) == pytest.approx(slow_density(sample))


def test_clusters_beat_noise_and_one_class_fools_all_but_information():
    clusters = np.tile(np.eye(4) * 0.94 + 0.015, (25, 1))
    noise, one_class = rows(0, 100, 4), np.tile([1.0, 0, 0, 0], (100, 1))
    for score in (certainty, information, neighbourhood_density):
        assert score(clusters) > score(noise)
    assert certainty(one_class) > certainty(clusters)
    assert neighbourhood_density(one_class) > neighbourhood_density(clusters)
    assert information(one_class) < information(clusters)


def test_the_command_line_offers_every_score():
    assert set(SCORES) == set(label_free.SCORES)


@pytest.mark.parametrize("seed", range(3))
def test_scores_of_mirror_images_match_their_equations(seed):
    matrix = np.random.default_rng(seed).integers(1, 100, (4, 4)) + 50 * np.eye(4, dtype=int)
    iou = [matrix[c][c] / (sum(matrix[c]) + sum(row[c] for row in matrix) - matrix[c][c]) for c in range(4)]
    assert mirror_agreement(matrix) == pytest.approx(sum(matrix[c][c] for c in range(4)) / matrix.sum())
    assert mirror_iou(matrix) == pytest.approx(sum(iou) / 4)
    assert mirror_iou(matrix, np.array([0, 3])) == pytest.approx((iou[0] + iou[3]) / 2)


def test_a_small_class_counts_as_much_as_a_large_one_and_a_tiny_one_not_at_all():
    """A class of 1 % of the pixels that is never found again, and one of 0.4 %."""
    matrix = np.diag([5000, 4860, 0, 0])
    matrix[0, 2], matrix[0, 3] = 100, 40
    assert list(large_classes(matrix)) == [0, 1, 2]
    assert mirror_agreement(matrix) == pytest.approx(0.986)
    assert mirror_iou(matrix) == pytest.approx((5000 / 5140 + 1 + 0) / 3)


def test_one_class_everywhere_fools_them_unless_the_classes_are_given():
    one_class = np.diag([10, 0])
    assert mirror_agreement(one_class) == mirror_iou(one_class) == 1.0
    assert mirror_iou(one_class, np.array([0, 1])) == 0.5


def test_classes_that_are_compared_are_large_for_any_segmenter():
    assert list(common_classes([np.diag([9, 0, 1]), np.diag([1000, 9, 1]), np.diag([5, 5, 0])])) == [0, 1, 2]
    assert list(common_classes([np.diag([9, 0, 1])])) == [0, 2]
