"""The configuration: frozen dataclasses, the only home of default values and of the ranges of fields.

Nothing here imports TensorFlow. Types, ranges and the path to a mistake are pydantic's; `validation.py` turns them into
one line. Options of one method, network, reader, ... are no fields here: they are the arguments of its class or
function, see `source_code.py`.
"""

import re
from collections.abc import Callable
from collections.abc import Iterable
from dataclasses import field
from typing import Annotated
from typing import Any
from typing import Literal

from pydantic import AfterValidator
from pydantic import ConfigDict
from pydantic import Field
from pydantic.dataclasses import dataclass
from pydantic_core import PydanticCustomError

from keras_uda.config.method_spec import method_facts
from keras_uda.config.names import BUILT_IN_DOMAINS
from keras_uda.config.names import ENSEMBLE
from keras_uda.config.names import NO_SOURCE
from keras_uda.config.names import READERS
from keras_uda.config.names import SEGMENTERS
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.errors import UsageError

STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)
MOST_FRAMES = 10_000_000
MOST_MEMBERS = 16
MOST_FRAMES = 1_000_000  # of a split of the built-in world
MOST_STEPS = 10**9
MOST_PIXELS = 64_000_000  # of an image


def parse_size(text: str) -> tuple[int, int]:
    """`"256x192"` -> (width, height) = (256, 192)."""
    match = re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})", text)
    if not match:
        raise UsageError("size", f"`{text}` is not WIDTHxHEIGHT", "Write for example 256x192")
    width, height = int(match[1]), int(match[2])
    if width * height > MOST_PIXELS:
        raise UsageError("size", f"`{text}` is more than {MOST_PIXELS // 10**6} million pixels", "Take a smaller one")
    return width, height


def _size(text: str) -> str:
    try:
        parse_size(text)
    except UsageError as error:
        remedy = f"WIDTHxHEIGHT of at most {MOST_PIXELS // 10**6} million pixels, for example 256x192"
        raise PydanticCustomError("form", "not a size", {"remedy": remedy}) from error
    return text


def one_of(choices: Callable[[], Iterable[str]]) -> AfterValidator:
    """A text that is one of the names of a table, which is looked at when it is needed."""

    def check(name: str) -> str:
        if name not in choices():
            raise PydanticCustomError("choice", "no such name", {"choices": list(choices())})
        return name

    return AfterValidator(check)


