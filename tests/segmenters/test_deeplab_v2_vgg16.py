"""DeepLab-v2 on VGG-16: numbers of parameters, sizes, one level."""

import pytest

from keras_uda.config.schema import SegmenterConfig
from keras_uda.core.errors import UsageError
from keras_uda.segmenters import deeplab_v2_vgg16 as module
from keras_uda.segmenters.build import build_segmenter
from keras_uda.segmenters.deeplab_v2_vgg16 import deeplab_v2_vgg16
from tests.segmenters.counting import VGG16_CONVOLUTIONS
from tests.segmenters.counting import count


def test_deeplab_vgg16_has_the_published_numbers():
    classes, dilations = 19, (6, 12, 18, 24)
    model = deeplab_v2_vgg16(classes, weights="none")
    dense = (9 * 512 * 1024 + 1024) + (9 * 1024 * 1024 + 1024)
    head = len(dilations) * (9 * 1024 * classes + classes)
    assert model.count_params() == VGG16_CONVOLUTIONS + dense + head == count(model.trainable_variables)
    shapes = model.compute_output_shape((1, 360, 640, 3))
    assert (shapes["logits"], shapes["features"]) == ((1, 45, 80, classes), (1, 45, 80, 1024))
    assert [model.get_layer(f"features.{i}").dilation_rate for i in (21, 23, 27, 29, 31)] == [
        (d, d) for d in (1, 2, 2, 4, 4)
    ]
    assert model.head_names == ()


def test_two_levels_are_refused_where_there_is_one(monkeypatch):
    monkeypatch.setattr(module, "STAGES", ((4, 2), (4, 2), (4, 3), (8, 3), (8, 3)))
    with pytest.raises(UsageError, match="`deeplab_v2_vgg16` has one level"):
        build_segmenter(SegmenterConfig(name="deeplab_v2_vgg16", weights="none", levels=2), 3)
