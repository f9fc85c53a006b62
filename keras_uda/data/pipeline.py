"""Batches {"source": ..., "target": ...}: element k is a pure function of (seed, domain, step); resuming costs nothing.

Sample number i of a domain is i = step * batch + place; see `drawing` for which one it is. Its augmentation is drawn
with the seed [stream, i]. The stream is 2 * seed for the source and 2 * seed + 1 for the target: neither order depends
on the other domain. Transforms change source image i, see target image i, and draw from [stream, i] as well.
"""

import zlib
from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from keras_uda.augment.sample import augment
from keras_uda.augment.sample import substream
from keras_uda.augment.windows import Mining
from keras_uda.config.data_schema import DataConfig
from keras_uda.config.field_types import parse_size
from keras_uda.config.names import TRANSFORMS
from keras_uda.config.names import resolve
from keras_uda.data.decoding import pipeline_options
from keras_uda.data.decoding import threads
from keras_uda.data.drawing import DrawnDomain
from keras_uda.data.prepared import Prepared

SOURCE_STREAM, TARGET_STREAM = 0, 1
TRANSFORM = 6  # beside the streams of `augment` and of a sampler


class Changes(NamedTuple):
    """How samples are drawn and changed.

    Args:
        flip, zoom, jitter, crop: see `augment`.
        mine: crops of the target that look for rare classes, see `augment`.
        transforms: of source images, in order: (name in `TRANSFORMS`, options).
        sampler: of source images: (name in `SAMPLERS`, options); None: every image once in an epoch.
        border: target samples say how much of the image lies around their crop.
    """

    flip: bool = True
    zoom: float = 1.0
    jitter: float = 0.0
    mine: Mining | None = None
    transforms: tuple[tuple[str, dict], ...] = ()
    sampler: tuple[str, dict] | None = None
    crop: tuple[int, int] | None = None
    border: bool = False


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
    border: bool = False,
) -> Callable[[int, int], tf.data.Dataset]:
    """The batches of a stage, for training and for everything that times it.

    Args:
        data: batch size, augmentation, transforms and the sampler of the source.
        source, target, partner: see `training_batches`.
        seed: of the run.
        mine, border: see `Changes`.
        before: steps that earlier stages take; the order of the data goes on.
    Returns:
        (first step of the stage, number of steps) -> batches.
    """
    sampler = next(iter(data.source.sampler.items()), None)
    transforms = tuple(data.transforms.items())
    crop = None if data.crop is None else parse_size(data.crop)[::-1]
    changes = Changes(data.flip, data.zoom, data.jitter, mine, transforms, sampler, crop, border)
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
    domains, draws = {}, batch * steps
    if source is not None:
        domains["source"] = DrawnDomain(source, 2 * seed + SOURCE_STREAM, draws, changes.sampler)
    if target is not None:
        domains["target"] = DrawnDomain(target, 2 * seed + TARGET_STREAM, draws)
    elif source is not None and changes.transforms:
        if partner is None:
            raise ValueError("Transforms look at target images, and there are none; give a target or a partner.")
        domains["partner"] = DrawnDomain(partner, 2 * seed + TARGET_STREAM, draws)
    numbers = tf.data.Dataset.range(first_step * batch, (first_step + steps) * batch)
    samples = numbers.map(_sample_function(domains, changes), num_parallel_calls=threads())
    return samples.batch(batch, drop_remainder=True).prefetch(4).with_options(pipeline_options())


def _sample_function(domains: dict[str, DrawnDomain], changes: Changes) -> Callable[[tf.Tensor], dict]:
    """number -> {"source": sample, "target": sample}, as training sees them."""
    augmentation = {name: getattr(changes, name) for name in ("flip", "zoom", "jitter", "crop")}

    def samples(number: tf.Tensor) -> dict:
        drawn = {name: domain.draw(number) for name, domain in domains.items()}
        partner, _ = drawn.pop("partner", drawn.get("target", (None, None)))
        result = {}
        for name, (sample, required) in drawn.items():
            seed, of_target = domains[name].seed(number), {"mine": changes.mine, "border": changes.border}
            if name == "source":
                sample = apply_transforms(sample, partner, seed, changes.transforms)
            more = of_target if name == "target" else {"required": required}
            result[name] = augment(sample, seed, **more, **augmentation)
        return result

    return samples


def apply_transforms(sample: dict, partner: dict, seed: tf.Tensor, transforms: tuple[tuple[str, dict], ...]) -> dict:
    """The sample after all transforms; each draws from a stream of its own, so that adding one changes no other."""
    for name, options in transforms:
        own = [zlib.crc32(name.encode()) % 2**24 * 2**38, 0]  # above the bits of all streams
        sample = resolve(TRANSFORMS, name, "augment")(sample, partner, substream(seed, TRANSFORM) + own, **options)
    return sample
