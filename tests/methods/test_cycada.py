"""CyCADA: losses, gradients and a step of the published library, what the weights switch off, and the pool."""

import keras
import numpy as np
import pytest

from keras_uda.config.stage_schema import OptimizerConfig
from keras_uda.core.errors import ConfigurationError
from keras_uda.methods.cycada import CyCADA
from keras_uda.optimizers.build import build_optimizer
from tests.conftest import assert_matches
from tests.conftest import load_vectors
from tests.published import record_gradients
from tests.toy import toy_batch
from tests.toy import toy_method
from tests.toy import toy_segmenter

# Name in the log -> name of the loss in the library, and of the weight that its value includes.
LIBRARY = {
    "adversarial_to_target": ("G_S2T", None),
    "adversarial_to_source": ("G_T2S", None),
    "discriminator_source": ("D_S", None),
    "discriminator_target": ("D_T", None),
    "cycle_source": ("cycle_S", "cycle"),
    "cycle_target": ("cycle_T", "cycle"),
    "identity_source": ("identity_S", "identity"),
    "identity_target": ("identity_T", "identity"),
    "semantic_to_target": ("semantic_S2T", "semantic"),
    "semantic_to_source": ("semantic_T2S", "semantic"),
}


class Network(keras.layers.Layer):
    """Two convolutions of the library: the first with an activation, the second with another."""

    def __init__(self, arrays, name, strides, activations):
        super().__init__(name=name)
        self.activations, self.convolutions = activations, []
        for number, stride in enumerate(strides):
            kernel, bias = (arrays[f"param_{name}_{number}_{kind}"] for kind in ("kernel", "bias"))
            layer = keras.layers.Conv2D(kernel.shape[-1], kernel.shape[0], strides=stride, name=f"{name}_{number}")
            layer.build((None, None, None, kernel.shape[2]))
            layer.set_weights([kernel, bias])
            self.convolutions.append(layer)
        self.built = True

    def call(self, maps):
        for layer, activation in zip(self.convolutions, self.activations, strict=True):
            border = 0 if layer.kernel_size == (1, 1) else 1
            maps = activation(layer(keras.ops.pad(maps, ((0, 0), (border, border), (border, border), (0, 0)))))
        return maps


class Both(keras.layers.Layer):
    """Two networks under the names that the method gives them."""

    def __init__(self, **networks):
        super().__init__()
        for name, network in networks.items():
            setattr(self, name, network)
        self.built = True


def leaky(maps):
    return keras.ops.leaky_relu(maps, negative_slope=0.2)


def same(maps):
    return maps


def library_segmenter(arrays) -> keras.Model:
    image = keras.Input(arrays["in_source"].shape[1:])
    as_it_is = keras.layers.Rescaling(1 / 127.5, offset=-1)(image)
    return keras.Model(image, {"logits": Network(arrays, "P", (1, 1), (keras.ops.relu, same))(as_it_is)})


def library_method(arrays, hyper) -> CyCADA:
    weights = {f"{name}_weight": hyper[name] for name in ("cycle", "identity", "semantic")}
    small = {"generator_base": 1, "generator_depth": 1, "discriminator_base": 1}
    method = CyCADA(library_segmenter(arrays), pool_size=hyper["pool"], **weights, **small)
    generators = [Network(arrays, name, (1, 1), (keras.ops.relu, keras.ops.tanh)) for name in ("GST", "GTS")]
    method.generators = Both(to_target=generators[0], to_source=generators[1])
    discriminators = [Network(arrays, name, (2, 1), (leaky, same)) for name in ("DS", "DT")]
    method.discriminators = Both(source=discriminators[0], target=discriminators[1])
    betas = {"betas": (hyper["beta1"], hyper["adam_betas"][1])}
    adam = OptimizerConfig("adam", hyper["lr"], arguments=betas, schedule={})
    method.compile({part: build_optimizer(adam, 10) for part in method.trains}, run_eagerly=True)
    return method


