"""What a stage needs before its `fit`: target images labelled by an earlier segmenter, and the batches they change."""

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
from PIL import Image

from keras_uda.augment.sample import Mining
from keras_uda.config.schema import PseudoLabelConfig
from keras_uda.config.schema import RunConfig
from keras_uda.core.console import say
from keras_uda.data.prepared import Prepared
from keras_uda.pseudo_labels.generate import Labeller
from keras_uda.pseudo_labels.generate import Thresholds
from keras_uda.pseudo_labels.generate import generate
from keras_uda.pseudo_labels.label_folder import LabelFolder
from keras_uda.pseudo_labels.prior import spatial_prior
from keras_uda.training.state import state_hash

LABELS = "pseudo_labels"
# Settings that do not change a label, or that the weights of the labelling segmenter say already.
NOT_IN_LABELS = ("mine", "source_portion", "labelled_by")


class StageData(NamedTuple):
    """The data of a stage.

    Args:
        source: what the stage trains on of the source, None: nothing.
        target: and of the target; with `weak` and `points`, or `pseudo_label` and `soft_label` or `distribution`.
        mine: how crops look for rare classes, None: they do not.
        largest_share: of the target pixels, that one class was predicted for where labels were made; None: they were
            not.
        unlabelled: classes that no pixel of the target is labelled as, where labels were made.
    """

    source: Prepared | None
    target: Prepared | None
    mine: Mining | None = None
    largest_share: float | None = None
    unlabelled: tuple[str, ...] = ()


def with_pseudo_labels(
    run: RunConfig,
    config: PseudoLabelConfig,
    place: Path,
    source: Prepared,
    target: Prepared,
    segmenter: keras.Model,
    regenerate: bool = False,
) -> StageData:
    """Labels the target images, or finds the labels of an earlier process.

    Args:
        run: the resolved configuration.
        config: how to label.
        place: folder of the stage; the labels are in `pseudo_labels/` in it.
        source: with labels.
        target: without.
        segmenter: float32, labels the images.
        regenerate: make labels that were changed again.
    Raises:
        DataError: labels were changed, are missing, or belong to something else.
        NumericsError: not one pixel got a label.
        ResourceError: the disk refuses.
    """
    folder = LabelFolder(place / LABELS, identity(run, config, target, segmenter))
    if not folder.open(regenerate):
        prior = spatial_prior(source, len(run.data.classes), target.size) if config.prior else None
        labeller = choose_labeller(run, config, source, segmenter)
        manifest = generate(target, segmenter, labeller, folder, config.flip, prior)
        say(f"pseudo-labels: {manifest['coverage']:.1%} of the pixels of {len(target)} target images")
    manifest = folder.manifest()
    rare = tuple(run.data.classes.index(name) for name in manifest.get("rare", ()))
    predicted = list(manifest["predicted"].values())  # pixels by class
    return StageData(
        portion_of(source, config.source_portion, run.seed),
        joined(target, folder),
        Mining(rare, config.mine) if config.mine and rare else None,
        max(predicted) / max(sum(predicted), 1),
        tuple(name for name, pixels in manifest["pixels"].items() if not pixels),
    )


def choose_labeller(run: RunConfig, config: PseudoLabelConfig, source: Prepared, segmenter: keras.Model) -> Labeller:
    """The way of labelling that a policy means."""
    if config.policy == "landmarks":
        # Imports scikit-learn and scikit-image, which nothing else needs.
        from keras_uda.pseudo_labels.landmarks import Landmarks

        return Landmarks(config, len(run.data.classes), source, segmenter)
    return Thresholds(config, len(run.data.classes))


def identity(run: RunConfig, config: PseudoLabelConfig, target: Prepared, segmenter: keras.Model) -> dict:
    """What labels depend on; in their manifest."""
    weights = {f"{index:04d}": weight for index, weight in enumerate(segmenter.weights)}
    settings = {key: value for key, value in dataclasses.asdict(config).items() if key not in NOT_IN_LABELS}
    images = json.dumps([target.names, target.digests]).encode()
    return {
        "model": state_hash(weights),
        "settings": settings,
        "classes": list(run.data.classes),
        "size": run.data.target.size,
        "images": hashlib.sha256(images).hexdigest(),
    }


def joined(target: Prepared, folder: LabelFolder) -> Prepared:
    """The target images with what the folder has for each."""
    target = target.join("pseudo_label", folder.files())
    entry = next(iter(folder.entries.values()))
    if "soft" in entry:
        classes = len(folder.identity["classes"])
        with Image.open(folder.path / entry["soft"]) as planes:
            shape = planes.height // classes, planes.width, classes
        target = target.join("soft_label", folder.files("soft"), shape)
    if "distribution" in entry:
        rows = {name: np.array(one["distribution"], "float32") for name, one in folder.entries.items()}
        target = target.join("distribution", rows)
    return target


def portion_of(source: Prepared, portion: float, seed: int) -> Prepared:
    """A random part of the images; a larger portion holds the smaller ones, as in the released CBST code."""
    if portion == 1:
        return source
    order = np.random.default_rng(seed).permutation(len(source))
    return source.take(np.sort(order[: max(1, round(portion * len(source)))]))
