"""int8 takes the range of a summand, not that of the sum which is written over its memory."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.artefacts.litert_ops import litert_ops
from keras_uda.artefacts.runners import LiteRT
from keras_uda.export import litert
from keras_uda.export.activation_ranges import measure
from keras_uda.export.activation_ranges import recorded
from keras_uda.export.activation_ranges import with_true_ranges
from tests.export.models import graph_of


@pytest.fixture(scope="module")
def residual() -> keras.Model:
    """Three blocks whose branches are a fortieth of what they are added to."""
    keras.utils.set_random_seed(0)
    image = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(16, 3, padding="same", activation="relu")(keras.layers.Rescaling(1 / 32)(image))
    for _ in range(3):
        branch = keras.layers.Conv2D(16, 3, padding="same", activation="relu")(x)
        branch = keras.layers.Conv2D(16, 1, kernel_initializer=keras.initializers.RandomNormal(stddev=0.01))(branch)
        x = keras.layers.ReLU()(keras.layers.Add()([branch, x]))
    return keras.Model(image, {"logits": keras.layers.Conv2D(5, 1, name="head")(x), "features": x})


@pytest.fixture(scope="module")
def graph(residual, tmp_path_factory):
    return graph_of(residual, (32, 24), tmp_path_factory.mktemp("residual") / "graph")


@pytest.fixture(scope="module")
def frames() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (6, 24, 32, 3)).astype("uint8")


def calibrated(graph, frames) -> bytes:
    """What the converter itself records."""
    converter = litert._converter(graph)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([frame[None]] for frame in frames)
    return bytes(litert._Quantizer(converter=converter).calibrated_model)


def test_recorded_ranges_become_those_of_the_frames(graph, frames):
    model = calibrated(graph, frames[:1])
    corrected = with_true_ranges(model, frames)
    truth = measure(model, frames)
    assert len(truth) >= 8 and len(corrected) == len(model)
    assert measure(corrected, frames) == truth  # weights and graph are as they were
    written = recorded(corrected)
    for index, (low, high) in truth.items():
        assert written[index][0][0] == np.float32(low) and written[index][1][0] == np.float32(high)


def test_the_converter_takes_the_sum_for_its_summand(graph, frames):
    """Why this exists; when it fails, the converter measures rightly and `ranges` can go."""
    model = calibrated(graph, frames)
    believed = recorded(model)
    factors = [believed[index][1][0] / high for index, (_, high) in measure(model, frames).items() if high > 0]
    assert sum(factor > 10 for factor in factors) >= 3


def test_a_branch_keeps_its_own_range(residual, graph, frames):
    """Slowly: every convolution of the branch, by Keras."""
    branch = keras.Model(residual.input, [layer.input[0] for layer in residual.layers if "add" in layer.name])
    outputs = [np.asarray(output) for output in branch(frames.astype("float32"))]
    truth = measure(calibrated(graph, frames[:1]), frames)
    ranges = np.array(list(truth.values()))
    for output in outputs:
        expected = output.min(), output.max()
        assert np.isclose(ranges, expected, rtol=1e-3, atol=1e-4).all(axis=1).any()


def test_the_peer_of_the_converter_stays_close_as_well(graph, frames):
    pytest.importorskip("ai_edge_quantizer", reason="the extra `quantizer` is not installed")
    from keras_uda.export import edge_quantizer

    model = litert.convert(graph)
    small = edge_quantizer.quantize(model, frames)
    assert (LiteRT(model)(frames)[0] == LiteRT(small)(frames)[0]).mean() >= 0.98
    kinds = [kind for kind, name in litert_ops(small) if name in litert.ends(model)]
    assert kinds == [kind for kind, name in litert_ops(model) if name in litert.ends(model)]
    assert "QUANTIZE" in [kind for kind, _ in litert_ops(small)]


def test_int8_of_a_residual_network_stays_close(graph, frames):
    exact = LiteRT(litert.convert(graph))(frames)[0]
    small = LiteRT(litert.convert(graph, "int8", frames))(frames)[0]
    assert (exact == small).mean() >= 0.98
