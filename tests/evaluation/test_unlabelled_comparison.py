"""Adapted against source-only without labels: who is believed, what is said of the classes."""

import json

import numpy as np
import pytest

from keras_uda.evaluation.mirror import TwoViews
from keras_uda.evaluation.unlabelled_comparison import Move
from keras_uda.evaluation.unlabelled_comparison import UnlabelledComparison

CLASSES = ["road", "building", "sky", "car"]


def street(sky: int = 15) -> np.ndarray:
    """40 rows: sky on top, then buildings, then road."""
    label_map = np.ones((40, 40), "uint8")
    label_map[:sky] = 2
    label_map[30:] = 0
    return label_map


@pytest.fixture
def hurt() -> UnlabelledComparison:
    """Source-only stands to its sky; the adapted one made ten rows of it buildings, and takes half of them back."""
    found = UnlabelledComparison(CLASSES, {})
    for _ in range(2):
        found.add(TwoViews(street(), street()), TwoViews(street(5), street(10)))
    return found


def test_who_agrees_with_itself_is_believed(hurt):
    assert hurt.better == "source_only" and hurt.score("source_only") == 1.0
    helped = UnlabelledComparison(CLASSES, {})
    helped.add(TwoViews(street(), street(12)), TwoViews(street(5), street(5)))
    assert helped.better == "adapted" and not helped.sentences()
    assert "seems to have helped" in helped.describe() and "HURT" not in helped.describe()


def test_the_score_is_the_mean_iou_with_the_mirror_image(hurt):
    assert hurt.mirrored["adapted"].sum() == 2 * 40 * 40
    assert hurt.score("adapted") == pytest.approx((1 + 5 / 10 + 20 / 25) / 3)


def test_a_class_that_adapting_lost_counts_nothing():
    """One class everywhere agrees with itself perfectly, and is no good."""
    found, road = UnlabelledComparison(CLASSES, {}), np.zeros((40, 40), "uint8")
    found.add(TwoViews(street(), street(12)), TwoViews(road, road))
    assert found.score("adapted") == pytest.approx(1 / 3) and found.better == "source_only"


def test_two_that_are_alike_are_no_harm():
    same = UnlabelledComparison(CLASSES, {})
    same.add(TwoViews(street(), street(12)), TwoViews(street(), street(12)))
    assert same.better == "adapted" and same.score("adapted") < 1 and not same.moves()


def test_what_became_of_a_class_is_said_in_words(hurt):
    assert hurt.moves() == [Move("sky", "building", 0.25, 1.0, 0.5)]
    text = "sky shrank from 37.5 % to 12.5 % of the pixels; 25.0 % became building and seem wrong"
    assert hurt.sentences() == {"sky": text}
    assert "HURT" in hurt.describe() and f"Doubtful: {text}." in hurt.describe()


def test_a_move_that_the_adapted_segmenter_stands_to_is_not_doubtful():
    found = UnlabelledComparison(CLASSES, {})
    found.add(TwoViews(street(), street(10)), TwoViews(street(5), street(5)))
    assert found.moves() == [Move("sky", "building", 0.25, 0.5, 1.0)] and not found.sentences()


def test_small_moves_are_left_out():
    found, few, more = UnlabelledComparison(CLASSES, {}), street(), street()
    few[0, :6], more[0, :7] = 3, 3  # of 1600 pixels
    found.add(TwoViews(street(), street()), TwoViews(few, street()))
    assert not found.moves()
    found = UnlabelledComparison(CLASSES, {})
    found.add(TwoViews(street(), street()), TwoViews(more, street()))
    assert [(move.before, move.after) for move in found.moves()] == [("sky", "car")]


def test_the_content_of_the_file_is_strict_json(hurt):
    content = json.loads(json.dumps(hurt.to_json(), allow_nan=False))
    assert content["frames"] == 2 and content["better"] == "source_only" and content["score"] == "mirror_iou"
    assert content["adapted"]["shares"] == pytest.approx({"road": 0.25, "building": 0.625, "sky": 0.125, "car": 0.0})
    before = {**content["adapted"]["shares"], "building": 0.375, "sky": 0.375}
    assert content["source_only"] == {"score": 1.0, "shares": pytest.approx(before)}
    assert content["moves"] == [{"before": "sky", "after": "building", "share": 0.25, "kept_before": 1.0,
                                 "kept_after": 0.5, "doubtful": True}]  # fmt: skip


def test_classes_that_count_as_one_are_one_before_anything_is_counted():
    found = UnlabelledComparison(CLASSES, {"sky": "building"})
    found.add(TwoViews(street(), street()), TwoViews(street(5), street(10)))
    assert found.score("adapted") == 1.0 and not found.moves() and found.shares("adapted")["sky"] == 0
