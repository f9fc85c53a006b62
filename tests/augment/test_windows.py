"""Windows: where crops lie, crops that look for classes, and everything of a sample inside them."""

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.augment.sample import augment
from keras_uda.augment.sample import random_flip
from keras_uda.augment.windows import WINDOWS
from keras_uda.augment.windows import Mining
from keras_uda.augment.windows import RequiredClass
from keras_uda.augment.windows import Window
from keras_uda.augment.windows import border_of
from keras_uda.augment.windows import count_in_windows
from keras_uda.augment.windows import crop
from keras_uda.augment.windows import cut_out
from keras_uda.augment.windows import first_that_passes
from keras_uda.augment.windows import random_place
from keras_uda.augment.windows import random_view
from keras_uda.augment.windows import random_window
from keras_uda.augment.windows import towards_rare
from tests.conftest import load_vectors

SIZE = (24, 32)
RARE, COMMON = 7, 1


def labelled(place) -> np.ndarray:
    label = np.full(SIZE, COMMON, "uint8")
    label[place] = RARE
    return label


def seeds(count: int):
    return [tf.constant([5, number], "int64") for number in range(count)]


def corner_of(window) -> tuple[int, int]:
    return int(window.top), int(window.left)


def mined(place_or_label, classes, chance, seed, window):
    label = labelled(place_or_label) if isinstance(place_or_label, tuple) else place_or_label
    return corner_of(towards_rare(label, Mining(classes, chance), seed, window))


