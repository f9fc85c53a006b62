"""Batches {"source": ..., "target": ...}: element k is a pure function of (seed, domain, step); resuming costs nothing.

Sample number i of a domain (i = step * batch + place) is in epoch i // N at position
`index_shuffle(i % N, seed=[stream, epoch], max_index=N-1)`; its augmentation is drawn with the seed [stream, i].
The stream is 2 * seed for the source and 2 * seed + 1 for the target: neither order depends on the other domain.

A sampler draws source images in another way, a transform changes source image i and sees target image i; both draw from
[stream, i] as well.
"""

import zlib
from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from keras_uda.augment.sample import augment
from keras_uda.augment.sample import substream
from keras_uda.augment.windows import Mining
from keras_uda.augment.windows import RequiredClass
from keras_uda.config.names import SAMPLERS
from keras_uda.config.names import TRANSFORMS
from keras_uda.config.names import resolve
from keras_uda.config.schema import DataConfig
from keras_uda.core.errors import DataError
from keras_uda.data.decoding import columns
from keras_uda.data.decoding import constants
from keras_uda.data.decoding import decoder
from keras_uda.data.decoding import frames_bytes
from keras_uda.data.decoding import in_memory
from keras_uda.data.decoding import pipeline_options
from keras_uda.data.decoding import threads
from keras_uda.data.prepared import Prepared

SOURCE_STREAM, TARGET_STREAM = 0, 1
SAMPLER, TRANSFORM = 5, 6  # beside the streams of `augment`
LARGEST_MEMORY = 400_000_000  # bytes of decoded frames per domain


class Changes(NamedTuple):
    """How samples are drawn and changed.

    Args:
        flip, zoom, jitter: see `augment`.
        mine: crops of the target that look for rare classes, see `augment`.
        transforms: of source images, in order: (name in `TRANSFORMS`, options).
        sampler: of source images: (name in `SAMPLERS`, options); None: every image once in an epoch.
    """

    flip: bool = True
    zoom: float = 1.0
    jitter: float = 0.0
    mine: Mining | None = None
    transforms: tuple[tuple[str, dict], ...] = ()
    sampler: tuple[str, dict] | None = None


USUAL = Changes()


def stage_batches(
    data: DataConfig,
    source: Prepared | None,
    target: Prepared | None,
    *,
    seed: int,
    mine: Mining | None = None,
    before: int = 0,
    partner: Prepared | None = None,
) -> Callable[[int, int], tf.data.Dataset]:
    """The batches of a stage, for training and for everything that times it.

    Args:
        data: batch size, augmentation, transforms and the sampler of the source.
        source, target, partner: see `training_batches`.
        seed: of the run.
        mine: see `Changes`.
        before: steps that earlier stages take; the order of the data goes on.
    Returns:
        (first step of the stage, number of steps) -> batches.
    """
    sampler = next(iter(data.source.sampler.items()), None)
    transforms = tuple(data.transforms.items())
    changes = Changes(data.flip, data.zoom, data.jitter, mine, transforms, sampler)
    options = {"batch": data.batch, "seed": seed, "changes": changes, "partner": partner}

    def batches(first_step: int, steps: int) -> tf.data.Dataset:
        return training_batches(source, target, first_step=before + first_step, steps=steps, **options)

    return batches


