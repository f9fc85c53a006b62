"""Options that nothing reads beside others: refused where they are not left at their default."""

from collections.abc import Iterator

from keras_uda.config.names import ENSEMBLE
from keras_uda.config.schema import ON_SOFT_LABELS
from keras_uda.config.schema import OptimizerConfig
from keras_uda.config.schema import PseudoLabelConfig
from keras_uda.config.schema import RunConfig
from keras_uda.config.schema import SegmenterConfig
from keras_uda.core.errors import UsageError

BY_CONFIDENCE = ("class_balanced", "global", "confidence")
BY_PORTION = ("class_balanced", "global")
WITH_ASPP = ("deeplab_v2_resnet101", "deeplab_v2_resnet101_proda", "deeplab_v2_vgg16")
WITH_BATCH_NORM = ("tiny", "efficientnet_lite0", "deeplab_v2_resnet101", "deeplab_v2_resnet101_proda")
# Group -> option -> the fact that decides whether it is read, and the values of it with which it is.
READ = {
    SegmenterConfig: {
        "batch_norm": ("name", WITH_BATCH_NORM),
        "aspp_dilations": ("name", WITH_ASPP),
        "width": ("name", ("tiny", "efficientnet_lite0")),
        "feature_norm": ("name", ("deeplab_v2_resnet101_proda",)),
    },
    PseudoLabelConfig: {
        "portion": ("policy", (*BY_PORTION, "landmarks")),
        "threshold": ("policy", ("confidence",)),
        "prior": ("policy", BY_CONFIDENCE),
        "label_entropy": ("policy", BY_CONFIDENCE),
        "soft": ("method", ON_SOFT_LABELS),
        "every": ("policy", BY_PORTION),
        "extra_zero": ("policy", BY_PORTION),
        "mine": ("policy", BY_CONFIDENCE),
        "superpixels": ("policy", ("landmarks",)),
        "source_images": ("policy", ("landmarks",)),
    },
    OptimizerConfig: {
        "momentum": ("name", ("sgd",)),
        "repeats": ("name", ("sgd",)),
        "beta_1": ("name", ("adam",)),
        "beta_2": ("name", ("adam",)),
    },
}


def is_read(option: str, group: object, **facts: str) -> bool:
    """Whether an option of a group of the configuration has an effect.

    Args:
        group: an instance of one of the dataclasses in `READ`.
        facts: about its surroundings; those about itself are its own fields.
    """
    fact, readers = READ[type(group)].get(option, ("", ()))
    return not fact or (facts | vars(group))[fact] in readers


def check_unread(run: RunConfig) -> None:
    """Raises UsageError for an option that was set and that nothing reads."""
    for key, group, facts in _groups(run):
        defaults = type(group)()
        for option, (fact, readers) in READ[type(group)].items():
            value = getattr(group, option)
            if value == getattr(defaults, option) or is_read(option, group, **facts):
                continue
            what = f"`{_shown(value)}`, but nothing reads it with {fact} `{(facts | vars(group))[fact]}`"
            raise UsageError(f"{key}.{option}", what, f"Drop it; it is for {', '.join(readers)}")


def _groups(run: RunConfig) -> Iterator[tuple[str, object, dict[str, str]]]:
    """(key, group, facts) of all groups that `READ` knows."""
    if run.segmenter.name != ENSEMBLE:
        yield "segmenter", run.segmenter, {}
    for part, optimizer in run.optimizers.items():
        yield f"optimizers.{part}", optimizer, {}
    for name, stage in run.stages.items():
        for part, optimizer in stage.optimizers.items():
            yield f"stages.{name}.optimizers.{part}", optimizer, {}
        if stage.pseudo_labels is not None:
            yield f"stages.{name}.pseudo_labels", stage.pseudo_labels, {"method": stage.method}


def _shown(value: object) -> object:
    """As it stands in YAML."""
    return str(value).lower() if isinstance(value, bool) else list(value) if isinstance(value, tuple) else value
