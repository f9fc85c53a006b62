"""The configuration: frozen dataclasses, the only home of default values and of the ranges of fields.

What is below `data` is in `data_schema.py`, what is below `stages` and `optimizers` in `stage_schema.py`.

Nothing here imports TensorFlow. Types, ranges and the path to a mistake are pydantic's; `validation.py` turns them into
one line. Options of one method, network, reader, ... are no fields here: they are the arguments of its class or
function, see `source_code.py`.
"""

from dataclasses import field
from typing import Annotated
from typing import Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from keras_uda.config.data_schema import DataConfig
from keras_uda.config.data_schema import DomainConfig
from keras_uda.config.field_types import MOST_MEMBERS
from keras_uda.config.field_types import STRICT
from keras_uda.config.field_types import Natural
from keras_uda.config.field_types import Options
from keras_uda.config.field_types import Place
from keras_uda.config.field_types import Seed
from keras_uda.config.field_types import Share
from keras_uda.config.field_types import Size
from keras_uda.config.field_types import one_of
from keras_uda.config.method_spec import method_facts
from keras_uda.config.names import ENSEMBLE
from keras_uda.config.names import NO_SOURCE
from keras_uda.config.names import SEGMENTERS
from keras_uda.config.stage_schema import OptimizerConfig
from keras_uda.config.stage_schema import StageConfig
from keras_uda.core.errors import UsageError


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
    weights: Place = "imagenet"
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
