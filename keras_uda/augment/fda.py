"""Fourier domain adaptation: the low frequencies of another image, the phase of one's own.

Source of all: Yang and Soatto, FDA, CVPR 2020, section 3.1, https://arxiv.org/abs/2004.05498; utils/__init__.py of the
released code YanchaoYang/FDA
"""

from typing import Literal

import tensorflow as tf

from keras_uda.augment.colours import to_uint8
from keras_uda.config.ranges import HalfShare
from keras_uda.config.ranges import Share
from keras_uda.ops.random import uniform

OFFICIAL = {"form": "released"}  # options under `--preset official`


def fda(
    sample: dict,
    partner: dict,
    seed: tf.Tensor,
    *,
    beta: HalfShare = 0.01,
    chance: Share = 1.0,
    form: Literal["symmetric", "released"] = "symmetric",
) -> dict:
    """The image of a sample with the low frequencies of its partner.

    Args:
        sample, partner: with `image`, uint8 (H,W,3) RGB, of any two sizes.
        seed: int64 (2,).
        beta: largest frequency that is taken over, as a share of the smaller side of the image.
        chance: that the image is changed.
        form: `symmetric`, or `released`, the window and the inverse of the released training code; see `transfer`.
    """
    image, like = sample["image"], partner["image"]
    drawn = uniform([], seed) < chance
    return {**sample, "image": tf.cond(drawn, lambda: to_uint8(transfer(image, like, beta, form)), lambda: image)}


def transfer(image: tf.Tensor, like: tf.Tensor, beta: float, form: str = "symmetric") -> tf.Tensor:
    """`image` with the amplitudes of `like` in a window of low frequencies, channel by channel.

        F(x') = |F(x_like)| e^(i phase F(x))   where |k_y| <= b and |k_x| <= b;   F(x) elsewhere

    b = floor(beta min(H, W)) of `image`. The released training code has the window -b <= k < b, which is not symmetric,
    and its inverse reads the left half of the spectrum, so that the right half of the window has no effect; at b = 0
    nothing changes, where the symmetric window still takes over the mean. Its NumPy demonstration is symmetric.

    Args:
        image: RGB (H,W,3), 0..255.
        like: the same, of any size; it is brought to that of `image`.
        beta, form: see `fda`.
    Returns:
        float32 (H,W,3), not limited to 0..255.
    """
    image = tf.convert_to_tensor(image)
    size = tf.shape(image)[:2]
    spectrum, amplitude = half_spectrum(image), tf.abs(half_spectrum(resized(like, image)))
    # Where the own amplitude is 0 the phase is 0 as well.
    unit = tf.where(spectrum == 0, tf.ones_like(spectrum), spectrum / tf.cast(tf.abs(spectrum), spectrum.dtype))
    taken = tf.where(window(size, beta, form), tf.cast(amplitude, spectrum.dtype) * unit, spectrum)
    return tf.transpose(tf.signal.irfft2d(taken, size), (1, 2, 0))


def half_spectrum(image: tf.Tensor) -> tf.Tensor:
    """complex64 (3, H, W // 2 + 1): the frequencies of every channel; the others are their conjugates."""
    return tf.signal.rfft2d(tf.transpose(tf.cast(image, "float32"), (2, 0, 1)))


def resized(like: tf.Tensor, image: tf.Tensor) -> tf.Tensor:
    """`like` at the size of `image`, float32; as it is where the sizes are the same."""
    size = image.shape[:2] if image.shape.is_fully_defined() else tf.shape(image)[:2]
    return tf.image.resize(tf.cast(like, "float32"), size, antialias=True)


def window(size: tf.Tensor, beta: float, form: str) -> tf.Tensor:
    """The frequencies of a half spectrum that are taken over: bool (H, W // 2 + 1).

    Args:
        size: int32 (2,), H and W.
        beta, form: see `fda`.
    """
    reach = tf.cast(tf.floor(tf.cast(tf.reduce_min(size), "float64") * beta), "int32")
    rows, columns = (signed_frequencies(side) for side in tf.unstack(size))
    last = 0 if form == "symmetric" else 1
    rows, columns = ((-reach <= one) & (one <= reach - last) for one in (rows, columns))
    return rows[:, None] & columns[None, : size[1] // 2 + 1]


def signed_frequencies(side: tf.Tensor) -> tf.Tensor:
    """int32 (side,): 0, 1, ..., -2, -1 waves over a side, in the order of the transform; half a side is negative."""
    places = tf.range(side)
    return tf.where(places < (side + 1) // 2, places, places - side)
