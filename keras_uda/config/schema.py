"""The configuration: frozen dataclasses, the only home of default values, and the tables of names.

Nothing here imports TensorFlow. Names resolve through literal tables of strings with `resolve`, on use.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field

from keras_uda.config.names import BUILT_IN_DOMAINS
from keras_uda.config.names import DOMAINS
from keras_uda.config.names import ENSEMBLE
from keras_uda.config.names import SEGMENTERS
from keras_uda.config.names import WEAK_LABELS
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.errors import UsageError
from keras_uda.core.errors import did_you_mean

# Methods whose stages train on labels that an earlier segmenter wrote; no other method reads any.
ON_PSEUDO_LABELS = ("selftraining", "cbst", "cda", "proda", "proda_distil")
ON_SOFT_LABELS = ("proda",)  # those that read the whole prediction of every pixel
WITHOUT_TARGET = ("source_only",)
WITHOUT_SOURCE = ("adabn",)
WITH_TARGET_LABELS = ("oracle",)
ON_SOME_TARGET_LABELS = ("contrastive_memory_semi",)


def _require(condition: bool, key: str, value: object, remedy: str) -> None:
    if not condition:
        raise UsageError(key, f"`{value}` is not possible", remedy)


def _one_of(key: str, value: str, choices: Iterable[str]) -> None:
    _require(value in choices, key, value, did_you_mean(value, choices))


def parse_size(text: str) -> tuple[int, int]:
    """`"256x192"` -> (width, height) = (256, 192)."""
    match = re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})", text)
    if not match:
        raise UsageError("size", f"`{text}` is not WIDTHxHEIGHT", "Write for example 256x192")
    return int(match[1]), int(match[2])


@dataclass(frozen=True)
class DomainConfig:
    """Where the images of one domain come from.

    Args:
        name: `sim`, `street`, `drive` (built in) or a reader: `gta5`, `synthia`, `cityscapes`, `camvid`, `folder`.
        root: folder of the data; only for readers.
        size: WIDTHxHEIGHT that the network sees.
        split: the part to train on.
        eval_split: the part to score on; never trained on.
        frames: number of training frames of a built-in domain.
        eval_frames: number of frames of a built-in domain to score on.
        class_map: how the ids or colours of the label files become classes: null (the reader's own), the name of a
            shipped map, a YAML file, or the mapping itself.
        world_seed: which built-in world; frame i is a pure function of (version, world_seed, i, size).
        exclude: images to leave out: FILE (one name per line) or FILE:KEY (a list in a JSON file), below the root.
        on_bad_sample: `fail` (refuse the folder, naming every bad file) or `skip` (leave bad pairs out, and say so).
    """

    name: str = "sim"
    root: str | None = None
    size: str = "256x192"
    split: str = "train"
    eval_split: str = "val"
    frames: int = 800
    eval_frames: int = 100
    class_map: str | dict | None = None
    world_seed: int = 0
    exclude: str | None = None
    on_bad_sample: str = "fail"

    def __post_init__(self):
        _one_of("data.*.name", self.name, DOMAINS)
        _one_of("data.*.on_bad_sample", self.on_bad_sample, ("fail", "skip"))
        parse_size(self.size)
        _require(self.frames >= 1, "data.*.frames", self.frames, "Give at least 1")
        _require(self.eval_frames >= 0, "data.*.eval_frames", self.eval_frames, "Give 0 or more")


@dataclass(frozen=True)
class DataConfig:
    """Both domains and how batches are made of them.

    Args:
        size: sets the size of both domains.
        classes: names of the classes of the segmenter, in the order of its outputs.
        batch: images per domain and step.
        cache: folder for prepared files; null is the user's cache folder.
        flip: mirror half of the images.
        zoom: largest magnification of a random crop of an image; 1 = no crop.
        jitter: strength of random changes of brightness, contrast and saturation, 0 to 1.
        weak_labels: tags of target training images (CSV, points beside it), or points alone (.jsonl); null derives
            them from full labels. Read by `weaklabel` with `--weak oracle` or `point`.
        weak_images: use the weak labels of so many images only.
        weak_points: points per class and image, where they are derived.
        labelled_images: so many target training images keep their labels, for semi-supervised methods.
    """

    source: DomainConfig = field(default_factory=DomainConfig)
    target: DomainConfig = field(default_factory=lambda: DomainConfig(name="street"))
    size: str | None = None
    classes: tuple[str, ...] = CITYSCAPES
    batch: int = 4
    cache: str | None = None
    flip: bool = True
    zoom: float = 1.0
    jitter: float = 0.0
    weak_labels: str | None = None
    weak_images: int | None = None
    weak_points: int = 1
    labelled_images: int | None = None

    def __post_init__(self):
        _require(
            self.weak_images is None or self.weak_images >= 0, "data.weak_images", self.weak_images, "Give 0 or more"
        )
        _require(0 <= self.weak_points <= 1000, "data.weak_points", self.weak_points, "Give 0 to 1000")
        some = self.labelled_images is None or self.labelled_images >= 1
        _require(some, "data.labelled_images", self.labelled_images, "Give at least 1")
        _require(1 <= self.batch <= 4096, "data.batch", self.batch, "Give 1 to 4096")
        _require(2 <= len(self.classes) <= 254, "data.classes", list(self.classes), "Give 2 to 254 names in brackets")
        _require(len(set(self.classes)) == len(self.classes), "data.classes", "a name twice", "Name each class once")
        _require(1 <= self.zoom <= 8, "data.zoom", self.zoom, "Give 1 to 8")
        _require(0 <= self.jitter <= 1, "data.jitter", self.jitter, "Give 0 to 1")
        if self.size is not None:
            parse_size(self.size)


@dataclass(frozen=True)
class SegmenterConfig:
    """The network that is adapted and exported.

    Args:
        name: a name of `SEGMENTERS`.
        weights: `imagenet`, `none`, or a file.
        levels: 1, or 2 for an auxiliary head (`aux_logits`).
        batch_norm: `live` (statistics, scale and offset train), `batch_stats` (statistics live, scale and offset
            frozen: the published DeepLab-v2 codes), `frozen`.
        aspp_dilations: branches of the DeepLab-v2 head.
        width: channels of the decoder (`efficientnet_lite0`) or of the first layer (`tiny`); null is its default.
        feature_norm: a batch norm between backbone and head of `deeplab_v2_resnet101_proda` (self-supervised start).
        members: the configurations that an `ensemble` is made of; written by the verb `ensemble`.
        shares: of the members in its logits.
    """

    name: str = "efficientnet_lite0"
    weights: str = "imagenet"
    levels: int = 1
    batch_norm: str = "live"
    aspp_dilations: tuple[int, ...] = (6, 12, 18, 24)
    width: int | None = None
    feature_norm: bool = False
    members: tuple[dict, ...] = ()
    shares: tuple[float, ...] = ()

    def __post_init__(self):
        if self.members or self.shares:
            named = self.name == ENSEMBLE and not any(member.get("name") == ENSEMBLE for member in self.members)
            fits = named and len(self.members) == len(self.shares) >= 2
            _require(fits, "segmenter.members", len(self.members), "Let `python -m keras_uda ensemble` write them")
        else:
            _one_of("segmenter.name", self.name, SEGMENTERS)
        _require(self.levels in (1, 2), "segmenter.levels", self.levels, "Use 1 or 2")
        _one_of("segmenter.batch_norm", self.batch_norm, ("live", "batch_stats", "frozen"))
        _require(
            min(self.aspp_dilations, default=0) > 0, "segmenter.aspp_dilations", self.aspp_dilations, "Give [6, 12]"
        )
        _require(self.width is None or self.width > 0, "segmenter.width", self.width, "Give at least 1")


@dataclass(frozen=True)
class OptimizerConfig:
    """An optimiser in the published form and its polynomial schedule.

    Args:
        name: `sgd` (momentum and coupled weight decay as PyTorch has them) or `adam` (epsilon after the correction).
        learning_rate: at step 0.
        momentum: of `sgd`.
        weight_decay: coupled L2, added to the gradient.
        beta_1: of `adam`.
        beta_2: of `adam`.
        head_multiplier: learning rate of the heads in units of `learning_rate`.
        power: of the schedule (1 - step / I_max) ** power; 0 keeps the rate constant.
        horizon: I_max in units of the steps of the stage (ADVENT: 250/120).
        repeats: `nominal`, or `official`: listed parameters are updated as often as the released DeepLab-v2 codes do.
        clip_norm: largest global norm of the gradient, before weight decay; 0 does not clip.
    """

    name: str = "adam"
    learning_rate: float = 5e-4
    momentum: float = 0.9
    weight_decay: float = 0.0
    beta_1: float = 0.9
    beta_2: float = 0.999
    head_multiplier: float = 1.0
    power: float = 0.9
    horizon: float = 1.0
    repeats: str = "nominal"
    clip_norm: float = 0.0

    def __post_init__(self):
        _one_of("optimizers.*.name", self.name, ("sgd", "adam"))
        _one_of("optimizers.*.repeats", self.repeats, ("nominal", "official"))
        for name in ("learning_rate", "head_multiplier"):
            value = getattr(self, name)
            possible = math.isfinite(value) and 0 < value <= 1e3
            _require(possible, f"optimizers.*.{name}", value, "Give a number above 0, at most 1000")
        for name in ("momentum", "beta_1", "beta_2"):
            _require(0 <= getattr(self, name) < 1, f"optimizers.*.{name}", getattr(self, name), "Give 0 to below 1")
        for name in ("weight_decay", "power", "clip_norm"):
            _require(0 <= getattr(self, name) <= 100, f"optimizers.*.{name}", getattr(self, name), "Give 0 or more")
        _require(1 <= self.horizon <= 1e9, "optimizers.*.horizon", self.horizon, "Give 1 or more")


@dataclass(frozen=True)
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

    policy: str = "class_balanced"
    portion: float = 0.2
    threshold: float = 0.9
    flip: bool = True
    prior: bool = False
    label_entropy: float = 0.0
    soft: bool = False
    every: int = 4
    extra_zero: bool = False
    mine: float = 0.0
    source_portion: float = 1.0
    labelled_by: str | None = None
    superpixels: int = 100
    source_images: int = 200

    def check(self) -> None:
        """Raises UsageError; not in `__post_init__`, whose errors the parser hides where null is possible too."""
        key = "stages.*.pseudo_labels"
        _one_of(f"{key}.policy", self.policy, ("class_balanced", "global", "confidence", "landmarks"))
        for name in ("portion", "source_portion"):
            _require(0 < getattr(self, name) <= 1, f"{key}.{name}", getattr(self, name), "Give more than 0, up to 1")
        for name in ("threshold", "mine"):
            _require(0 <= getattr(self, name) <= 1, f"{key}.{name}", getattr(self, name), "Give 0 to 1")
        for name in ("every", "source_images"):
            _require(getattr(self, name) >= 1, f"{key}.{name}", getattr(self, name), "Give at least 1")
        _require(0 <= self.label_entropy <= 10, f"{key}.label_entropy", self.label_entropy, "Give 0 to 10")
        _require(4 <= self.superpixels <= 10_000, f"{key}.superpixels", self.superpixels, "Give 4 to 10000")


@dataclass(frozen=True)
class StageConfig:
    """One `fit` of one method.

    Args:
        method: a name of `METHODS` or `STAGE_METHODS`.
        steps: optimiser steps.
        arguments: keyword arguments of the method's class.
        optimizers: per part, replaces the run's `optimizers` in this stage.
        start: `previous` (the segmenter of the stage before) or `initial`.
        weights: with `start: initial`, in place of `segmenter.weights`: self-supervised ones, for example.
        teacher: name of the stage whose segmenter teaches, if the method has a teacher, and writes the pseudo-labels
            unless `pseudo_labels.labelled_by` names another; without it both are the stage before.
        pseudo_labels: how the target images are labelled before the stage; null: they are not.
    """

    method: str = "source_only"
    steps: int = 300
    arguments: dict = field(default_factory=dict)
    optimizers: dict[str, OptimizerConfig] = field(default_factory=dict)
    start: str = "previous"
    weights: str | None = None
    teacher: str | None = None
    pseudo_labels: PseudoLabelConfig | None = None

    def __post_init__(self):
        _require(1 <= self.steps <= 10**9, "stages.*.steps", self.steps, "Give at least 1")
        _one_of("stages.*.start", self.start, ("previous", "initial"))
        if self.pseudo_labels is not None:
            self.pseudo_labels.check()


@dataclass(frozen=True)
class EvaluationConfig:
    """How predictions are scored.

    Args:
        merge: predicted class -> class it counts as, for targets that tell fewer classes apart.
        subsets: name -> pattern of frame names, scored beside the whole split.
        class_sets: name -> classes, mean IoU beside the usual ones.
    """

    merge: dict[str, str] = field(default_factory=dict)
    subsets: dict[str, str] = field(default_factory=dict)
    class_sets: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class RunConfig:
    """Everything that decides the result of `train.py`."""

    method: str = "advent"
    weak: str | None = None
    seed: int = 0
    preset: str = "default"
    data: DataConfig = field(default_factory=DataConfig)
    segmenter: SegmenterConfig = field(default_factory=SegmenterConfig)
    optimizers: dict[str, OptimizerConfig] = field(default_factory=dict)
    stages: dict[str, StageConfig] = field(default_factory=dict)
    evaluation: EvaluationConfig = field(default_factory=EvaluationConfig)
    precision: str = "auto"
    strategy: str = "none"
    baselines: str = "all"
    checkpoint_every: int = 100

    @property
    def source_steps(self) -> int:
        """Batches of the source that all stages together train on: what a fair baseline has as well."""
        return sum(stage.steps for stage in self.stages.values() if stage.method not in WITHOUT_SOURCE)

    def __post_init__(self):
        _require(0 <= self.seed < 2**31, "seed", self.seed, "Give 0 or more")
        _one_of("preset", self.preset, ("default", "official"))
        _one_of("precision", self.precision, ("auto", "float32", "mixed_bfloat16", "mixed_float16"))
        _one_of("strategy", self.strategy, ("none", "mirrored", "multiworker"))
        _one_of("baselines", self.baselines, ("all", "none"))
        _require(self.checkpoint_every >= 1, "checkpoint_every", self.checkpoint_every, "Give at least 1")
        if self.weak is not None:
            _one_of("--weak", self.weak, WEAK_LABELS)
        for side in ("source", "target"):
            domain = getattr(self.data, side)
            if domain.name in BUILT_IN_DOMAINS and domain.root is not None:
                raise UsageError(
                    f"data.{side}.root", f"`{domain.root}` given, but {domain.name} is built in", "Drop it"
                )
