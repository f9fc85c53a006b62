"""Active selection: the released scores and picks, the equations in slow numpy, borders and ties."""

import math

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.core.classes import IGNORE
from keras_uda.ops.resize import upsample
from keras_uda.weak_labels import active
from keras_uda.weak_labels.active import Place
from tests.conftest import assert_matches
from tests.conftest import load_vectors


@pytest.fixture(scope="module")
def ripu():
    arrays, meta = load_vectors("ripu")
    return arrays, meta, meta["hyper"]


def probabilities_of(arrays, key: str) -> np.ndarray:
    """Softmax at the size of the labels, through the resize that training and selection use."""
    size = arrays["in_labels"].shape[1:]
    return tf.nn.softmax(upsample(arrays[key], tuple(size))).numpy()


def test_regions_are_those_of_the_released_code(ripu):
    arrays, meta, hyper = ripu
    labels, k, found = arrays["in_labels"], hyper["k"], {}
    excluded, chosen = np.zeros(labels.shape, bool), np.zeros(labels.shape, bool)
    number = active.regions_of_round(labels[0].size, hyper["ratio"], hyper["rounds"], k)
    for turn in range(hyper["rounds"]):
        probabilities = probabilities_of(arrays, f"in_logits_{turn}")
        assert probabilities.shape[-1] == hyper["classes"]
        for image, one in enumerate(probabilities):
            scores = active.region_scores(one, k)
            maps = {
                "score": scores,
                "impurity": active.impurity(one.argmax(-1), hyper["classes"], k) / math.log(19),
                "uncertainty": active.uncertainty(one, k) / math.log(19),
            }
            for name, value in maps.items():
                found.setdefault(f"out_{name}_{turn}", []).append(value)
            places = active.highest(scores, number, 2 * k, excluded[image])
            chosen[image] |= active.inside_windows(places, scores.shape, k)
        found |= {f"out_active_{turn}": excluded.copy(), f"out_selected_{turn}": chosen.copy()}
        found[f"out_annotation_{turn}"] = np.where(chosen, labels, IGNORE)
    for key, value in found.items():
        assert_matches(np.asarray(value), arrays, meta, key)


def test_pixels_are_those_of_the_released_code(ripu):
    arrays, meta, hyper = ripu
    labels, k = arrays["in_labels"], hyper["pixel_k"]
    found = {name: [] for name in ("impurity", "active", "selected", "annotation")}
    for one, label in zip(probabilities_of(arrays, "in_logits_pixel"), labels, strict=True):
        excluded = np.zeros(label.shape, bool)
        places = active.highest(active.pixel_scores(one, k), hyper["pixels"], k, excluded)
        chosen = active.inside_windows(places, label.shape, 0)
        found["impurity"].append(active.impurity(one.argmax(-1), hyper["classes"], k))
        found["active"].append(excluded)
        found["selected"].append(chosen)
        found["annotation"].append(np.where(chosen, label, IGNORE))
    for name, value in found.items():
        assert_matches(np.asarray(value), arrays, meta, f"out_pixel_{name}")


def around(row: int, column: int, shape: tuple[int, int], radius: int) -> list[tuple[int, int]]:
    """The places of a window that lie in the image."""
    rows, columns = (range(one - radius, one + radius + 1) for one in (row, column))
    return [(r, c) for r in rows for c in columns if 0 <= r < shape[0] and 0 <= c < shape[1]]


@pytest.mark.parametrize("radius", [0, 1, 3, 20])
def test_scores_are_their_equations(radius):
    rng = np.random.default_rng(radius)
    probabilities = rng.dirichlet(np.full(4, 0.3), (7, 9))
    label_map, region, pixel = probabilities.argmax(-1), np.zeros((7, 9)), np.zeros((7, 9))
    surprise = [[-sum(p * math.log(p + 1e-6) for p in one) for one in row] for row in probabilities]
    for row, column in np.ndindex(7, 9):
        places = around(row, column, (7, 9), radius)
        shares = [sum(label_map[place] == c for place in places) / len(places) for c in range(4)]
        impure = -sum(d * math.log(d + 1e-6) for d in shares)
        unsure = sum(surprise[r][c] for r, c in places) / len(places)
        region[row, column] = impure / math.log(19) * unsure / math.log(19)
        pixel[row, column] = impure * surprise[row][column]
    np.testing.assert_allclose(active.region_scores(probabilities, radius), region, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(active.pixel_scores(probabilities, radius), pixel, rtol=1e-9, atol=1e-15)


def test_places_keep_their_distance_and_ties_go_by_row():
    scores = np.zeros((4, 6))
    scores[1, 1], scores[1, 3], scores[3, 5] = 2.0, 1.5, 1.0
    assert active.highest(scores, 2, apart=2) == [Place(1, 1), Place(3, 5)]
    assert active.highest(scores, 3, apart=0) == [Place(1, 1), Place(1, 3), Place(3, 5)]
    assert active.highest(np.ones((2, 3)), 2, apart=0) == [Place(0, 0), Place(0, 1)]


def test_no_more_places_than_there_are():
    excluded = np.ones((3, 3), bool)
    excluded[2, 2] = False
    assert active.highest(np.ones((3, 3)), 5, apart=0, excluded=excluded) == [Place(2, 2)]
    assert excluded.all()
    assert active.highest(np.ones((3, 3)), 5, apart=3) == [Place(0, 0)]