def _no_name_twice(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise PydanticCustomError("form", "a name twice", {"remedy": f"each class once (`{twice}` stands twice)"})
    return names


Size = Annotated[str, AfterValidator(_size)]
Share = Annotated[float, Field(ge=0, le=1)]
OpenShare = Annotated[float, Field(gt=0, le=1)]
Rate = Annotated[float, Field(gt=0, le=1000)]
Frames = Annotated[int, Field(ge=0, le=MOST_FRAMES)]
Natural = Annotated[int, Field(ge=1, le=MOST_STEPS)]
Seed = Annotated[int, Field(ge=0, lt=2**31)]
Batch = Annotated[int, Field(ge=1, le=4096)]
Options = dict[str, Any]


@dataclass(frozen=True, config=STRICT)
class DomainConfig:
    """Where the images of one domain come from.

    Args:
        name: `sim`, `street`, `drive` (built in) or a reader (`gta5`, `folder`, `footage`, ...); `none`, of the source:
            a trained segmenter (`segmenter.weights`) and the target's images alone.
        root: folder of the data; only for readers.
        size: WIDTHxHEIGHT that the network sees.
        split: the part to train on.
        eval_split: the part to score on; never trained on.
        frames: number of training frames of a built-in domain.
        eval_frames: number of frames of a built-in domain to score on.
        class_map: how the ids or colours of the label files become classes: null (the reader's own), the name of a
            shipped map, a YAML file, or the mapping itself.
        merge: class of the labels -> class of the segmenter that it counts as, after the class map. What else the
            labels name and the segmenter does not have is open: reported, and not scored.
        world_seed: which built-in world; frame i is a pure function of (version, world_seed, i, size).
        exclude: images to leave out: FILE (one name per line) or FILE:KEY (a list in a JSON file), below the root.
        on_bad_sample: `fail` (refuse the folder, naming every bad file) or `skip` (leave bad pairs out, and say so).
        arguments: options of the reader.
        sampler: of the source: which images are drawn, as the name of a sampler with its options; none: every image
            as often as any other.
    """

    name: Annotated[str, one_of(lambda: (*BUILT_IN_DOMAINS, *READERS, NO_SOURCE))] = "sim"
    root: str | None = None
    size: Size = "256x192"
    split: str = "train"
    eval_split: str = "val"
    frames: Annotated[int, Field(ge=1, le=MOST_FRAMES)] = 800
    eval_frames: Frames = 100
    class_map: str | dict | None = None
    merge: dict[str, str] = field(default_factory=dict)
    world_seed: Seed = 0
    exclude: str | None = None
    on_bad_sample: Literal["fail", "skip"] = "fail"
    arguments: Options = field(default_factory=dict)
    sampler: Annotated[dict[str, Options], Field(max_length=1)] = field(default_factory=dict)


@dataclass(frozen=True, config=STRICT)
class SharedDomainConfig(DomainConfig):
    """One of several sources or targets.

    Args:
        share: of the images that are drawn, in units of the other shares.
        ...: those of `DomainConfig`.
    """

    share: Annotated[float, Field(gt=0, le=1e6)] = 1.0


@dataclass(frozen=True, config=STRICT)
class DataConfig:
    """Both domains and how batches are made of them.

    Args:
        source: labelled images.
        target: images to adapt to.
        sources: several sources in place of one: a list of entries like `source`, each with a `share` of the images.
        targets: several targets in place of one, in the same way.
        size: sets the size of both domains.
        classes: names of the classes of the segmenter, in the order of its outputs.
        batch: images per domain and step.
        cache: folder for prepared files; null is the user's cache folder.
        flip: mirror half of the images.
        zoom: largest magnification of a random crop of an image; 1 = no crop.
        crop: WIDTHxHEIGHT of a random crop of each image; scores are of whole images. It is not scaled; with `zoom`, a
            window of 1 to `zoom` times its sides is scaled to it.
        class_weight_exponent: rare classes weigh more in the cross-entropy of labelled images, f^-exponent of their
            share f of the labelled pixels, with a mean of 1; 0: every class the same, as published.
        jitter: strength of random changes of brightness, contrast and saturation, 0 to 1.
        transforms: changes of the drawn images that need both domains, by name with their options, in order.
        weak_labels: tags of target training images (CSV, points beside it), or points alone (.jsonl); null derives
            them from full labels. Read by `weaklabel` with `--weak tags` or `point`, and by the add-on `points`.
        weak_images: use the weak labels of so many images only.
        weak_points: points per class and image, where they are derived.
        labelled_images: so many target training images keep their labels, for semi-supervised methods.
    """

    source: DomainConfig = field(default_factory=DomainConfig)
    target: DomainConfig = field(default_factory=lambda: DomainConfig(name="street"))
    sources: tuple[SharedDomainConfig, ...] = ()
    targets: tuple[SharedDomainConfig, ...] = ()
    size: Size | None = None
    classes: Annotated[tuple[str, ...], Field(min_length=2, max_length=254), AfterValidator(_no_name_twice)] = (
        CITYSCAPES
    )
    batch: Batch = 4
    cache: str | None = None
    flip: bool = True
    zoom: Annotated[float, Field(ge=1, le=8)] = 1.0
    crop: Size | None = None
    class_weight_exponent: Annotated[float, Field(ge=0, le=2)] = 0.0
    jitter: Share = 0.0
    transforms: dict[str, Options] = field(default_factory=dict)
    weak_labels: str | None = None
    weak_images: Frames | None = None
    weak_points: Annotated[int, Field(ge=0, le=1000)] = 1
    labelled_images: Annotated[int, Field(ge=1, le=MOST_FRAMES)] | None = None


@dataclass(frozen=True, config=STRICT)
class SegmenterConfig:
    """The network that is adapted and exported.

    Args:
        name: of the network (`efficientnet_lite0`, `segformer`, ...).
        weights: `imagenet`, `none`, or a file.
        levels: 1, or 2 for an auxiliary head (`aux_logits`).
        arguments: options of the network.
        scales: 1, or 2 for the whole image at half scale and windows of it at full scale, fused by an attention.
        crop: WIDTHxHEIGHT that two scales fuse at once; larger images are seen through sliding crops. null: the whole
            image.
        target_share: of the target in the statistics that live batch norm normalises with in the end; the source has
            the rest. 1: the target's alone.
        members: the configurations that an `ensemble` is made of, 16 at most; written by the verb `ensemble`.
        shares: of the members in its logits.
    """

    name: Annotated[str, one_of(lambda: (*SEGMENTERS, ENSEMBLE))] = "efficientnet_lite0"
    weights: str = "imagenet"
    levels: Literal[1, 2] = 1
    arguments: Options = field(default_factory=dict)
    members: Annotated[tuple[Options, ...], Field(max_length=MOST_MEMBERS)] = ()
    shares: Annotated[tuple[float, ...], Field(max_length=MOST_MEMBERS)] = ()
    scales: Literal[1, 2] = 1
    crop: Size | None = None
    target_share: Share = 1.0

    def __post_init__(self):
        if self.crop is not None and self.scales == 1:
            what = f"`{self.crop}` is what two scales fuse at once, but there is one"
            raise UsageError("segmenter.crop", what, "Set --segmenter.scales 2")
        if self.scales == 2 and self.name == ENSEMBLE:
            raise UsageError("segmenter.scales", "2, but an ensemble has those of its members", "Leave it out")
        nested = any(member.get("name") == ENSEMBLE for member in self.members)
        written = len(self.members) == len(self.shares) >= 2 and not nested
        if (self.name == ENSEMBLE) != bool(self.members or self.shares) or (self.name == ENSEMBLE and not written):
            what = f"`{len(self.members)}` members of `{self.name}` are not valid"
            raise UsageError("segmenter.members", what, "Let `python -m keras_uda ensemble` write them")


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
    run: str | None = None
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
    """

    method: str = "source_only"
    steps: Natural = 300
    arguments: Options = field(default_factory=dict)
    add_ons: dict[str, Options] = field(default_factory=dict)
    optimizers: dict[str, OptimizerConfig] = field(default_factory=dict)
    start: Literal["previous", "initial"] = "previous"
    weights: str | None = None
    teacher: str | None = None
    pseudo_labels: PseudoLabelConfig | None = None
    translations: TranslationConfig | None = None
    batch: Batch | None = None
    crop: Size | None = None


@dataclass(frozen=True, config=STRICT)
class EvaluationConfig:
    """How predictions are scored.

    Args:
        merge: predicted class -> class it counts as, for targets that tell fewer classes apart.
        subsets: name -> pattern of frame names, scored beside the whole split.
        class_sets: name -> classes, mean IoU beside the usual ones.
        also: labelled domains beside the target that are scored too: a list of entries like `data.target`, of which the
            `eval_split` is read; nothing is trained on them.
    """

    merge: dict[str, str] = field(default_factory=dict)
    subsets: dict[str, str] = field(default_factory=dict)
    class_sets: dict[str, list[str]] = field(default_factory=dict)
    also: tuple[DomainConfig, ...] = ()


@dataclass(frozen=True, config=STRICT)
class RunConfig:
    """Everything that decides the result of `train.py`.

    Args:
        method: a name of `RUN_METHODS`; what the stages together are. Ensembles are called after their members.
        seed: of the initial weights, of the order of the data and of every random change.
        preset: `default`, or `official`: the forms of the released code where it differs from the paper.
        data: both domains, and how batches are made.
        segmenter: the network.
        optimizers: by part of the method (`segmenter`, `discriminator`, ...).
        stages: by name, in the order in which they are trained.
        evaluation: how predictions are scored.
        precision: `auto` (per part, by what this machine multiplies natively), `float32`, `mixed_bfloat16`,
            `mixed_float16`.
        strategy: `none`, `mirrored` (devices of this machine) or `multiworker` (machines named in TF_CONFIG).
        baselines: `all` trains source-only and the oracle for comparison, `none` does not.
        checkpoint_every: steps between two checkpoints.
    """

    method: str = "advent"
    seed: Seed = 0
    preset: Literal["default", "official"] = "default"
    data: DataConfig = field(default_factory=DataConfig)
    segmenter: SegmenterConfig = field(default_factory=SegmenterConfig)
    optimizers: dict[str, OptimizerConfig] = field(default_factory=dict)
    stages: dict[str, StageConfig] = field(default_factory=dict)
    evaluation: EvaluationConfig = field(default_factory=EvaluationConfig)
    precision: Literal["auto", "float32", "mixed_bfloat16", "mixed_float16"] = "auto"
    strategy: Literal["none", "mirrored", "multiworker"] = "none"
    baselines: Literal["all", "none"] = "all"
    checkpoint_every: Natural = 100

    @property
    def has_no_source(self) -> bool:
        """Whether there are a trained segmenter and target images alone."""
        return self.data.source.name == NO_SOURCE

    @property
    def source_steps(self) -> int:
        """Labelled batches that the segmenter is trained on in all stages: what a fair baseline has as well.

        Without a source, all steps: the oracle goes on from the given segmenter for as many.
        """
        if self.has_no_source:
            return sum(stage.steps for stage in self.stages.values())
        labelled, facts = {"source", "label"}, {name: method_facts(one.method) for name, one in self.stages.items()}
        learning = [name for name, known in facts.items() if known.trains_segmenter and labelled & {*known.reads}]
        return sum(self.stages[name].steps for name in learning)
