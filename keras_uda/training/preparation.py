"""What a stage needs before its `fit`: weak labels or pseudo-labels beside the target images, and its teacher."""

import keras
import numpy as np

from keras_uda.config.method_spec import learns_from_weak_labels
from keras_uda.data.decoding import evaluation_frames
from keras_uda.data.domains import Domains
from keras_uda.data.source_statistics import source_ratios
from keras_uda.runs.stage import Stage
from keras_uda.segmenters.build import load_segmenter
from keras_uda.segmenters.inference import label_map_of
from keras_uda.training.build import in_float32
from keras_uda.training.pseudo_labelling import with_pseudo_labels
from keras_uda.training.stage_data import StageData
from keras_uda.training.translating import translated_source
from keras_uda.weak_labels.files import write_weak_labels
from keras_uda.weak_labels.join import with_weak_labels

LOOKED_AT = 20  # target images, for the largest class


def prepare_stage(stage: Stage, domains: Domains, segmenter: keras.Model, regenerate: bool = False) -> StageData:
    """What a stage trains on; labels that are made for it are kept in the run folder.

    Args:
        stage: not finished yet.
        domains: the data of the run.
        segmenter: that the stage starts from.
        regenerate: make pseudo-labels and translations that were changed again.
    """
    source, target = domains.of(stage.facts)
    if stage.translator is not None:
        source = translated_source(stage, source, regenerate)
    if learns_from_weak_labels(stage.reads):
        target, labels = with_weak_labels(target, stage.run.data, domains.ledger, stage.run.seed, stage.weak_kind)
        write_weak_labels(stage.run_folder / "weak_labels.csv", labels)
    if stage.config.pseudo_labels is not None:
        labeller = float32_segmenter(stage, stage.labeller, segmenter)
        return with_pseudo_labels(stage, source, target, labeller, regenerate)
    share, partner = largest_share(stage, domains, segmenter), domains.partner_of(stage.facts)
    return StageData(source, target, largest_share=share, partner=partner)


def largest_share(stage: Stage, domains: Domains, segmenter: keras.Model) -> float | None:
    """The share of the largest class in the source labels; None for a method that no class swallows the map of.

    Without a source it is the largest in what the given segmenter says of target images.
    """
    if not stage.facts.may_collapse:
        return None
    classes = len(domains.data.classes)
    if not stage.run.has_no_source:
        return max(source_ratios(domains.source, classes))
    images = np.stack([image for _, image, _ in evaluation_frames(domains.target, LOOKED_AT)])
    counts = np.bincount(label_map_of(segmenter, images).ravel(), minlength=classes)
    return float(counts.max() / counts.sum())


def teacher_segmenter(stage: Stage, segmenter: keras.Model) -> keras.Model | None:
    """The segmenter that a stage learns from besides the labels; None for most methods."""
    return float32_segmenter(stage, stage.teacher, segmenter) if stage.facts.has_teacher else None


def float32_segmenter(stage: Stage, earlier: Stage | None, segmenter: keras.Model) -> keras.Model:
    """The segmenter that an earlier stage left; without one, the segmenter that `stage` starts from."""
    return in_float32(stage.run, segmenter) if earlier is None else load_segmenter(earlier.folder)[0]
