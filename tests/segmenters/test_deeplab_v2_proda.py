"""ProDA's head: numbers of parameters, sizes, groups."""

import json

import numpy as np
import pytest

from keras_uda.segmenters import deeplab_v2
from keras_uda.segmenters.deeplab_v2_proda import deeplab_v2_resnet101_proda
from tests.conftest import shared_path
from tests.segmenters.counting import count


@pytest.mark.slow
@pytest.mark.ci
def test_proda_has_the_published_numbers():
    facts = json.loads(shared_path("reference/vectors/deeplabv2_resnet101.json").read_text())
    expected = facts["summary"]["proda"]
    model = deeplab_v2_resnet101_proda(expected["num_classes"], weights="none")
    moving = [v for layer in model.layers for v in layer.weights if v.name.startswith("moving")]
    assert model.count_params() - count(moving) == expected["parameters_total"]
    assert count(model.trainable_variables) == expected["parameters_trainable"]
    assert count(moving) == expected["buffers_total_without_counters"]
    groups = expected["optimizer_groups"]
    heads = [v for name in model.head_names for v in model.get_layer(name).trainable_variables]
    assert (len(heads), count(heads)) == (groups["10x"]["unique_tensors"], groups["10x"]["unique_parameters"])
    rest = [(layer, v) for layer in model.layers if layer.name not in model.head_names for v in layer.trainable_weights]
    times = [model.repeats.get(layer.name, 1) for layer, _ in rest]
    assert {str(n): times.count(n) for n in set(times)} == groups["1x"]["multiplicity_histogram"]
    shapes = model.compute_output_shape((1, 160, 320, 3))
    assert (shapes["logits"], shapes["features"]) == ((1, 21, 41, expected["num_classes"]), (1, 21, 41, 256))


def test_proda_feature_norm_is_one_batch_norm_in_the_head_group(monkeypatch):
    monkeypatch.setattr(deeplab_v2, "STAGES", ((4, 1, 1, 1), (4, 1, 2, 1), (4, 1, 1, 2), (8, 1, 1, 4)))
    model = deeplab_v2_resnet101_proda(2, weights="none", feature_norm=True, batch_norm="batch_stats")
    assert "bn_pretrain" in model.head_names
    assert count(model.get_layer("bn_pretrain").weights) == 4 * 32
    outputs = model(np.zeros((1, 33, 65, 3), "float32"), training=True)
    assert outputs["logits"].shape == (1, 5, 9, 2) and np.isfinite(outputs["logits"]).all()
