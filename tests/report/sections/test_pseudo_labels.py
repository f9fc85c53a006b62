"""The figures of the report on pseudo-labels, out of their manifest."""

from keras_uda.report.sections.pseudo_labels import covered
from keras_uda.report.sections.pseudo_labels import rows

MANIFEST = {
    "coverage": 0.201,
    "predicted": {"road": 60, "car": 40},
    "pixels": {"road": 15, "car": 5},
    "thresholds": {"road": 0.91234, "car": 0.5},
    "settings": {"policy": "class_balanced", "portion": 0.2, "threshold": 0.9},
}


def test_a_class_has_its_threshold_shares_and_pixels():
    assert rows(("road", "car"), [MANIFEST]) == [["road", 0.9123, 60.0, 75.0, 15], ["car", 0.5, 40.0, 25.0, 5]]


def test_the_portion_or_the_threshold_is_told():
    assert covered("round_1", MANIFEST) == "round_1: 20.1 % (class_balanced, portion 0.2)"
    settings = {"policy": "confidence", "portion": 0.2, "threshold": 0.9}
    assert covered("round_1", MANIFEST | {"settings": settings}).endswith("(confidence, threshold 0.9)")
    assert covered("adapt", {"coverage": 1.0}) == "adapt: 100.0 %"
