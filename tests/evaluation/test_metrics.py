import dataclasses
import json

import numpy as np
import pytest

from keras_uda.config.data_schema import DataConfig
from keras_uda.config.data_schema import DomainConfig
from keras_uda.config.evaluation_spec import subsets_of
from keras_uda.config.schema import EvaluationConfig
from keras_uda.config.schema import RunConfig
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import CITYSCAPES_13
from keras_uda.core.classes import CITYSCAPES_16
from keras_uda.core.classes import IGNORE
from keras_uda.evaluation import metrics
from tests.conftest import assert_matches
from tests.conftest import load_vectors


def maps(classes, shape=(9, 11), seed=0):
    random = np.random.default_rng(seed)
    label = random.integers(0, classes, shape).astype("uint8")
    label[random.random(shape) < 0.2] = IGNORE
    return label, random.integers(0, classes, shape).astype("uint8")


def test_confusion_matches_its_equation():
    label, prediction = maps(4)
    expected = np.zeros((4, 4), int)
    for true, predicted in zip(label.flat, prediction.flat, strict=True):
        if true < 4:
            expected[true, predicted] += 1
    np.testing.assert_array_equal(metrics.confusion(label, prediction, 4), expected)


def test_published_scores():
    arrays, meta = load_vectors("advent_miou")
    pairs = list(zip(arrays["in_labels"], arrays["in_preds"], strict=True))
    matrices = [metrics.confusion(label, prediction, 19) for label, prediction in pairs]
    assert_matches(np.stack(matrices), arrays, meta, "out_hist_per_image")
    total = sum(matrices)
    assert_matches(total, arrays, meta, "out_hist")
    assert_matches(metrics.class_iou(total), arrays, meta, "out_per_class_iu")
    assert_matches(metrics.scores(total, CITYSCAPES)["miou_19"], arrays, meta, "out_miou_nanmean")


def test_confusion_refuses_what_cannot_be_counted():
    with pytest.raises(ValueError, match="differ"):
        metrics.confusion(np.zeros((2, 2)), np.zeros((2, 3)), 4)
    with pytest.raises(ValueError, match="0 to 3"):
        metrics.confusion(np.zeros((2, 2)), np.full((2, 2), 4), 4)


def test_iou_is_undefined_only_where_truth_and_prediction_are_empty():
    matrix = np.array([[3, 1, 0, 0], [0, 0, 0, 0], [2, 0, 0, 0], [0, 0, 0, 0]])
    names = ("road", "car", "sky", "bus")
    result = metrics.scores(matrix, names)
    assert result["per_class_iou"] == {"road": 0.5, "car": 0.0, "sky": 0.0, "bus": None}
    assert result["miou"] == pytest.approx(0.25)  # road and sky are in the truth, car is only predicted
    assert result["pixels"] == 6
    assert result["miou_19"] is result["miou_16"] is result["miou_13"] is None


def test_class_sets_go_by_name_whatever_the_order_of_the_head():
    names = tuple(reversed(CITYSCAPES_16))
    label, prediction = maps(16, (40, 40))
    matrix = metrics.confusion(label, prediction, 16)
    iou = dict(zip(names, metrics.class_iou(matrix), strict=True))
    result = metrics.scores(matrix, names, {"two": ("car", "road"), "nine": ("car", "train")})
    assert result["miou_19"] is None  # terrain, truck and train are no classes of this head
    assert result["miou_16"] == pytest.approx(np.mean([iou[name] for name in CITYSCAPES_16]))
    assert result["miou_13"] == pytest.approx(np.mean([iou[name] for name in CITYSCAPES_13]))
    assert result["class_sets"] == {"two": pytest.approx((iou["car"] + iou["road"]) / 2), "nine": None}


def test_frame_without_labelled_pixels_has_no_score():
    assert metrics.frame_miou(metrics.confusion(np.full((2, 2), IGNORE), np.zeros((2, 2), int), 3)) is None


def test_merging_counts_a_predicted_class_as_another():
    names = ("building", "wall", "car", "truck")
    merge = metrics.merge_map(names, {"wall": "building", "truck": "car"})
    assert merge[np.array([[0, 1], [2, 3]])].tolist() == [[0, 0], [2, 2]]
    assert merge.dtype == np.uint8