@pytest.mark.parametrize("place", [(3, 4), (23, 31), (12, 20)])
def test_the_window_is_centred_on_the_rare_pixel_and_stays_inside(place):
    sides = np.array((12, 16))
    expected = np.clip(np.array(place) - sides // 2, 0, np.array(SIZE) - sides)
    assert mined(place, (RARE,), 1.0, seeds(1)[0], Window(0, 0, *sides)) == tuple(expected)


def test_the_chance_is_kept_and_absent_classes_change_nothing():
    window = Window(2, 3, 12, 16)
    moved = [mined((20, 28), (RARE, 9), 0.8, seed, window) for seed in seeds(200)]
    assert 0.7 < np.mean([corner != (2, 3) for corner in moved]) < 0.9
    assert all(mined((20, 28), (9, 12), 1.0, seed, window) == (2, 3) for seed in seeds(20))


def test_every_rare_class_and_pixel_gets_its_turn():
    label = np.full(SIZE, COMMON, "uint8")
    label[:2], label[-2:] = 7, 9
    corners = [mined(label, (7, 9), 1.0, seed, Window(0, 0, 8, 8)) for seed in seeds(60)]
    assert 20 < sum(top == 0 for top, _ in corners) < 40 and {top for top, _ in corners} == {0, 16}
    assert len({left for _, left in corners}) > 10


def test_pixels_in_windows_are_counted():
    generator = np.random.default_rng(0)
    mask = generator.random(SIZE) < 0.3
    tops, lefts = generator.integers(0, 12, 20), generator.integers(0, 16, 20)
    rows, columns = generator.integers(1, 13, 20), generator.integers(1, 17, 20)
    expected = [mask[y : y + h, x : x + w].sum() for y, x, h, w in zip(tops, lefts, rows, columns, strict=True)]
    windows = Window(*(tf.constant(values, "int32") for values in (tops, lefts, rows, columns)))
    np.testing.assert_array_equal(count_in_windows(mask, windows), expected)


def test_the_crop_that_is_taken_is_the_published_one():
    arrays, _ = load_vectors("rare_class_sampling")
    least = float(arrays["in_min_pixels"] * arrays["in_min_crop_ratio"])
    taken = [int(first_that_passes(row[:WINDOWS], least)) for row in arrays["in_crop_pixels"].astype("float32")]
    np.testing.assert_array_equal(taken, arrays["out_used_crop"])


def test_the_first_of_eleven_windows_that_shows_enough_of_a_class_is_taken():
    label = np.full((48, 64), COMMON, "uint8")
    label[:20, :30] = RARE
    sample, passed = {"image": np.zeros((48, 64, 3), "uint8"), "label": label}, []
    for seed in seeds(40):
        window = [int(side) for side in random_window(sample, seed, 4.0, RequiredClass(RARE, 0.3))]
        for scale, y, x in tf.random.stateless_uniform([3, WINDOWS], seed).numpy().T:
            rows, columns = round(48 / (1 + 3 * scale)), round(64 / (1 + 3 * scale))
            top, left = int(y * np.float32(48 - rows + 1)), int(x * np.float32(64 - columns + 1))
            enough = np.mean(label[top : top + rows, left : left + columns] == RARE) > 0.3
            if enough:
                break
        assert window == [top, left, rows, columns]
        passed.append(enough)
    assert sum(passed) > 30


def test_a_required_class_that_is_nowhere_changes_nothing_but_the_draw():
    sample = {"image": np.zeros((*SIZE, 3), "uint8"), "label": np.full(SIZE, COMMON, "uint8")}
    windows = {
        tuple(int(side) for side in random_window(sample, seed, 2.0, RequiredClass(12, 0.1))) for seed in seeds(20)
    }
    assert len(windows) > 15


def test_mined_crops_show_rare_classes_more_often():
    rng = np.random.default_rng(0)
    sample = {"image": rng.integers(0, 256, (*SIZE, 3)).astype("uint8"), "pseudo_label": labelled((22, 30))}

    def share(mine):
        crops = [augment(sample, seed, flip=True, zoom=4.0, jitter=0.0, mine=mine) for seed in seeds(60)]
        return np.mean([RARE in np.asarray(crop["pseudo_label"]) for crop in crops])

    assert share(Mining((RARE,), 0.8)) > 0.7 > share(None) + 0.2


def random_crop(sample, seed, zoom):
    return crop(sample, random_window(sample, seed, zoom))


def test_soft_labels_follow_flips_and_crops():
    """A soft map that is the label map at a quarter of its size, in one-hot form, stays that where it is smooth."""
    label = np.repeat(np.repeat(np.arange(48).reshape(6, 8) % 3, 4, 0), 4, 1).astype("uint8")
    soft = (np.eye(3)[label[::4, ::4]] * 65535).astype("uint16")
    sample = {"image": np.zeros((*SIZE, 3), "uint8"), "pseudo_label": label, "soft_label": soft}
    for seed in seeds(6):
        flipped = random_flip(sample, seed)
        np.testing.assert_array_equal(np.argmax(flipped["soft_label"], -1), flipped["pseudo_label"][::4, ::4])
        same = random_crop(sample, seed, 1.0)
        np.testing.assert_array_equal(same["soft_label"], soft)


def test_cropped_planes_sample_the_window():
    """A plane that rises linearly stays linear: every value is that of the image position under it."""
    rows, columns = np.meshgrid(np.arange(12) + 0.5, np.arange(16) + 0.5, indexing="ij")
    planes = np.stack([rows * 1000, columns * 1000], -1).astype("uint16")
    image = np.stack([*np.meshgrid(np.arange(24) + 0.5, np.arange(32) + 0.5, indexing="ij"), np.zeros(SIZE)], -1)
    sample = {"image": (image * 7).astype("uint8"), "soft_label": planes}
    for seed in seeds(5):
        crop = random_crop(sample, seed, 2.0)
        # Centre of the window in both, from means of linear maps.
        required = np.asarray(crop["image"], "float64")[..., :2].mean((0, 1)) / 7 / 2 * 1000
        np.testing.assert_allclose(np.asarray(crop["soft_label"], "float64").mean((0, 1)), required, rtol=0.05)


@pytest.mark.slow
@pytest.mark.ci
def test_mined_crops_inside_a_pipeline_are_the_same_as_outside():
    sample = {"image": tf.zeros((*SIZE, 3), "uint8"), "pseudo_label": tf.constant(labelled((22, 30)))}

    def label_of(seed):
        return augment(sample, seed, flip=True, zoom=4.0, jitter=0.0, mine=Mining((RARE,), 0.8))["pseudo_label"]

    piped = tf.data.Dataset.from_tensor_slices(tf.stack(seeds(5))).map(label_of)
    for seed, label in zip(seeds(5), piped, strict=True):
        np.testing.assert_array_equal(label, label_of(seed))


def grid() -> dict:
    """A sample whose pixels say where they are."""
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]].astype("uint8")
    image = np.stack([rows, columns, rows], -1)
    points = np.array([[5, 7, 1], [20, 30, 2], [-1, -1, -1]], "int32")
    return {"image": image, "label": rows, "pseudo_label": columns, "points": points, "weak": np.ones(3, "float32")}


def test_a_crop_is_a_part_of_the_sample_as_it_is():
    sample = {key: tf.constant(value) for key, value in grid().items()}
    cut = cut_out(sample, Window(*map(tf.constant, (3, 6, 12, 20))), (12, 20))
    for key in ("image", "label", "pseudo_label"):
        np.testing.assert_array_equal(cut[key], grid()[key][3:15, 6:26])
    np.testing.assert_array_equal(cut["points"], [[2, 1, 1], [-1, -1, -1], [-1, -1, -1]])
    np.testing.assert_array_equal(cut["weak"], grid()["weak"])


def test_crops_are_at_every_place_that_they_fit_in():
    windows = [random_place(grid(), seed, (22, 31)) for seed in seeds(80)]
    assert {corner_of(window) for window in windows} == {(top, left) for top in (0, 1, 2) for left in (0, 1)}
    assert {(int(window.rows), int(window.columns)) for window in windows} == {(22, 31)}


