"""Target images that an earlier segmenter labels before a stage trains on them."""

import dataclasses
import hashlib
import json

import keras
import numpy as np
from PIL import Image

from keras_uda.augment.windows import Mining
from keras_uda.config.stage_schema import PseudoLabelConfig
from keras_uda.core.console import say
from keras_uda.core.outside import opened
from keras_uda.data.prepared import Prepared
from keras_uda.pseudo_labels.generate import Labeller
from keras_uda.pseudo_labels.generate import Thresholds
from keras_uda.pseudo_labels.generate import generate
from keras_uda.pseudo_labels.label_folder import LabelFolder
from keras_uda.pseudo_labels.prior import spatial_prior
from keras_uda.runs.notes import add_note
from keras_uda.runs.stage import Stage
from keras_uda.training.stage_data import StageData
from keras_uda.training.state import state_hash

LABELS = "pseudo_labels"
# Settings that do not change a label, or that the weights of the labelling segmenter say already.
NOT_IN_LABELS = ("mine", "source_portion", "labelled_by")


def with_pseudo_labels(
    stage: Stage, source: Prepared | None, target: Prepared, segmenter: keras.Model, regenerate: bool = False
) -> StageData:
    """Labels the target images, or finds the labels of an earlier process.

    Args:
        stage: its configuration says how to label; the labels are in `pseudo_labels/` of its folder.
        source: with labels; None: there is none.
        target: without.
        segmenter: float32, labels the images.
        regenerate: make labels that were changed again.
    Raises:
        DataError: labels were changed, are missing, or belong to something else.
        NumericsError: not one pixel got a label.
        ResourceError: the disk refuses.
    """
    config, classes = stage.config.pseudo_labels, stage.run.data.classes
    folder = LabelFolder(stage.folder / LABELS, identity(stage, target, segmenter))
    if not folder.open(regenerate):
        prior = spatial_prior(source, len(classes), target.size) if config.prior else None
        labeller = choose_labeller(config, len(classes), source, segmenter)
        manifest = generate(target, segmenter, labeller, folder, config.flip, prior)
        say(f"pseudo-labels: {manifest['coverage']:.1%} of the pixels of {len(target)} target images")
    manifest = folder.manifest()
    note_unlabelled_classes(stage, manifest["pixels"])
    rare = tuple(classes.index(name) for name in manifest.get("rare", ()))
    predicted = list(manifest["predicted"].values())  # pixels by class
    return StageData(
        None if source is None else portion_of(source, config.source_portion, stage.run.seed),
        joined(target, folder),
        Mining(rare, config.mine) if config.mine and rare else None,
        max(predicted) / max(sum(predicted), 1),
    )


def note_unlabelled_classes(stage: Stage, pixels: dict[str, int]) -> None:
    """Notes the classes that no pseudo-label of a stage names; `pixels` with each label."""
    classes = ", ".join(name for name, count in pixels.items() if not count)
    if classes:
        taught = "Nothing teaches them here" if stage.run.has_no_source else "They are learnt from the source alone"
        text = f"Stage {stage.name}: no target pixel is labelled as {classes}. {taught}."
        add_note(stage.run_folder.path, f"{stage.name}/unlabelled", text)


def choose_labeller(
    config: PseudoLabelConfig, classes: int, source: Prepared | None, segmenter: keras.Model
) -> Labeller:
    """The way of labelling that a policy means."""
    if config.policy == "landmarks":
        # Imports scikit-learn and scikit-image, which nothing else needs.
        from keras_uda.pseudo_labels.landmarks import Landmarks

        return Landmarks(config, classes, source, segmenter)
    return Thresholds(config, classes)


def identity(stage: Stage, target: Prepared, segmenter: keras.Model) -> dict:
    """What labels depend on; in their manifest."""
    data, config = stage.run.data, stage.config.pseudo_labels
    weights = {f"{index:04d}": weight for index, weight in enumerate(segmenter.weights)}
    settings = {key: value for key, value in dataclasses.asdict(config).items() if key not in NOT_IN_LABELS}
    images = json.dumps([target.names, target.digests]).encode()
    return {
        "model": state_hash(weights),
        "settings": settings,
        "classes": list(data.classes),
        "size": data.target.size,
        "images": hashlib.sha256(images).hexdigest(),
    }


def joined(target: Prepared, folder: LabelFolder) -> Prepared:
    """The target images with what the folder has for each."""
    target = target.join("pseudo_label", folder.files())
    entry = next(iter(folder.entries.values()))
    if "soft" in entry:
        classes = len(folder.identity["classes"])
        with opened(folder.path / entry["soft"]) as stream, Image.open(stream, formats=("PNG",)) as planes:
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
