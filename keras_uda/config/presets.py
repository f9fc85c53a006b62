"""`--preset official`: the form of the released code where it differs from the paper, and nothing else.

Sizes, rates and schedules are never touched. The switches are those of the register of paper/code disagreements.
"""

import dataclasses

from keras_uda.config.method_spec import method_arguments
from keras_uda.config.names import EVERY_METHOD
from keras_uda.config.schema import OptimizerConfig
from keras_uda.config.schema import RunConfig
from keras_uda.config.schema import StageConfig
from keras_uda.config.unread import is_read
from keras_uda.core.errors import UsageError

# AdaptSegNet's head returns after two of its four branches; its numbers were made so.
TWO_BRANCHES = ("segmenter", "aspp_dilations", (6, 12))
# The released generator lists a convolution three or four times, so SGD updates it as often in a step.
REPEATED_PARAMETERS = ("optimizers.segmenter", "repeats", "official")
# The authors document 0.2 for given tags; every script they released sets 0.01.
SCRIPTED_CATEGORY_WEIGHT = ("arguments", "category_weight", 0.01)
# The released CBST code begins every list of confidences with a 0.
EXTRA_ZERO = ("pseudo_labels", "extra_zero", True)
# The released ProDA code takes probabilities for their logarithms in its distillation.
RELEASED_DISTILLATION = ("arguments", "released_form", True)
# The released memory keeps the features of the lowest attention, and all of them weigh the same.
MEMORY_BUGS = ("arguments", "official_bugs", True)
# Sums of cross-entropies beside means of L1, with the weights that belong to them: those of means are others.
RELEASED_SUMS = (
    ("arguments", "sum_losses", True),
    ("arguments", "adversarial_weight", 0.1),
    ("arguments", "auxiliary_weight", 0.1),
    ("arguments", "generator_weight", 0.1),
    ("arguments", "reconstruction_weight", 1.0),
)
# Its optimiser lists every parameter once.
LISTED_ONCE = ("proda",)
OFFICIAL = {
    "source_only": (REPEATED_PARAMETERS,),
    "oracle": (REPEATED_PARAMETERS,),
    "adabn": (REPEATED_PARAMETERS,),
    "dann": (TWO_BRANCHES, REPEATED_PARAMETERS),
    "lsdseg": RELEASED_SUMS,
    "adaptsegnet": (TWO_BRANCHES, REPEATED_PARAMETERS),
    "minent": (REPEATED_PARAMETERS,),
    "advent": (REPEATED_PARAMETERS,),
    "selftraining": (REPEATED_PARAMETERS, EXTRA_ZERO),
    "cbst": (REPEATED_PARAMETERS, EXTRA_ZERO),
    "proda": (REPEATED_PARAMETERS, RELEASED_DISTILLATION),
    "contrastive_memory": (TWO_BRANCHES, MEMORY_BUGS),
    "weaklabel": (TWO_BRANCHES, REPEATED_PARAMETERS, SCRIPTED_CATEGORY_WEIGHT),
}
CAN_EXPRESS = {
    "aspp_dilations": ("deeplab_v2_resnet101", "deeplab_v2_vgg16"),
    "repeats": ("deeplab_v2_resnet101", "deeplab_v2_resnet101_proda"),
}


def apply_preset(run: RunConfig) -> RunConfig:
    """The configuration with the switches of its preset.

    Raises:
        UsageError: the segmenter cannot express a switch; names both.
    """
    if run.preset == "default":
        return run
    if run.method not in OFFICIAL:
        raise UsageError(
            "--preset", f"`official` has no switch for {run.method}", f"It exists for {', '.join(OFFICIAL)}"
        )
    for place, key, value in OFFICIAL[run.method]:
        if key in CAN_EXPRESS and run.segmenter.name not in CAN_EXPRESS[key]:
            what = f"`official` sets {place}.{key}, which segmenter.name `{run.segmenter.name}` does not have"
            raise UsageError("--preset", what, f"Use --segmenter.name {CAN_EXPRESS[key][0]} or --preset default")
        run = _with(run, place, key, value)
    return run


def _labelled(stage: StageConfig, key: str, value: object) -> StageConfig:
    if stage.pseudo_labels is None or not is_read(key, stage.pseudo_labels, method=stage.method):
        return stage
    return dataclasses.replace(stage, pseudo_labels=dataclasses.replace(stage.pseudo_labels, **{key: value}))


def _with(run: RunConfig, place: str, key: str, value: object) -> RunConfig:
    if place == "segmenter":
        return dataclasses.replace(run, segmenter=dataclasses.replace(run.segmenter, **{key: value}))
    if place == "arguments":
        stages = {
            name: dataclasses.replace(stage, arguments={**stage.arguments, key: value})
            if stage.method in EVERY_METHOD and key in method_arguments(stage.method)
            else stage
            for name, stage in run.stages.items()
        }
        return dataclasses.replace(run, stages=stages)
    if place == "pseudo_labels":
        stages = {name: _labelled(stage, key, value) for name, stage in run.stages.items()}
        return dataclasses.replace(run, stages=stages)
    return _repeated(run, place.partition(".")[2], value)


def _repeated(run: RunConfig, part: str, value: str) -> RunConfig:
    """The switch for one part, everywhere but in stages whose released code lists every parameter once."""
    stages = {}
    for name, stage in run.stages.items():
        if stage.method in LISTED_ONCE:
            own = {part: run.optimizers[part]} if part in run.optimizers else {}
            stages[name] = dataclasses.replace(stage, optimizers=own | stage.optimizers)
        else:
            optimizers = _listed(stage.optimizers, part, value, f"stages.{name}.optimizers")
            stages[name] = dataclasses.replace(stage, optimizers=optimizers)
    optimizers = _listed(run.optimizers, part, value, "optimizers")
    return dataclasses.replace(run, optimizers=optimizers, stages=stages)


def _listed(optimizers: dict[str, OptimizerConfig], part: str, value: str, place: str) -> dict[str, OptimizerConfig]:
    if part not in optimizers:
        return optimizers
    if optimizers[part].name != "sgd":
        what = f"`official` repeats parameters, which {place}.{part}.name `{optimizers[part].name}` does not do"
        raise UsageError("--preset", what, f"Use --{place}.{part}.name sgd, a configuration of a paper, or default")
    return {**optimizers, part: dataclasses.replace(optimizers[part], repeats=value)}