def test_a_crop_holds_the_class_that_it_should():
    sample = {"image": np.zeros((*SIZE, 3), "uint8"), "label": labelled((slice(0, 6), slice(0, 8)))}
    required = RequiredClass(tf.constant(RARE), 0.2)
    holding = [random_place(sample, seed, (8, 8), required) for seed in seeds(60)]
    covered = [count_in_windows(sample["label"] == RARE, Window(*(side[None] for side in one)))[0] for one in holding]
    blind = [random_place(sample, seed, (8, 8)) for seed in seeds(60)]
    plain = [count_in_windows(sample["label"] == RARE, Window(*(side[None] for side in one)))[0] for one in blind]
    assert np.mean(np.array(covered) > 0.2 * 64) > 2 * np.mean(np.array(plain) > 0.2 * 64) > 0


def test_the_border_is_what_lies_around_a_crop_and_turns_with_it():
    np.testing.assert_array_equal(border_of(Window(*map(tf.constant, (3, 6, 12, 20))), SIZE, (12, 20)), [3, 9, 6, 6])
    np.testing.assert_array_equal(border_of(Window(*map(tf.constant, (4, 0, 12, 16))), SIZE, SIZE), [8, 16, 0, 32])
    sample, turned = {key: tf.constant(value) for key, value in grid().items()}, set()
    for seed in seeds(20):
        cut = augment(sample, seed, flip=True, zoom=1.0, jitter=0.0, crop=(12, 20), border=True)
        above, below, left, right = (int(one) for one in cut["border"])
        whole = grid()["pseudo_label"][above : SIZE[0] - below]
        straight, mirrored = whole[:, left : SIZE[1] - right], whole[:, ::-1][:, left : SIZE[1] - right]
        turned.add(not np.array_equal(cut["pseudo_label"], straight))
        falls = int(cut["pseudo_label"][0, 0]) > int(cut["pseudo_label"][0, 1])
        np.testing.assert_array_equal(cut["pseudo_label"], mirrored if falls else straight)
    assert turned == {True, False}
    whole = augment(sample, seeds(1)[0], flip=False, zoom=1.0, jitter=0.0, border=True)
    np.testing.assert_array_equal(whole["border"], [0, 0, 0, 0])


def test_views_have_every_size_that_fits_and_lie_everywhere():
    sample, sides = {"image": np.zeros((30, 64, 3), "uint8")}, (12, 16)
    windows = [random_view(sample, seed, sides, 8.0) for seed in seeds(300)]
    rows, columns = np.array([(int(window.rows), int(window.columns)) for window in windows]).T
    assert rows.min() == 12 and rows.max() == 30  # 2.5 times, as far as it fits
    assert np.abs(columns - rows * 16 / 12).max() <= 0.5 + 0.5 * 16 / 12  # both are rounded
    ends = np.array([(*corner_of(w), int(w.top + w.rows), int(w.left + w.columns)) for w in windows])
    assert ends[:, :2].min() == 0 and (ends[:, 2:].max(axis=0) == (30, 64)).all()
    assert {int(random_view(sample, seed, sides, 1.5).rows) for seed in seeds(100)} == set(range(12, 19))


def test_a_crop_with_zoom_shows_more_of_the_image_at_the_size_of_the_crop():
    rows, columns = np.mgrid[:48, :64]
    image = np.stack([columns * 3, rows * 3, 0 * rows], -1).astype("uint8")
    sample = {"image": image, "label": (columns // 16).astype("uint8"), "points": np.array([[20, 40, 2]], "int32")}
    options = {"flip": False, "jitter": 0.0, "crop": (12, 16), "border": True}
    spans, inside = [], 0
    for seed in seeds(60):
        view = augment(sample, seed, zoom=4.0, **options)
        assert view["image"].shape == (12, 16, 3) and view["label"].shape == (12, 16)
        x, y = (view["image"].numpy()[..., channel].astype(int) for channel in (0, 1))
        spans.append(x.max() - x.min())
        near = np.abs(x / 3 // 16 - view["label"].numpy()) <= 1
        assert near.all() and (np.diff(x, axis=1) >= 0).all() and (np.diff(y, axis=0) >= 0).all()
        row, column, _ = view["points"].numpy()[0]
        if row >= 0:
            inside += 1
            assert abs(x[row, column] - 120) < 15 and abs(y[row, column] - 60) < 15
        above, below, _, _ = view["border"].numpy()
        assert abs((above + below + 12) * (spans[-1] / 3 + 1) / 16 - 48) < 8  # in pixels of the crop
    assert min(spans) < 60 and max(spans) > 150 and 0 < inside < 60
    plain = augment(sample, seeds(1)[0], zoom=1.0, **options)
    assert np.ptp(plain["image"].numpy()[..., 0]) == 45  # as it is


def test_views_look_for_a_class_they_should_hold():
    label = np.full((48, 64), COMMON, "uint8")
    label[2:6, 2:6] = RARE
    sample = {"image": np.zeros((48, 64, 3), "uint8"), "label": label}
    found = {}
    for name, required in {"plain": None, "required": RequiredClass(tf.constant(RARE), 0.01)}.items():
        views = [
            augment(sample, s, flip=False, zoom=2.0, jitter=0.0, crop=(12, 16), required=required) for s in seeds(80)
        ]
        found[name] = np.mean([RARE in view["label"].numpy() for view in views])
    assert found["required"] > 2 * found["plain"] > 0
