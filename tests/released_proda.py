"""ProDA's tiny network and optimisers of the stored iterations, and the three methods on the toy segmenter."""

import keras
import numpy as np

from keras_uda.config.stage_schema import OptimizerConfig
from keras_uda.methods.proda import ProDA
from keras_uda.optimizers.build import build_optimizer
from tests.notes import numbers_after
from tests.published import record_gradients
from tests.toy import CLASSES
from tests.toy import HEIGHT
from tests.toy import WIDTH
from tests.toy import toy_batch
from tests.toy import toy_optimizers
from tests.toy import toy_segmenter


def released_segmenter(arrays) -> keras.Model:
    """conv1 5x5 s4 + relu -> conv2 3x3 s2 = features -> 1x1 = logits, zero padding as PyTorch."""
    image = keras.Input((None, None, 3))
    x = image
    for name, padding, strides, activation in (("conv1", 2, 4, "relu"), ("conv2", 1, 2, None), ("cls", 0, 1, None)):
        height, width, _, filters = arrays[f"param_{name}_kernel"].shape
        features = x
        x = keras.layers.ZeroPadding2D(padding)(x)
        x = keras.layers.Conv2D(filters, (height, width), strides, activation=activation, name=name)(x)
    model = keras.Model(image, {"logits": x, "features": features})
    model.head_names = ()
    return model


def compiled(method, meta):
    """With the optimisers of the notes; the schedule is constant for one step."""
    rate, momentum, decay = numbers_after(meta, "SGD lr ", count=3)
    arguments = {"momentum": momentum, "weight_decay": decay}
    configs = {"segmenter": OptimizerConfig("sgd", rate, arguments=arguments)}
    if "discriminator" in method.trains:
        rate, *betas = numbers_after(meta, "Adam lr ", count=3)
        configs["discriminator"] = OptimizerConfig("adam", rate, arguments={"betas": betas})
    method.compile({p: build_optimizer(configs[p], 100, method.segmenter) for p in method.trains}, run_eagerly=True)
    return {part: record_gradients(optimizer) for part, optimizer in method.optimizers.items()}


def labels_of(arrays):
    return np.where(arrays["in_labels"] == 250, 255, arrays["in_labels"])


def soft_batch(seed: int = 0, **options) -> dict:
    batch = toy_batch(seed=seed, **options)
    size = len(batch["target"]["image"])
    shares = np.random.default_rng(seed).dirichlet(np.ones(CLASSES), (size, HEIGHT // 4, WIDTH // 4))
    batch["target"]["soft_label"] = np.round(shares * 65535).astype("uint16")
    return batch


def toy(kind=ProDA, **arguments):
    method = kind(toy_segmenter(), **arguments)
    method.compile(toy_optimizers(method), run_eagerly=True)
    return method


def without(arrays, prefix):
    return {key: value for key, value in arrays.items() if not key.startswith(prefix)}