def training_batches(
    source: Prepared | None,
    target: Prepared | None,
    *,
    batch: int,
    seed: int,
    first_step: int,
    steps: int,
    changes: Changes = USUAL,
    partner: Prepared | None = None,
) -> tf.data.Dataset:
    """Batches for the steps `first_step` to `first_step + steps - 1`.

    Args:
        source: labelled samples, or None.
        target: samples with or without labels and extras, or None.
        batch: samples per domain.
        seed: of the run.
        first_step: number of the first step, from 0.
        steps: how many.
        changes: how samples are drawn and changed.
        partner: target images that transforms see where `target` is None.
    Returns:
        Elements {"source": {"image", "label"}, "target": {"image", ...}}, each uint8 with a leading batch dimension.
    """
    if source is None and target is None:
        raise ValueError("Neither source nor target was given; give at least one.")
    sides = {}
    if source is not None:
        sides["source"] = _Side(source, 2 * seed + SOURCE_STREAM, batch * steps, changes.sampler)
    if target is not None:
        sides["target"] = _Side(target, 2 * seed + TARGET_STREAM, batch * steps)
    elif source is not None and changes.transforms:
        if partner is None:
            raise ValueError("Transforms look at target images, and there are none; give a target or a partner.")
        sides["partner"] = _Side(partner, 2 * seed + TARGET_STREAM, batch * steps)

    augmentation = {"flip": changes.flip, "zoom": changes.zoom, "jitter": changes.jitter}

    def samples(number: tf.Tensor) -> dict:
        drawn = {name: side.draw(number) for name, side in sides.items()}
        partner, _ = drawn.pop("partner", drawn.get("target", (None, None)))
        result = {}
        for name, (sample, required) in drawn.items():
            seed = sides[name].seed(number)
            if name == "source":
                sample = apply_transforms(sample, partner, seed, changes.transforms)
            mine = changes.mine if name == "target" else None
            result[name] = augment(sample, seed, mine=mine, required=required, **augmentation)
        return result

    numbers = tf.data.Dataset.range(first_step * batch, (first_step + steps) * batch)
    batches = numbers.map(samples, num_parallel_calls=threads()).batch(batch, drop_remainder=True)
    return batches.prefetch(4).with_options(pipeline_options())


class _Side:
    """The samples of one domain, by their number."""

    def __init__(self, prepared: Prepared, stream: int, draws: int, sampler: tuple[str, dict] | None = None):
        if len(prepared) == 0:
            raise DataError("data", "a domain without images", "Check the root and the split")
        self.stream, self.size, self.read = stream, len(prepared), _reader(prepared, draws)
        self.sampler = None
        if sampler is not None:
            name, options = sampler
            self.sampler = resolve(SAMPLERS, name, "data.samplers")(**options).drawing(prepared)

    def seed(self, number: tf.Tensor) -> tf.Tensor:
        return tf.stack([tf.constant(self.stream, "int64"), number])

    def draw(self, number: tf.Tensor) -> tuple[dict, RequiredClass | None]:
        """(sample as prepared, class that its crop should hold)."""
        if self.sampler is None:
            return self.read(position(number, self.size, self.stream)), None
        place, required = self.sampler(substream(self.seed(number), SAMPLER))
        return self.read(place), required


def position(number: tf.Tensor, size: int, stream: int) -> tf.Tensor:
    """Which sample is number `number` (int64, from 0) of an endless shuffled sequence of `size` samples."""
    epoch = number // size
    seed = tf.stack([tf.constant(stream, "int64"), epoch])
    return tf.random.experimental.index_shuffle(number % size, seed=seed, max_index=size - 1)


def apply_transforms(sample: dict, partner: dict, seed: tf.Tensor, transforms: tuple[tuple[str, dict], ...]) -> dict:
    """The sample after all transforms; each draws from a stream of its own, so that adding one changes no other."""
    for name, options in transforms:
        own = [zlib.crc32(name.encode()) % 2**24 * 2**38, 0]  # above the bits of all streams
        sample = resolve(TRANSFORMS, name, "augment")(sample, partner, substream(seed, TRANSFORM) + own, **options)
    return sample


def _reader(prepared: Prepared, draws: int):
    """A function from a position to a sample: out of memory if all fits and is used often enough, else from files."""
    if prepared.native_labels:
        raise ValueError("Labels of their own size are for evaluation; prepare the domain for training.")
    if draws >= len(prepared) // 2 and frames_bytes(prepared) <= LARGEST_MEMORY:
        table = in_memory(prepared)
        return lambda place: {key: tf.gather(values, place) for key, values in table.items()}
    table, decode = constants(columns(prepared)), decoder(prepared)
    return lambda place: decode({key: tf.gather(values, place) for key, values in table.items()})
