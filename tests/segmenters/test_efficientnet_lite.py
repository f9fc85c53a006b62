"""EfficientNet-Lite segmenters: sizes, the ImageNet start, and where the backbone is cut."""

import numpy as np
import pytest

from keras_uda.config.schema import SegmenterConfig
from keras_uda.segmenters.build import build_segmenter
from keras_uda.segmenters.efficientnet_lite_backbone import VARIANTS
from keras_uda.segmenters.efficientnet_lite_backbone import weights_path
from keras_uda.segmenters.weights.torch_files import read_state_dict


@pytest.mark.parametrize("name", VARIANTS)
def test_every_size_gives_logits_at_stride_4(name):
    model = build_segmenter(SegmenterConfig(name, weights="none", levels=2), 5)
    for height, width in ((48, 64), (33, 65), (32, 32)):
        outputs = model(np.zeros((1, height, width, 3), "float32"), training=True)
        assert outputs["logits"].shape == (1, -(-height // 4), -(-width // 4), 5)
        assert outputs["aux_logits"].shape[-1] == 5


@pytest.mark.parametrize("name", VARIANTS)
def test_imagenet_is_the_start_of_the_backbone_up_to_its_cut(name):
    model, last = build_segmenter(SegmenterConfig(name), 5), VARIANTS[name].used_blocks - 1
    state = read_state_dict(weights_path(name))
    kernel = state[f"_blocks.{last}._project_conv.weight"].transpose(2, 3, 1, 0)
    np.testing.assert_array_equal(model.get_layer(f"block{last}_project_conv").get_weights()[0], kernel)
    assert not any(layer.name.startswith(f"block{last + 1}_") for layer in model.layers)


def test_the_larger_ones_are_larger():
    weights = [build_segmenter(SegmenterConfig(name, weights="none"), 19).count_params() for name in VARIANTS]
    assert weights == sorted(weights) and weights[-1] > 1.5 * weights[0]
