"""A segmenter of one matrix, an image of four pixels, and gradients computed by hand."""

import keras
import numpy as np

CLASSES = 3


RATE = 0.1


def pixelwise_segmenter(kernel) -> keras.Model:
    """logits = x / 255 @ kernel at every pixel."""
    image = keras.Input((2, 2, 3))
    x = keras.layers.Rescaling(1 / 255)(image)
    model = keras.Model(image, {"logits": keras.layers.Conv2D(CLASSES, 1, use_bias=False, name="logits")(x)})
    model.get_layer("logits").kernel.assign(kernel[None, None])
    return model


def probabilities(x, kernel):
    exponentials = np.exp(x @ kernel)
    return exponentials / exponentials.sum(-1, keepdims=True)


def cross_entropy_gradient(x, y, kernel):
    """d/dkernel of the mean of -log P[y]: the mean of x (P - onehot(y))."""
    labelled = y != 255
    difference = probabilities(x, kernel)[labelled] - np.eye(CLASSES)[y[labelled]]
    return x[labelled].T @ difference / labelled.sum()


def entropy_gradient(x, kernel):
    """d/dkernel of the mean of -sum P log P / log C: the mean of x (-P (log P - sum P log P) / log C)."""
    p = probabilities(x, kernel)
    by_logit = -p * (np.log(p) - np.sum(p * np.log(p), -1, keepdims=True)) / np.log(CLASSES)
    return x.T @ by_logit / len(x)


def batch_and_arrays():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2, 1, 2, 2, 3)).astype("uint8")
    labels = np.array([[[[0, 2], [255, 1]]], [[[1, 1], [2, 255]]]], "uint8")
    source, target = ({"image": images[i], "label": labels[i]} for i in range(2))
    flat = [(images[i].reshape(-1, 3) / 255.0, labels[i].ravel()) for i in range(2)]
    return {"source": source, "target": target}, flat, rng.normal(size=(3, CLASSES))


def kernel_after_a_step(kind, kernel, batch, **arguments):
    method = kind(pixelwise_segmenter(kernel), **arguments)
    method.compile({"segmenter": keras.optimizers.SGD(RATE)}, run_eagerly=True)
    method.train_step(batch)
    return method.segmenter.get_layer("logits").kernel.numpy()[0, 0]
