"""A segmenter of a few hundred weights, batches for it, and methods around it: for tests of methods."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.config import ranges
from keras_uda.config.method_spec import method_facts
from keras_uda.config.method_spec import reads_of
from keras_uda.config.names import EVERY_METHOD
from keras_uda.config.names import resolve
from keras_uda.config.stage_schema import OptimizerConfig
from keras_uda.config.stage_schema import StageConfig
from keras_uda.methods.step import Step
from keras_uda.optimizers.build import build_optimizer
from keras_uda.optimizers.sgd import CoupledSGD
from keras_uda.segmenters.two_scales import has_two_scales
from keras_uda.segmenters.two_scales import two_scales

CLASSES = 4
HEIGHT, WIDTH = 32, 40
# Values by the type of an argument: small, and the same in eager mode as under XLA.
SMALL = ((ranges.Width, 4), (ranges.WidthOrNone, 4), (ranges.Depth, 3), (ranges.BelowOne, 0.0))


def small_arguments(method: str) -> dict[str, object]:
    """Arguments that make a method small, and let all of it begin with the first step, however unsure a network is."""
    arguments = method_facts(method).arguments
    small = {name: value for name, known in arguments.items() for kind, value in SMALL if known.type is kind}
    return small | {name: 0.0 for name in arguments if name.endswith(("_start", "confidence"))}


def toy_segmenter(levels: int = 1, policy: str = "float32", batch_norm: bool = True, seed: int = 0) -> keras.Model:
    """Two convolutions, features at stride 4, one or two heads; logits in float32 under every policy."""
    keras.utils.set_random_seed(seed)
    image = keras.Input((HEIGHT, WIDTH, 3))
    x = keras.layers.Rescaling(1 / 128, offset=-1, dtype="float32")(image)
    first = _block(x, 6, policy, batch_norm, "first")
    last = _block(first, 8, policy, batch_norm, "last")
    outputs = {"logits": _head(last, "logits"), "features": last, "skips": {"stride2": first}}
    if levels == 2:
        outputs["aux_logits"] = _head(first, "aux_logits")
    model = keras.Model(image, outputs)
    model.stride, model.head_names = 4, tuple(name for name in ("logits", "aux_logits") if name in outputs)
    return model


def toy_two_scales(segmenter: keras.Model) -> keras.Model:
    """The toy segmenter at two scales, with the same weights."""
    network = keras.models.clone_model(segmenter, input_tensors=keras.Input((None, None, 3)))
    network.set_weights(segmenter.get_weights())
    network.stride, network.head_names = segmenter.stride, segmenter.head_names
    has_norm = any(isinstance(layer, keras.layers.BatchNormalization) for layer in network.layers)
    return two_scales(network, batch_norm="live" if has_norm else "frozen")


def _block(x, filters, policy, batch_norm, name):
    x = keras.layers.Conv2D(filters, 3, strides=2, padding="same", dtype=policy, name=name)(x)
    x = keras.layers.BatchNormalization(momentum=0.9, dtype=policy, name=f"{name}_bn")(x) if batch_norm else x
    return keras.layers.Activation("relu", dtype=policy)(x)


def _head(x, name):
    return keras.layers.Conv2D(CLASSES, 1, dtype="float32", name=name)(x)


def toy_batch(
    method: str | None = None,
    seed: int = 0,
    size: int = 2,
    label: int | None = None,
    colour: int | None = None,
    arguments: dict | None = None,
    add_ons: tuple[str, ...] = (),
) -> dict:
    """A batch as the pipeline gives it to a method: what it reads, or images of both domains.

    Args:
        label: of every pixel; 255: no pixel has one.
        colour: grey value of every pixel, as in a dead camera.
        arguments: of the method, where they make it read more.
        add_ons: names of those that join it, which read more.
    """
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (2, size, HEIGHT, WIDTH, 3)).astype("uint8")
    labels = rng.integers(0, CLASSES, (2, size, HEIGHT, WIDTH)).astype("uint8")
    labels[:, :, :2] = 255
    if label is not None:
        labels[:] = label
    if colour is not None:
        images[:] = colour
    distribution = rng.dirichlet(np.ones(CLASSES), size).astype("float32")
    shares = rng.dirichlet(np.ones(CLASSES), (size, HEIGHT // 4, WIDTH // 4))
    points = np.stack([rng.integers(0, most, (size, 2)) for most in (HEIGHT, WIDTH, CLASSES)], axis=-1)
    beside = {
        "label": labels[1],
        "pseudo_label": labels[1],
        "distribution": distribution,
        "soft_label": np.round(65535 * shares).astype("uint16"),
        "weak": rng.integers(-1, 2, (size, CLASSES)).astype("float32"),
        "border": rng.integers(0, 9, (size, 4)).astype("int32"),
        "points": points.astype("int32"),
    }
    stage = method and StageConfig(method=method, arguments=arguments or {}, add_ons=dict.fromkeys(add_ons, {}))
    reads = reads_of(stage) if stage else ("source", "target")
    target = {"image": images[1]} | {key: value for key, value in beside.items() if key in reads}
    both = {"source": {"image": images[0], "label": labels[0]}, "target": target}
    return {domain: content for domain, content in both.items() if domain in reads}


def toy_method(
    name: str,
    segmenter: keras.Model | None = None,
    only_sgd: bool = False,
    arguments: dict | None = None,
    still: tuple[str, ...] = (),
    compiled: bool = True,
    **options,
):
    """A method of `EVERY_METHOD` around the toy segmenter, compiled with SGD for the segmenter and Adam for the rest.

    Args:
        only_sgd: no Adam, which turns rounding errors of tiny gradients into whole steps.
        arguments: of the method, besides small ones; those that it does not have are left out.
        still: parts whose optimiser has the rate 0.
        compiled: without, add-ons can be set before `compile`.
        options: of `compile`; by default it runs eagerly, which is the fastest for few steps.
    """
    segmenter = segmenter or toy_segmenter()
    if method_facts(name).scales == 2 and not has_two_scales(segmenter):
        segmenter = toy_two_scales(segmenter)
    known = method_facts(name).arguments
    given = {key: value for key, value in (arguments or {}).items() if key in known}
    method = resolve(EVERY_METHOD, name, "methods")(segmenter, **(small_arguments(name) | given))
    if not compiled:
        return method
    optimizers = toy_optimizers(method, only_sgd) | {part: CoupledSGD(0.0) for part in still}
    method.compile(optimizers, **(options or {"run_eagerly": True}))
    return method


def toy_optimizers(method, only_sgd: bool = False) -> dict:
    # Clipped: some losses are sums, whose gradients would make large steps of rounding errors.
    sgd = OptimizerConfig("sgd", 0.01, 10.0, clip_norm=1.0, arguments={"weight_decay": 5e-4})
    adam = OptimizerConfig("adam", 0.01, arguments={"betas": (0.9, 0.99)})
    configs = {part: sgd if only_sgd or part == "segmenter" else adam for part in method.trains}
    return {part: build_optimizer(config, 100, method.segmenter) for part, config in configs.items()}


def train(method, name: str, steps: int = 1, first: int = 0) -> dict[str, float]:
    """Steps through `fit`, as training does; batch i is made from seed i. Returns the last reported losses."""
    for step in range(first, first + steps):
        logs = method.fit(tf.data.Dataset.from_tensors(toy_batch(name, seed=step)), verbose=0)
    return {key: values[-1] for key, values in logs.history.items()}


def weights_of(method) -> dict[str, list[np.ndarray]]:
    """Copies of the trainable weights of every part."""
    return {part: [np.array(v) for v in getattr(method, part).trainable_variables] for part in method.trains}


def moved(before: list[np.ndarray], after: list[np.ndarray]) -> bool:
    return any(not np.array_equal(one, other) for one, other in zip(before, after, strict=True))


def step_losses(method, batch) -> tuple[dict[str, float], dict[str, float]]:
    """(what is logged, the loss of every part) of one step."""
    seen, update = {}, Step.update
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Step, "update", lambda step: (seen.update(step.part_losses), update(step)))
        logs = method.train_step(batch)
    return {name: float(value) for name, value in logs.items()}, {part: float(loss) for part, loss in seen.items()}
