"""The batches of a stage go on where those of the stages before it stopped."""

import numpy as np
import pytest

from keras_uda.config.stage_schema import StageConfig
from keras_uda.data.cache.conversion import encode_png
from keras_uda.data.prepared import Prepared
from keras_uda.training.stage_data import StageData
from keras_uda.training.stage_data import batches_of
from tests.stages import make_stages


@pytest.fixture
def source(tmp_path):
    """Images whose first pixel is their number."""
    images, labels = [], []
    for number in range(24):
        image = tmp_path / f"{number}.png"
        image.write_bytes(encode_png(np.full((4, 6, 3), number, "uint8")))
        label = tmp_path / f"{number}_label.png"
        label.write_bytes(encode_png(np.zeros((4, 6), "uint8")))
        images, labels = [*images, str(image)], [*labels, str(label)]
    return Prepared(images, labels, images, (6, 4))


def drawn(stage, source, first: int, steps: int) -> list[list[int]]:
    batches = batches_of(stage, StageData(source, None))(first, steps)
    return [batch["source"]["image"][:, 0, 0, 0].numpy().tolist() for batch in batches]


def test_two_stages_draw_what_one_long_stage_draws(tmp_path, source):
    (whole,) = make_stages(tmp_path, one=StageConfig("source_only", 6))
    first, second = make_stages(tmp_path, one=StageConfig("source_only", 2), two=StageConfig("source_only", 4))
    assert drawn(first, source, 0, 2) + drawn(second, source, 0, 4) == drawn(whole, source, 0, 6)


def test_a_resumed_stage_draws_what_it_would_have_drawn(tmp_path, source):
    (stage,) = make_stages(tmp_path, one=StageConfig("source_only", 6))
    assert drawn(stage, source, 4, 2) == drawn(stage, source, 0, 6)[4:]
