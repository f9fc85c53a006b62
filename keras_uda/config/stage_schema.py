"""Fields of `stages` and `optimizers`: what a stage trains with, and on."""

from dataclasses import field
from typing import Annotated
from typing import Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from keras_uda.config.field_types import STRICT
from keras_uda.config.field_types import Batch
from keras_uda.config.field_types import Natural
from keras_uda.config.field_types import OpenShare
from keras_uda.config.field_types import Options
from keras_uda.config.field_types import Place
from keras_uda.config.field_types import Rate
from keras_uda.config.field_types import Share
from keras_uda.config.field_types import Size


@dataclass(frozen=True, config=STRICT)
class OptimizerConfig:
    """An optimiser and its learning rate.

    Args:
        name: `sgd`, `adam`, ...
        learning_rate: before the schedule.
        head_multiplier: learning rate of the heads in units of `learning_rate`.
        clip_norm: largest global norm of the gradient, before weight decay; 0 does not clip.
        arguments: options of the optimiser.
        schedule: factors of the learning rate by name with their options; they multiply. None: a constant rate.
    """

    name: str = "adam"
    learning_rate: Rate = 5e-4
    head_multiplier: Rate = 1.0
    clip_norm: Annotated[float, Field(ge=0, le=100)] = 0.0
    arguments: Options = field(default_factory=dict)
    schedule: dict[str, Options] = field(default_factory=lambda: {"polynomial": {}})


@dataclass(frozen=True, config=STRICT)
class PseudoLabelConfig:
    """How the segmenter of an earlier stage labels the target images that a stage trains on.

    Args:
        policy: which pixels get a label: `class_balanced` (the `portion` of every class that is most certain), `global`
            (the `portion` of all pixels), `confidence` (those above `threshold`), `landmarks` (superpixels that a
            shallow classifier is certain of; with the distribution of classes in every image).
        portion: share of the pixels, or of the superpixels, that get a label.
        threshold: least confidence under `confidence`; 0 labels every pixel.
        flip: average the prediction with that of the mirrored image.
        prior: multiply predictions by where the source labels have each class.
        label_entropy: alpha of soft labels (LRENT); 0: none.
        soft: store the whole prediction of every pixel as well, at the stride of the logits.
        every: every n-th pixel of a class in an image counts for the thresholds.
        extra_zero: count one confidence of 0 more per class, as the released CBST code does.
        mine: chance that a random crop is centred on a rare class (needs `data.zoom` above 1).
        source_portion: share of the source images that the stage trains on.
        labelled_by: name of the stage whose segmenter labels; null: that of the stage's `teacher`, or the stage before.
        superpixels: of an image, under `landmarks`.
        source_images: to fit the classifiers of `landmarks` on.
    """

    policy: Literal["class_balanced", "global", "confidence", "landmarks"] = "class_balanced"
    portion: OpenShare = 0.2
    threshold: Share = 0.9
    flip: bool = True
    prior: bool = False
    label_entropy: Annotated[float, Field(ge=0, le=10)] = 0.0
    soft: bool = False
    every: Natural = 4
    extra_zero: bool = False
    mine: Share = 0.0
    source_portion: OpenShare = 1.0
    labelled_by: str | None = None
    superpixels: Annotated[int, Field(ge=4, le=10_000)] = 100
    source_images: Natural = 200


@dataclass(frozen=True, config=STRICT)
class TranslationConfig:
    """Translated source images that a stage trains on.

    Args:
        by: name of the earlier stage whose method translates; null: the last one before.
        run: folder of another run with such a stage, in place of an earlier stage; its source must be the same.
        originals: the original images beside their translations, as often; false: the translations alone.
    """

    by: str | None = None
    run: Place | None = None
    originals: bool = True


@dataclass(frozen=True, config=STRICT)
class StageConfig:
    """One `fit` of one method.

    Args:
        method: what this stage trains with (`dacs`, `adabn`, ...).
        steps: optimiser steps.
        arguments: options of the method.
        add_ons: losses that join the method's own, by name with their options.
        optimizers: per part, replaces the run's `optimizers` in this stage.
        start: `previous` (the segmenter of the stage before) or `initial`.
        weights: with `start: initial`, in place of `segmenter.weights`: self-supervised ones, for example.
        teacher: name of the stage whose segmenter teaches, if the method has a teacher, and writes the pseudo-labels
            unless `pseudo_labels.labelled_by` names another; without it both are the stage before.
        pseudo_labels: how the target images are labelled before the stage; null: they are not.
        translations: translated source images to train on; null: none.
        batch: in place of `data.batch`, of a stage that trains no segmenter.
        crop: in place of `data.crop`, of a stage that trains no segmenter.
        batch_norm: `frozen` normalises with the statistics that the segmenter has when the stage starts, and trains
            neither these nor scales and offsets; null: as `segmenter.arguments.batch_norm` says.
    """

    method: str = "source_only"
    steps: Natural = 300
    arguments: Options = field(default_factory=dict)
    add_ons: dict[str, Options] = field(default_factory=dict)
    optimizers: dict[str, OptimizerConfig] = field(default_factory=dict)
    start: Literal["previous", "initial"] = "previous"
    weights: Place | None = None
    teacher: str | None = None
    pseudo_labels: PseudoLabelConfig | None = None
    translations: TranslationConfig | None = None
    batch: Batch | None = None
    crop: Size | None = None
    batch_norm: Literal["frozen"] | None = None
