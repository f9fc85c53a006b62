"""Windows of samples: where a random crop lies, what it should show, and the sample inside it.

TensorFlow operations only, pure functions of the sample and a seed.
"""

from typing import NamedTuple

import tensorflow as tf

from keras_uda.augment.colours import to_uint8

MAPS = ("label", "pseudo_label")
PLANES = ("soft_label",)
WINDOWS = 11  # that are looked at for a required class


class Mining(NamedTuple):
    """Crops that look for rare classes: with `chance`, the window is centred on a pixel of one of `classes`."""

    classes: tuple[int, ...]
    chance: float


class RequiredClass(NamedTuple):
    """A class that a crop of a labelled image should hold.

    Args:
        label: its id, integer scalar.
        share: of the crop, that it has to exceed; after ten windows that do not, the next one is taken unseen.
    """

    label: tf.Tensor
    share: float


class Window(NamedTuple):
    """Part of an image, in pixels: int32 scalars, or vectors of several windows."""

    top: tf.Tensor
    left: tf.Tensor
    rows: tf.Tensor
    columns: tf.Tensor


def random_window(sample: dict, seed: tf.Tensor, zoom: float, required: RequiredClass | None = None) -> Window:
    """A window of 1/zoom to 1 of each side, at the same ratio; the first of several that holds enough of a class."""
    size = sample["image"].shape[:2]
    if required is None:
        return _window(tf.unstack(tf.random.stateless_uniform([3], seed)), size, zoom)
    windows = _window(tf.unstack(tf.random.stateless_uniform([3, WINDOWS], seed)), size, zoom)
    return _first_with(sample, windows, required)


def random_place(
    sample: dict, seed: tf.Tensor, sides: tuple[int, int], required: RequiredClass | None = None
) -> Window:
    """A window of (rows, columns); the first of several that holds enough of a class."""
    number = 1 if required is None else WINDOWS
    drawn = tf.unstack(tf.random.stateless_uniform([2, number], seed))
    room = [whole - side + 1 for whole, side in zip(sample["image"].shape[:2], sides, strict=True)]
    top, left = (tf.cast(one * float(places), "int32") for one, places in zip(drawn, room, strict=True))
    windows = Window(top, left, *(tf.fill([number], side) for side in sides))
    if required is None:
        return Window(*(values[0] for values in windows))
    return _first_with(sample, windows, required)


def random_view(
    sample: dict, seed: tf.Tensor, sides: tuple[int, int], zoom: float, required: RequiredClass | None = None
) -> Window:
    """A window of 1 to `zoom` times (rows, columns), as far as that fits; the first that holds enough of a class."""
    number = 1 if required is None else WINDOWS
    scale, top, left = tf.unstack(tf.random.stateless_uniform([3, number], seed))
    size = sample["image"].shape[:2]
    largest = min(zoom, *(whole / side for whole, side in zip(size, sides, strict=True)))
    scale = 1 + (largest - 1) * scale
    rows, columns = (tf.cast(tf.round(side * scale), "int32") for side in sides)
    room = (tf.cast(whole - part + 1, "float32") for whole, part in zip(size, (rows, columns), strict=True))
    top, left = (tf.cast(one * places, "int32") for one, places in zip((top, left), room, strict=True))
    windows = Window(top, left, rows, columns)
    return Window(*(one[0] for one in windows)) if required is None else _first_with(sample, windows, required)


def _first_with(sample: dict, windows: Window, required: RequiredClass) -> Window:
    covered = count_in_windows(sample["label"] == tf.cast(required.label, "uint8"), windows)
    area = tf.cast(windows.rows * windows.columns, "float32")
    taken = first_that_passes(tf.cast(covered, "float32"), required.share * area)
    return Window(*(values[taken] for values in windows))


def _window(drawn, size: tuple[int, int], zoom: float) -> Window:
    height, width = size
    scale, top, left = drawn
    scale = 1 / (1 + (zoom - 1) * scale)
    rows = tf.cast(tf.round(height * scale), "int32")
    columns = tf.cast(tf.round(width * scale), "int32")
    top = tf.cast(top * tf.cast(height - rows + 1, "float32"), "int32")
    left = tf.cast(left * tf.cast(width - columns + 1, "float32"), "int32")
    return Window(top, left, rows, columns)


def count_in_windows(mask: tf.Tensor, windows: Window) -> tf.Tensor:
    """int32 (n,): pixels of a mask, bool (H,W), in each of n windows."""
    sums = tf.cumsum(tf.cumsum(tf.cast(mask, "int32"), axis=0), axis=1)
    sums = tf.pad(sums, ((1, 0), (1, 0)))  # [i, j]: of the first i rows and j columns
    top, left = windows.top, windows.left
    bottom, right = top + windows.rows, left + windows.columns
    corners = [(bottom, right), (top, left), (top, right), (bottom, left)]
    inside, outside, above, beside = (tf.gather_nd(sums, tf.stack(corner, axis=-1)) for corner in corners)
    return inside + outside - above - beside


def first_that_passes(values: tf.Tensor, least) -> tf.Tensor:
    """int64 scalar: place of the first value above `least`; the last place is taken without a look at its value.

    Source: the crops of rare class sampling in github.com/lhoyer/DAFormer, mmseg/datasets/uda_dataset.py
    """
    passes = tf.concat([(values > least)[:-1], [True]], axis=0)
    return tf.argmax(tf.cast(passes, "int32"))  # the first of equals


