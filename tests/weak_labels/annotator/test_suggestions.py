"""Places to click are what the segmenter suggests, in pixels of the stored image; it is asked once."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_uda.data.decoding import decode_image
from keras_uda.weak_labels.annotator import suggestions as module
from keras_uda.weak_labels.annotator.session import Session
from keras_uda.weak_labels.suggest import Suggester
from tests.weak_labels.annotator.test_prefill import CLASSES
from tests.weak_labels.annotator.test_prefill import IMAGES
from tests.weak_labels.annotator.test_prefill import folder  # noqa: F401 - a fixture


def found(folder, count: int = 3):  # noqa: F811
    return module.suggestions(folder / "model", folder / "images", IMAGES, folder / "tags.csv", count)


def test_places_are_those_of_the_segmenter(folder):  # noqa: F811
    Image.fromarray(np.random.default_rng(5).integers(0, 256, (96, 64, 3)).astype("uint8")).save(
        folder / "images" / "1.png"
    )
    places, suggest = found(folder), Suggester(folder / "model")
    assert suggest.size == (32, 32)
    for name, (across, down) in {"0.png": (1, 1), "1.png": (2, 3)}.items():
        wanted = suggest(decode_image(tf.constant(str(folder / "images" / name)), (32, 32)), 3)
        middle = [(across * one.column + across // 2, down * one.row + down // 2) for one in wanted]
        assert [tuple(place) for place in places[name].tolist()] == middle
    assert places["broken.png"].shape == (0, 2)


def test_they_are_kept_for_the_same_segmenter_and_number(folder, monkeypatch):  # noqa: F811
    first = found(folder)
    with monkeypatch.context() as patch:
        patch.setattr(module, "places_in", lambda *_: pytest.fail("asked again"))
        again = found(folder)
    assert all(np.array_equal(again[image], first[image]) for image in IMAGES)
    assert len(found(folder, 2)["0.png"]) == 2
    (folder / "tags.places.npz").write_bytes(b"PK")
    assert len(found(folder)["0.png"]) == 3


def test_the_page_gets_them_in_their_order(folder):  # noqa: F811
    places = found(folder)
    session = Session(folder / "images", IMAGES, folder / "tags.csv", CLASSES, None, places)
    for number, image in enumerate(IMAGES):
        shown = [(place["x"], place["y"]) for place in session.item(number)["suggestions"]]
        assert shown == [tuple(place) for place in places[image].tolist()]
    assert Session(folder / "images", IMAGES, folder / "tags.csv", CLASSES).item(0)["suggestions"] == []