def test_subsets_go_by_pattern_of_the_frame_name():
    matrices = metrics.Matrices(2, {"night": "night/*", "none": "x*"})
    matrices.add("night/1.png", np.eye(2, dtype=int))
    matrices.add("day/1.png", np.ones((2, 2), int))
    assert matrices[""].sum() == 6 and matrices["night"].sum() == 2 and matrices["none"].sum() == 0


@pytest.mark.parametrize(
    ("values", "expected"),
    [((0.2, 0.3, 0.4), 0.5), ((0.2, 0.1, 0.4), -0.5), ((0.4, 0.5, 0.3), None), ((None, 0.5, 0.6), None)],
)
def test_gap_closed(values, expected):
    assert metrics.gap_closed(*values) == (expected if expected is None else pytest.approx(expected))


def content(models=("source_only", "adapted", "oracle")):
    settings = EvaluationConfig(subsets={"dusk": "dusk*", "empty": "x"}, class_sets={"five": ["road", "car"]})
    run = dataclasses.replace(RunConfig(), seed=3, evaluation=settings)
    matrices = {}
    for seed, model in enumerate(models):
        matrices[model] = metrics.Matrices(19, settings.subsets)
        label, prediction = maps(19, seed=seed)
        matrices[model].add("dusk_1", metrics.confusion(label, np.where(label < 9, label, prediction), 19))
    return metrics.assemble(
        run,
        matrices,
        steps=dict.fromkeys(("source_only", "adapted", "oracle"), 600),
        target_labels_read=["oracle", "evaluation"],
    )


def test_evaluation_json_has_the_agreed_form():
    result = json.loads(json.dumps(content(), allow_nan=False))
    keys = {"split", "train_steps", "seed", "miou_19", "miou_16", "miou_13", "miou", "per_class_iou", "pixels"}
    keys |= {"per_class_precision", "per_class_recall", "calibration_error"}
    for model in ("source_only", "adapted", "oracle"):
        assert keys | {"confusion", "subsets", "class_sets"} == set(result[model])
        assert set(result[model]["per_class_iou"]) == set(CITYSCAPES)
        assert result[model]["subsets"]["dusk"]["miou"] == result[model]["miou"]
        assert result[model]["subsets"]["empty"]["miou"] is None
    assert (result["adapted"]["split"], result["adapted"]["train_steps"], result["adapted"]["seed"]) == ("val", 600, 3)
    assert result["classes"] == list(CITYSCAPES)
    assert result["target_labels_read"] == ["evaluation", "oracle"]


def test_unlabelled_target_has_no_scores():
    result = content(models=())
    assert result["source_only"] is result["adapted"] is result["oracle"] is result["gap_closed"] is None


def test_the_conditions_of_the_targets_data_set_are_subsets():
    target = DomainConfig(name="acdc", root="acdc", arguments={"condition": ["fog", "night"]})
    run = RunConfig(
        data=DataConfig(target=target), evaluation=EvaluationConfig(subsets={"none": "x", "rain": "*/val/*"})
    )
    matrices = metrics.Matrices(19, subsets_of(run))
    matrices.add("fog/val/GOPR0475/a_rgb_anon.png", np.eye(19, dtype="int64"))
    matrices.add("night/val/GOPR0351/b_rgb_anon.png", np.full((19, 19), 1))
    assert matrices["fog"].sum() == 19 and matrices["night"].sum() == 361
    result = metrics.assemble(run, {"adapted": matrices}, steps={"adapted": 1}, target_labels_read=())
    assert list(result["adapted"]["subsets"]) == ["fog", "night", "rain", "none"]  # no frame is of snow
    assert result["adapted"]["subsets"]["fog"]["miou"] == 1 and result["adapted"]["subsets"]["none"]["miou"] is None
    assert result["adapted"]["subsets"]["rain"]["pixels"] == 380  # the pattern of the configuration wins
    assert set(result["gap_closed_subsets"]) == {"fog", "night", "rain", "none"}
