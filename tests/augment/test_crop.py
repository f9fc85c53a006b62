"""Random crops of a batch: image and label of one place, drawn anew each time, going on after a restart."""

import numpy as np
import pytest

from keras_uda.augment.crop import RandomCrop


def batch(number=4, height=40, width=60):
    """Images whose first two channels are their row and column, with a label of 10 x 10 blocks."""
    rows, columns = np.mgrid[:height, :width]
    image = np.stack([rows * 4, columns * 4, rows * 0], -1)[None].repeat(number, 0).astype("float32")
    return image, (rows // 10 * 6 + columns // 10)[None].repeat(number, 0).astype("int32")


def test_without_a_size_the_image_stays():
    image, label = batch()
    cut, same = RandomCrop().cut(image.astype("uint8"), label)
    np.testing.assert_array_equal(cut, image.astype("uint8"))
    assert same is label


def test_a_label_is_cut_at_the_place_of_its_image():
    image, label = batch()
    cut, of_cut = RandomCrop((0.5, 0.5), (0.5, 1.5)).cut(image, label)
    assert cut.shape == (4, 20, 30, 3) and of_cut.shape == (4, 20, 30)
    rows, columns = (np.asarray(cut)[..., channel] / 4 for channel in (0, 1))
    inside = (np.abs(rows % 10 - 5) < 4) & (np.abs(columns % 10 - 5) < 4)  # away from edges of blocks
    expected = rows // 10 * 6 + columns // 10
    assert inside.mean() > 0.3
    np.testing.assert_array_equal(np.asarray(of_cut)[inside], expected[inside])


def test_scales_stay_in_their_range_and_places_differ():
    image, _ = batch(32)
    crop = RandomCrop((0.5, 0.5), (0.5, 2.0))
    views = [np.asarray(crop.cut(image)[0]) for _ in range(3)]
    steps = np.concatenate([np.ptp(view[..., 1], axis=(1, 2)) / 4 / 29 for view in views])  # pixels of the image in one
    assert steps.min() >= 1 / 2.0 - 0.05 and steps.max() <= 1 / 0.5 + 0.05 and np.ptp(steps) > 0.8
    assert len({view.tobytes() for view in views}) == 3


def test_its_draws_are_state():
    image, _ = batch()
    first, second = RandomCrop((0.5, 0.5)), RandomCrop((0.5, 0.5))
    first.cut(image)
    second.seeds.state.assign(first.seeds.state)
    np.testing.assert_array_equal(first.cut(image)[0], second.cut(image)[0])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"scales": (1.5, 0.5)}, "smallest and the largest"),
        ({"scales": (1.0,)}, "smallest and the largest"),
        ({"size": (0.8, 0.8), "scales": (0.5, 1.5)}, "fit into the smallest"),
    ],
)
def test_sizes_and_scales_that_cannot_be_meant(options, words):
    with pytest.raises(ValueError, match=words):
        RandomCrop(**options)