def networks(method) -> dict[str, Network]:
    return {
        "GST": method.generators.to_target,
        "GTS": method.generators.to_source,
        "DS": method.discriminators.source,
        "DT": method.discriminators.target,
    }


def test_a_step_of_the_library():
    arrays, meta = load_vectors("cycada_losses")
    hyper = meta["hyper"]
    method = library_method(arrays, hyper)
    images = {domain: 127.5 * (arrays[f"in_{domain}"].astype("float64") + 1) for domain in ("source", "target")}
    source, target = (arrays[f"in_{domain}"] for domain in ("source", "target"))
    fakes = method.generators.to_target(source), method.generators.to_source(target)
    assert_matches(fakes[0], arrays, meta, "out_fake_target")
    assert_matches(fakes[1], arrays, meta, "out_fake_source")
    assert_matches(method.generators.to_source(fakes[0]), arrays, meta, "out_cycled_source")
    predicted = np.argmax(method.predict_logits(target), axis=-1)
    assert_matches(predicted.astype("int32"), arrays, meta, "out_target_prediction")

    received = {part: record_gradients(optimizer) for part, optimizer in method.optimizers.items()}
    segmenter = [np.array(one) for one in method.segmenter.get_weights()]
    batch = {"source": {"image": images["source"], "label": arrays["in_labels"]}, "target": {"image": images["target"]}}
    logs = method.train_step(batch)

    places = {name: place for place, name in enumerate(hyper["losses"])}
    found = np.zeros(len(places))
    for name, (theirs, weight) in LIBRARY.items():
        found[places[theirs]] = float(logs[name]) * (hyper[weight] if weight else 1)
    assert_matches(found, arrays, meta, "out_losses")
    for name, network in networks(method).items():
        part = "generators" if name[0] == "G" else "discriminators"
        for number, layer in enumerate(network.convolutions):
            for kind in ("kernel", "bias"):
                key, variable = f"{name}_{number}_{kind}", getattr(layer, kind)
                assert_matches(received[part][variable.path], arrays, meta, f"grad1_{key}")
                assert_matches(variable, arrays, meta, f"after1_{key}")
    assert all(np.array_equal(*pair) for pair in zip(segmenter, method.segmenter.get_weights(), strict=True))


def test_weights_of_zero_switch_terms_off():
    method = toy_method("cycada", arguments={"semantic_weight": 0.0, "identity_weight": 0.0})
    logs = {name: float(value) for name, value in method.train_step(toy_batch("cycada")).items()}
    off = {name for name, value in logs.items() if value == 0}
    assert off == {"identity_source", "identity_target", "semantic_to_target", "semantic_to_source"}


def test_the_discriminators_see_old_translations():
    method = toy_method("cycada", arguments={"pool_size": 2})
    for seed in range(3):
        method.train_step(toy_batch("cycada", seed=seed))
    assert int(method.target_pool.filled) == int(method.source_pool.filled) == 2
    assert np.ptp(np.asarray(method.target_pool.images)) > 0


def test_the_pool_must_know_sizes():
    segmenter = toy_segmenter()
    free = keras.models.clone_model(segmenter, input_tensors=keras.Input((None, None, 3)))
    with pytest.raises(ConfigurationError, match="size"):
        CyCADA(free, generator_base=2, generator_depth=2, discriminator_base=2)
    sizes = ((32, 40), (16, 24))
    method = CyCADA(free, generator_base=2, generator_depth=2, discriminator_base=2, pool_size=3, image_sizes=sizes)
    assert method.target_pool.images.shape == (3, 32, 40, 3) and method.source_pool.images.shape == (3, 16, 24, 3)


def test_pictures_are_of_both_domains():
    method, batch = toy_method("cycada"), toy_batch("cycada")
    pictures = method.pictures(batch)
    assert len(pictures) == 6
    np.testing.assert_array_equal(pictures["source"], batch["source"]["image"])
    assert all(images.dtype == np.uint8 and images.shape == (2, 32, 40, 3) for images in pictures.values())
