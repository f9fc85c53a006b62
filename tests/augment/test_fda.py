"""Low frequencies of another image: the published values of both forms, the equation in slow numpy, the options."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.augment.fda import fda
from keras_uda.augment.fda import transfer
from keras_uda.augment.fda import window
from tests.conftest import assert_matches
from tests.conftest import load_vectors

FORMS = {"symmetric": "out_numpy", "released": "out_torch"}


@pytest.mark.parametrize("form", FORMS)
def test_the_published_values(form):
    arrays, meta = load_vectors("fda")
    pairs = sorted(key.removeprefix("in_source_") for key in arrays if key.startswith("in_source_"))
    assert pairs and len(arrays["in_betas"]) == len(meta["hyper"]["betas"])
    for pair in pairs:
        source, target = arrays[f"in_source_{pair}"], arrays[f"in_target_{pair}"]
        for number, beta in enumerate(arrays["in_betas"]):
            found = transfer(tf.constant(source), tf.constant(target), float(beta), form)
            assert_matches(found, arrays, meta, f"{FORMS[form]}_{pair}_{number}")


def slowly_transferred(image, like, beta, form):
    """The whole spectrum, frequency by frequency; the released inverse is that of the left half and its mirror."""
    height, width = image.shape[:2]
    reach, result = int(np.floor(beta * min(height, width))), np.empty(image.shape)
    for channel in range(3):
        own, other = (np.fft.fft2(one[..., channel].astype("float64")) for one in (image, like))
        for y, x in np.ndindex(height, width):
            waves = [place - side if 2 * place >= side else place for place, side in ((y, height), (x, width))]
            if form == "symmetric":
                inside = all(abs(one) <= reach for one in waves)
            else:
                inside = all(-reach <= one < reach for one in waves)
            if inside:
                own[y, x] = np.abs(other[y, x]) * np.exp(1j * np.angle(own[y, x]))
        if form == "released":
            for y, x in np.ndindex(height, width):
                if x > width // 2:
                    own[y, x] = np.conj(own[-y % height, width - x])
        result[..., channel] = np.fft.ifft2(own).real
    return result


def pair_of_images(height=12, width=10, seed=0):
    generator = np.random.default_rng(seed)
    dark, bright = generator.integers(0, 90, (height, width, 3)), generator.integers(60, 256, (height, width, 3))
    return dark.astype("uint8"), bright.astype("uint8")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [(12, 10), (9, 14), (11, 7), (8, 8)])
@pytest.mark.parametrize("beta", [0.0, 0.1, 0.29, 0.5])
def test_the_equation(form, size, beta):
    dark, bright = pair_of_images(*size)
    expected = slowly_transferred(dark, bright, beta, form)
    np.testing.assert_allclose(transfer(dark, bright, beta, form), expected, atol=2e-3)


def test_the_window_of_the_papers_sizes():
    """b is 5, 25 and 46 at 1024x512 for the three bands of the paper, 1 at 256x192."""
    for size, beta, reach in (((512, 1024), 0.01, 5), ((512, 1024), 0.05, 25), ((512, 1024), 0.09, 46)):
        assert np.sum(window(tf.constant(size), beta, "symmetric")) == (2 * reach + 1) * (reach + 1)
    small = tf.constant((192, 256))
    assert np.sum(window(small, 0.01, "symmetric")) == 3 * 2 and np.sum(window(small, 0.05, "released")) == 18 * 9
    assert np.sum(window(small, 0.001, "symmetric")) == 1 and np.sum(window(small, 0.001, "released")) == 0
    # floor in double precision, as numpy has it: 0.29 * 100 is a little less than 29.
    assert np.sum(window(tf.constant((100, 100)), 0.29, "symmetric")) == 57 * 29


def test_the_mean_is_that_of_the_partner_and_edges_stay():
    dark, bright = pair_of_images(64, 48)
    changed = np.asarray(transfer(dark, bright, 0.02), "float64")
    np.testing.assert_allclose(changed.mean((0, 1)), bright.mean((0, 1)), rtol=1e-5)
    edges, own = (np.diff(one.astype("float64"), axis=1).ravel() for one in (changed, dark))
    assert np.corrcoef(edges, own)[0, 1] > 0.99
    np.testing.assert_allclose(transfer(dark, dark, 0.3), dark, atol=1e-3)


def test_a_partner_of_another_size_gives_its_mean_too():
    dark, _ = pair_of_images(64, 48)
    bright = np.full((30, 90, 3), 200, "uint8")
    np.testing.assert_allclose(np.mean(transfer(dark, bright, 0.0), (0, 1)), [200] * 3, rtol=1e-3)


def test_images_of_one_colour_give_no_nan():
    dark, bright = pair_of_images()
    black = np.zeros_like(dark)
    for image, like in ((black, bright), (dark, black), (black, black)):
        for form in FORMS:
            assert np.isfinite(transfer(image, like, 0.2, form)).all()
    np.testing.assert_allclose(transfer(black, np.full_like(dark, 90), 0.0), 90, atol=1e-3)


def test_the_chance_is_kept_and_labels_stay():
    dark, bright = pair_of_images()
    sample, changed = {"image": tf.constant(dark), "label": tf.zeros((12, 10), "uint8")}, 0
    for number in range(100):
        seed = tf.constant([3, number], "int64")
        result = fda(sample, {"image": tf.constant(bright)}, seed, chance=0.3, beta=0.1)
        assert result["label"] is sample["label"] and result["image"].dtype == "uint8"
        changed += not np.array_equal(result["image"], dark)
    assert 15 < changed < 45
    always = fda(sample, {"image": tf.constant(bright)}, tf.constant([3, 1], "int64"), beta=0.1)
    expected = np.clip(np.round(slowly_transferred(dark, bright, 0.1, "symmetric")), 0, 255)
    np.testing.assert_allclose(always["image"], expected, atol=1)


def test_a_graph_without_known_sizes_gives_the_same():
    dark, bright = pair_of_images()
    unknown = tf.TensorSpec((None, None, 3), "uint8")
    graph = tf.function(lambda image, like: transfer(image, like, 0.2), input_signature=[unknown, unknown])
    np.testing.assert_allclose(graph(dark, bright), transfer(dark, bright, 0.2), atol=1e-2)
