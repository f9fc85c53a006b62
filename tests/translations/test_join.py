"""Translations beside the images that they were made of, with their labels."""

from types import SimpleNamespace

import numpy as np
import pytest

from keras_uda.data.prepared import Prepared
from keras_uda.translations.join import with_translations

SOURCE = Prepared(["1.png", "2.png"], ["y1.png", "y2.png"], ["one", "two"], (4, 4), digests=["d1", "d2"])
SOURCE.extras["more"] = np.array([1, 2])
ENTRIES = {"two": {"sha256": "t2"}, "one": {"sha256": "t1"}, "left over": {"sha256": "t3"}}
FOLDER = SimpleNamespace(files=lambda: {"two": "t/2.png", "one": "t/1.png"}, entries=ENTRIES)


@pytest.mark.parametrize("originals", [True, False])
def test_each_translation_has_the_label_of_its_original(originals):
    found = with_translations(SOURCE, FOLDER, originals)
    first = ["1.png", "2.png"] if originals else []
    times = 1 + originals
    assert found.images == [*first, "t/1.png", "t/2.png"]
    assert found.labels == ["y1.png", "y2.png"] * times and found.extras["more"].tolist() == [1, 2] * times
    assert found.names[-2:] == ["translated/one", "translated/two"] and found.digests[-2:] == ["t1", "t2"]
    assert len(found.names) == len(found.digests) == len(found)
    assert SOURCE.images == ["1.png", "2.png"]