def crop(sample: dict, window: Window, size: tuple[int, int] | None = None) -> dict:
    """The window of a sample, scaled to (rows, columns), without them to the size of the image; maps by nearest.

    Where it becomes smaller (only to a given size), pixels are averaged.
    """
    height, width = size or sample["image"].shape[:2]
    corner, sides = (window.top, window.left), (window.rows, window.columns)
    pixels = tf.image.crop_to_bounding_box(sample["image"], *window)
    pixels = tf.image.resize(pixels, (height, width), antialias=size is not None)
    result = {**sample, "image": tf.ensure_shape(to_uint8(pixels), (height, width, 3))}
    for key in MAPS:
        if key in sample:
            pixels = tf.image.crop_to_bounding_box(sample[key][..., None], *window)
            result[key] = tf.image.resize(pixels, (height, width), method="nearest")[..., 0]
    for key in PLANES:
        if key in sample:
            result[key] = _crop_planes(sample[key], corner, sides, (height, width))
    if "points" in sample:
        result["points"] = _moved(sample["points"], corner, sides, (height, width))
    return result


def cut_out(sample: dict, window: Window, sides: tuple[int, int]) -> dict:
    """The window of a sample as it is, of (rows, columns); samples have no maps at another scale."""
    corner, rest = (window.top, window.left), {**sample}
    for key in ("image", *MAPS):
        if key in sample:
            channels = sample[key].shape[2:]
            begin = [*corner, *([0] * len(channels))]
            rest[key] = tf.ensure_shape(tf.slice(sample[key], begin, [*sides, *channels]), (*sides, *channels))
    if "points" in sample:
        rest["points"] = _moved(sample["points"], corner, sides, sides)
    return rest


def border_of(window: Window, size: tuple[int, int], sides: tuple[int, int]) -> tf.Tensor:
    """What of an image lies around a window: int32 (4,) above, below, left, right, in pixels of the crop.

    Args:
        size: (rows, columns) of the image.
        sides: of the crop, which the window is scaled to.
    """
    above, left = window.top, window.left
    below, right = size[0] - above - window.rows, size[1] - left - window.columns
    scale = [side / tf.cast(part, "float32") for side, part in zip(sides, (window.rows, window.columns), strict=True)]
    around = zip((above, below, left, right), (0, 0, 1, 1), strict=True)
    return tf.stack([tf.cast(tf.round(tf.cast(part, "float32") * scale[axis]), "int32") for part, axis in around])


def towards_rare(label: tf.Tensor, mine: Mining, seed: tf.Tensor, window: Window) -> Window:
    """A window of the same size whose centre is a random pixel of a random rare class, moved to stay inside.

    Args:
        label: uint8 (H,W).
        mine: the classes and the chance.
        seed: int64 (2,).
        window: kept where the chance says so or where no rare class is.
    Source: Zou et al., CBST, ECCV 2018, section 5.1 (mining of small classes); released code
    """
    drawn = tf.random.stateless_uniform([2 + len(mine.classes)], seed)
    present = tf.stack([tf.reduce_any(label == one) for one in mine.classes])
    drawn_class = tf.gather(tf.constant(mine.classes, "uint8"), tf.argmax(tf.where(present, drawn[2:], -1.0)))
    places = tf.cast(tf.where(label == drawn_class), "int32")
    count = tf.shape(places)[0]
    number = tf.minimum(tf.cast(drawn[1] * tf.cast(count, "float32"), "int32"), tf.maximum(count - 1, 0))
    place = tf.gather(tf.concat([places, [[0, 0]]], axis=0), number)
    sides, corner = tf.stack([window.rows, window.columns]), tf.stack([window.top, window.left])
    centred = tf.clip_by_value(place - sides // 2, 0, tf.constant(tuple(label.shape)) - sides)
    mined = tf.reduce_any(present) & (drawn[0] < mine.chance)
    top, left = tf.unstack(tf.where(mined, centred, corner))
    return Window(top, left, window.rows, window.columns)


def _crop_planes(planes: tf.Tensor, corner, window, size) -> tf.Tensor:
    """The window of maps that are coarser than the image, scaled back to their own size."""
    height, width = planes.shape[:2]
    corner, window = tf.cast(tf.stack(corner), "float32"), tf.cast(tf.stack(window), "float32")
    # Centres of the first and the last pixel to sample, in units of the maps, as crop_and_resize wants them.
    scale, half = tf.constant([height / size[0], width / size[1]]), window / tf.constant([2.0 * height, 2.0 * width])
    first, last = (corner + half) * scale - 0.5, (corner + window - half) * scale - 0.5
    sides = tf.constant([max(height - 1, 1), max(width - 1, 1)], "float32")
    box = tf.clip_by_value(tf.concat([first / sides, last / sides], axis=0), 0.0, 1.0)
    cut = tf.image.crop_and_resize(tf.cast(planes, "float32")[None], box[None], [0], (height, width))[0]
    return tf.saturate_cast(tf.round(cut), planes.dtype)


def _moved(points, corner, window, size):
    """Points in a window that was scaled to `size`; those outside become -1."""
    place, name = points[:, :2], points[:, 2:]
    corner, window, size = tf.stack(corner), tf.stack(window), tf.constant(size)
    moved = (2 * (place - corner) + 1) * size // (2 * window)
    inside = tf.reduce_all((place >= corner) & (place < corner + window), axis=-1, keepdims=True)
    return tf.where(inside, tf.concat([moved, name], axis=-1), -1)
