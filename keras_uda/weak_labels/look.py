"""What can be said of the weak labels of a run before any image is read."""

from pathlib import Path

from keras_uda.config.data_schema import DataConfig
from keras_uda.config.names import NO_WEAK_LABELS
from keras_uda.config.several import one_target
from keras_uda.data.look import look_at
from keras_uda.data.look import made_from_others
from keras_uda.weak_labels.join import KEY
from keras_uda.weak_labels.join import of_split
from keras_uda.weak_labels.join import points_of
from keras_uda.weak_labels.join import read_weak_label_file
from keras_uda.weak_labels.join import require_full_labels
from keras_uda.weak_labels.join import require_knowledge
from keras_uda.weak_labels.labels import WeakLabels


def look_at_weak_labels(data: DataConfig, kind: str) -> None:
    """Raises what `with_weak_labels` would, as far as it is known without images.

    Args:
        data: with one target or several.
        kind: `oracle`, or `point`, which needs points.
    """
    if not data.targets:
        weak = _looked_at(data, KEY)
        if weak is not None:
            require_knowledge(weak, kind, data.weak_labels, points_of(Path(data.weak_labels)))
    for number in range(len(data.targets)):
        one = one_target(data, number)
        if one.weak_labels != NO_WEAK_LABELS:
            _looked_at(one, f"data.targets.{number}.weak_labels")


def _looked_at(data: DataConfig, key: str) -> WeakLabels | None:
    """The weak labels of one target; None if they are derived from its labels."""
    if data.weak_labels is None:
        require_full_labels(data, look_at(data, data.target), key)
        return None
    weak, domain = read_weak_label_file(data, key), look_at(data, data.target, labels=False)
    if made_from_others(data.target):
        return weak
    return of_split(weak, [pair.name for pair in domain.pairs], domain, data.weak_labels)
