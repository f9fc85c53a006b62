"""Open classes: their pixels, and what a model calls them."""

import numpy as np
import pytest
from PIL import Image

from keras_uda.data.domains import OpenLabels
from keras_uda.evaluation.open_classes import OpenCounts
from keras_uda.evaluation.open_classes import sentence
from keras_uda.segmenters.inference import Prediction


@pytest.fixture
def counts(tmp_path):
    """Two frames of two classes (0, 1) and the open ones van (2), cow (3) and tram, which is nowhere."""
    labels = {"a": [[0, 1, 2, 2], [255, 3, 2, 2]], "b": [[0, 0, 0, 255], [3, 3, 3, 1]]}
    for name, label in labels.items():
        Image.fromarray(np.uint8(label)).save(tmp_path / f"{name}.png")
    files = {name: str(tmp_path / f"{name}.png") for name in labels}
    counts = OpenCounts(OpenLabels(("van", "cow", "tram"), files), ("road", "car"))
    maps = {"adapted": [[[0, 1, 1, 1], [0, 0, 1, 0]], [[0, 0, 0, 0], [1, 0, 0, 1]]]}
    maps["source_only"] = [np.zeros((2, 4), int)] * 2
    for who, both in maps.items():
        for name, label_map in zip("ab", both, strict=True):
            counts.add(who, Prediction(name, None, None, np.uint8(label_map), None, None))
    return counts


def test_pixels_are_counted_once_and_names_for_every_model(counts):
    found = counts.to_json()
    assert list(found) == ["van", "cow"]
    assert found["van"]["pixels"] == 4 and found["van"]["share"] == pytest.approx(4 / 14)
    assert found["van"]["predicted"] == {"adapted": {"car": 0.75, "road": 0.25}, "source_only": {"road": 1.0}}
    assert found["cow"]["pixels"] == 4 and found["cow"]["predicted"]["adapted"] == {"road": 0.75, "car": 0.25}


def test_it_is_said_in_a_sentence(counts):
    text = sentence(counts.to_json(), "adapted")
    assert "van (28.6 % of the labelled pixels; called car 75 %, road 25 %)" in text


def test_a_sentence_tells_the_largest_ones():
    content = {f"class {n}": {"share": n / 100, "predicted": {}} for n in range(1, 10)}
    text = sentence(content, "adapted")
    assert text.index("class 9") < text.index("class 4") and "class 3" not in text and "3 smaller ones" in text
