"""What is counted of one model on labelled frames: confusion matrices, levels of confidence, the mIoU of each frame."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from typing import NamedTuple

from keras_uda.config.evaluation_spec import subsets_of
from keras_uda.config.schema import RunConfig
from keras_uda.core.console import progress
from keras_uda.data.domains import Domains
from keras_uda.evaluation import metrics
from keras_uda.evaluation.calibration import LEVELS
from keras_uda.evaluation.calibration import confidence_levels
from keras_uda.segmenters.inference import Prediction


class Scored(NamedTuple):
    """A model to score.

    Args:
        predictions: frames (name, image, label) -> `Prediction` of each.
        steps: of the optimiser; None: not known.
        own_size: it takes the frames at the size of their files.
    """

    predictions: Callable[[Iterable], Iterator[Prediction]]
    steps: int | None = None
    own_size: bool = False


class Counted(NamedTuple):
    """What was counted of a model.

    Args:
        matrices: by subset, `""` is the whole: rows are true classes.
        levels: the same, of confidence.
        means: frame -> mIoU.
    """

    matrices: metrics.Matrices
    levels: metrics.Counts
    means: dict[str, float | None]


def count(
    run: RunConfig,
    domains: Domains,
    who: str,
    model: Scored,
    look: Callable[[int, Prediction], None] = lambda index, frame: None,
) -> Counted:
    """Runs a model over the frames to score on.

    Args:
        run: its classes, subsets, and what is merged.
        domains: whose frames.
        who: is scored, for the progress of it.
        model: that is scored.
        look: called with the number of every frame and what was predicted.
    """
    classes = len(run.data.classes)
    merge = metrics.merge_map(run.data.classes, run.evaluation.merge)
    frames = domains.evaluation(own_size=True) if model.own_size else domains.evaluation()
    counted = Counted(metrics.Matrices(classes, subsets_of(run)), metrics.Counts((LEVELS, 2), subsets_of(run)), {})
    for index, frame in enumerate(progress(model.predictions(frames), f"scoring {who}", len(frames))):
        if frame.label is not None:
            merged = merge[frame.label_map]
            matrix = metrics.confusion(frame.label, merged, classes)
            counted.matrices.add(frame.name, matrix)
            if frame.confidence is not None:
                counted.levels.add(frame.name, confidence_levels(frame.label, merged, frame.confidence, classes))
            counted.means[frame.name] = metrics.frame_miou(matrix)
        look(index, frame)
    return counted
