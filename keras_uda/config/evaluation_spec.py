"""Names in the configuration of scores that scoring would stumble over."""

from collections.abc import Sequence

from keras_uda.config.names import READERS
from keras_uda.config.schema import EvaluationConfig
from keras_uda.config.schema import RunConfig
from keras_uda.config.several import patterns_of
from keras_uda.config.source_code import literal_of
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.errors import UsageError
from keras_uda.core.errors import did_you_mean


def check_evaluation(config: EvaluationConfig, classes: Sequence[str]) -> None:
    """Refuses them before training begins.

    Args:
        classes: names of the head.
    Raises:
        UsageError: an unknown class, a class merged into one that is itself merged away, an empty class set.
    """
    for predicted, counted in config.merge.items():
        key = f"evaluation.merge.{predicted}"
        _require_class(key, predicted, classes)
        _require_class(key, counted, classes)
        if counted in config.merge:
            what = f"merges into `{counted}`, which is merged into `{config.merge[counted]}`"
            raise UsageError(key, what, f"Write `{predicted}: {config.merge[counted]}`")
    known = list(dict.fromkeys([*classes, *CITYSCAPES]))
    for name, wanted in config.class_sets.items():
        if not wanted:
            raise UsageError(f"evaluation.class_sets.{name}", "holds no class", "Name at least one")
        for one in wanted:
            _require_class(f"evaluation.class_sets.{name}", one, known)


def subsets_of(run: RunConfig) -> dict[str, str]:
    """Name -> pattern of the parts of the target that are scored beside the whole: its reader's, and those given.

    Of several targets each is a part, and so are the parts of each.
    """
    if not run.data.targets:
        return _of_reader(run.data.target.name) | run.evaluation.subsets
    known = {}
    for (label, pattern), target in zip(patterns_of(run.data).items(), run.data.targets, strict=True):
        inside = _of_reader(target.name).items()
        known |= {label: pattern} | {f"{label} {name}": pattern[:-1] + part for name, part in inside}
    return known | run.evaluation.subsets


def _of_reader(name: str) -> dict[str, str]:
    return literal_of(READERS, name, "data.readers", "subsets", {}) if name in READERS else {}


def _require_class(key: str, name: str, classes: Sequence[str]) -> None:
    if name not in classes:
        raise UsageError(key, f"`{name}` is not a class", did_you_mean(name, classes, "See data.classes"))
