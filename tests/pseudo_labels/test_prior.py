"""Where the source labels have each class."""

import numpy as np
import pytest

from keras_uda.core.classes import IGNORE
from keras_uda.data.cache.conversion import encode_png
from keras_uda.data.prepared import Prepared
from keras_uda.pseudo_labels import prior as module
from keras_uda.pseudo_labels.prior import spatial_prior
from tests.toy import CLASSES
from tests.toy import HEIGHT
from tests.toy import WIDTH


def test_prior_says_where_classes_are(tmp_path):
    label = np.zeros((HEIGHT, WIDTH), "uint8")
    label[HEIGHT // 2 :] = 1
    label[0] = IGNORE
    (tmp_path / "label.png").write_bytes(encode_png(label))
    source = Prepared(["none"] * 3, [str(tmp_path / "label.png")] * 3, list("abc"), (WIDTH, HEIGHT))
    prior = spatial_prior(source, CLASSES, (20, 16))
    assert prior.shape == (16, 20, CLASSES) and prior[..., :2].max((0, 1)) == pytest.approx([1, 1])
    assert (prior[2:6, :, 0] > 0.9).all() and (prior[10:, :, 0] < 0.1).all() and (prior[10:, :, 1] > 0.9).all()
    assert not prior[..., 2:].any()


def test_at_most_so_many_labels_are_read_evenly_spread(tmp_path, monkeypatch):
    """Of nine labels, the first, the middle and the last are read; each has a class of its own."""
    for number in range(9):
        label = np.full((HEIGHT, WIDTH), IGNORE, "uint8")
        label[: HEIGHT // 2] = {0: 0, 4: 1, 8: 2}.get(number, 3)
        (tmp_path / f"{number}.png").write_bytes(encode_png(label))
    files = [str(tmp_path / f"{number}.png") for number in range(9)]
    monkeypatch.setattr(module, "LABELS_COUNTED", 3)
    prior = spatial_prior(Prepared(["none"] * 9, files, files, (WIDTH, HEIGHT)), 4, (20, 16))
    assert prior.max((0, 1)).tolist() == pytest.approx([1, 1, 1, 0])
