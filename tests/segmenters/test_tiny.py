"""The network of tests: every option has its effect."""

import numpy as np
import pytest

from keras_uda.segmenters.blocks import BatchNorm
from keras_uda.segmenters.tiny import tiny

IMAGE = np.random.default_rng(0).uniform(0, 255, (1, 17, 23, 3)).astype("float32")


@pytest.mark.parametrize("width", [8, 3])
def test_width_is_that_of_the_first_layer(width):
    model = tiny(5, width=width)
    assert model.get_layer("stride2_conv").filters == width
    assert [skip.shape[-1] for skip in model.output["skips"].values()] == [width, 2 * width]
    assert tiny(5).count_params() == tiny(5, width=8).count_params()


def test_any_size_gives_logits_at_stride_4():
    outputs = tiny(5)(IMAGE)
    assert outputs["logits"].shape == (1, 5, 6, 5) and outputs["features"].shape[:3] == (1, 5, 6)


def test_a_second_level_is_a_head_of_its_own():
    assert tiny(5).head_names == ("logits",)
    model = tiny(5, levels=2)
    assert set(model.head_names) == {"logits", "aux_logits"}
    assert model(IMAGE)["aux_logits"].shape == (1, 5, 6, 5)


@pytest.mark.parametrize("mode", ["live", "batch_stats", "frozen"])
def test_the_mode_reaches_every_batch_norm(mode):
    norms = [layer for layer in tiny(5, batch_norm=mode).layers if isinstance(layer, BatchNorm)]
    assert len(norms) == 4 and {norm.mode for norm in norms} == {mode}
