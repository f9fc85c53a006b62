"""A prepared domain: parts of it, what is joined to it, and what may not be in it."""

import numpy as np
import pytest

from keras_uda.core.errors import DataError
from keras_uda.data.prepared import labels_of
from tests.data import making


@pytest.fixture
def ready(tmp_path):
    return making.prepared(making.make_folder(tmp_path / "data"))


def test_rows_are_taken_in_the_order_in_which_they_are_named(ready):
    joined = ready.join("weak", {name: np.float32([row]) for row, name in enumerate(ready.names)})
    part = joined.take([5, 0, 3])
    assert part.names == ["0005.png", "0000.png", "0003.png"] and part.extras["weak"][:, 0].tolist() == [5, 0, 3]
    assert part.images == [ready.images[row] for row in (5, 0, 3)] and part.digests[1] == ready.digests[0]
    assert len(ready) == 8 and ready.extras == {}


def test_labels_come_with_the_names_of_their_images(ready):
    named = dict(labels_of(ready))
    assert list(named) == ready.names
    np.testing.assert_array_equal(named["0002.png"], making.ids(2, [0, 2, 8, 10, 13, 255]))


def test_training_on_frames_to_score_is_refused(tmp_path):
    root = making.make_folder(tmp_path / "data")
    making.make_folder(root, ["x", "y"], split="val", seed=100)
    train, val = (making.prepared(root, split, labels=False) for split in ("train", "val"))
    train.must_not_share(val)
    (root / "images/val/x.png").write_bytes((root / "images/train/0003.png").read_bytes())
    with pytest.raises(DataError, match="0003.png .also to score on: x.png"):
        train.must_not_share(making.prepared(root, "val", labels=False))


def test_extras_are_joined_by_name(tmp_path):
    ready = making.prepared(making.make_folder(tmp_path / "data"))
    values = {name: np.full(3, number) for number, name in enumerate(reversed(ready.names))}
    assert ready.join("weak", values).extras["weak"][:, 0].tolist() == list(range(7, -1, -1))
    with pytest.raises(DataError, match="1 of 8"):
        ready.join("weak", {name: values[name] for name in ready.names[1:]})
