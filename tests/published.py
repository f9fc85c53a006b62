"""The tiny network of the iteration vectors, built from the arrays of a file, and comparison with what is stored."""

import keras
import numpy as np

from tests.conftest import assert_matches

HEAD_RATE = 10.0  # "groups: conv1+conv2 at lr, aux+main at 10*lr"


def published_segmenter(arrays: dict[str, np.ndarray], levels: int) -> keras.Model:
    """conv1 3x3 s2 + relu -> aux 1x1; conv2 3x3 dilation 2 + relu -> main 3x3, zero padding as PyTorch."""
    image = keras.Input((None, None, 3))
    first = _convolution(arrays, "conv1", image, padding=1, strides=2, activation="relu")
    features = _convolution(arrays, "conv2", first, padding=2, dilation_rate=2, activation="relu")
    outputs = {"logits": _convolution(arrays, "main", features, padding=1), "features": features}
    if levels == 2:
        outputs["aux_logits"] = _convolution(arrays, "aux", first, padding=0)
    model = keras.Model(image, outputs)
    model.head_names = ("main", "aux")[:levels]
    set_weights(arrays, "param_seg", model)
    return model


def _convolution(arrays, name, x, padding, **options):
    height, width, _, filters = arrays[f"param_seg_{name}_kernel"].shape
    x = keras.layers.ZeroPadding2D(padding)(x)
    return keras.layers.Conv2D(filters, (height, width), name=name, **options)(x)


def convolutions(model) -> dict[str, keras.layers.Layer]:
    """Convolutions by the names of the vectors: of the segmenter, or `0` to `4` of a discriminator."""
    if isinstance(model, keras.Model):
        return {layer.name: layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)}
    return {str(number): layer for number, layer in enumerate((*model.hidden, model.score))}


def set_weights(arrays, prefix: str, model) -> None:
    for name, layer in convolutions(model).items():
        layer.kernel.assign(arrays[f"{prefix}_{name}_kernel"])
        layer.bias.assign(arrays[f"{prefix}_{name}_bias"])


def assert_weights(arrays, meta, prefix: str, model) -> None:
    for name, layer in convolutions(model).items():
        assert_matches(layer.kernel, arrays, meta, f"{prefix}_{name}_kernel")
        assert_matches(layer.bias, arrays, meta, f"{prefix}_{name}_bias")


def assert_gradients(arrays, meta, prefix: str, model, gradients: dict) -> None:
    """`gradients` by path of the variable; what the file stores of them is compared."""
    stored = [key for key in arrays if key.startswith(prefix)]
    layers = convolutions(model)
    assert stored
    for key in stored:
        name, kind = key.removeprefix(f"{prefix}_").rsplit("_", 1)
        assert_matches(gradients[getattr(layers[name], kind).path], arrays, meta, key)


def record_gradients(optimizer) -> dict:
    """Path of variable -> gradient of the latest step, filled by every step from now on (in eager mode)."""
    received, apply = {}, optimizer.apply

    def recorded(gradients, variables):
        for gradient, variable in zip(gradients, variables, strict=True):
            received[variable.path] = np.asarray(gradient)
        apply(gradients, variables)

    optimizer.apply = recorded
    return received


def batch(arrays, iteration: int) -> dict:
    """The batch of one iteration in our form."""
    source = {"image": arrays[f"in_source_{iteration}"], "label": arrays[f"in_labels_{iteration}"]}
    return {"source": source, "target": {"image": arrays[f"in_target_{iteration}"]}}
