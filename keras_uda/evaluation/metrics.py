"""Scores of label maps: one confusion matrix per model, everything else from it. numpy only.

Rows of a matrix are the ground truth, columns the prediction. All scores are fractions in [0, 1], or None where they
are not defined; texts and tables show them in percent. The protocol is explained in `docs/evaluation.md`.
"""

from collections.abc import Mapping
from collections.abc import Sequence
from fnmatch import fnmatchcase

import numpy as np

from keras_uda.config.evaluation_spec import subsets_of
from keras_uda.config.schema import RunConfig
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import CITYSCAPES_13
from keras_uda.core.classes import CITYSCAPES_16
from keras_uda.evaluation.calibration import calibration_error
from keras_uda.evaluation.models import MODELS

WHOLE = ""  # name of the whole split among the subsets


def confusion(label: np.ndarray, prediction: np.ndarray, classes: int) -> np.ndarray:
    """Counts of (true class, predicted class) over the labelled pixels.

        M[g, p] = number of pixels with label g and prediction p, where 0 <= g < C

    Args:
        label: integers of any shape; what is outside [0, C) is ignored.
        prediction: integers in [0, C) of the same shape.
        classes: C.
    Returns:
        int64 (C, C).
    Source: Vu et al., ADVENT, CVPR 2019, released code, `fast_hist`.
    """
    if label.shape != prediction.shape:
        raise ValueError(f"Label {label.shape} and prediction {prediction.shape} differ. Score at the label's size.")
    valid = (label >= 0) & (label < classes)
    truth, predicted = label[valid].astype("int64"), prediction[valid].astype("int64")
    if predicted.size and not 0 <= predicted.min() <= predicted.max() < classes:
        raise ValueError(f"Prediction holds {predicted.min()} to {predicted.max()}. Classes are 0 to {classes - 1}.")
    return np.bincount(classes * truth + predicted, minlength=classes**2).reshape(classes, classes)


def class_iou(matrix: np.ndarray) -> np.ndarray:
    """Intersection over union of each class.

        IoU_c = M[c, c] / (sum_p M[c, p] + sum_g M[g, c] - M[c, c])

    Args:
        matrix: int64 (C, C).
    Returns:
        float64 (C,); NaN only where ground truth and prediction are both empty.
    Source: Everingham et al., The PASCAL Visual Object Classes Challenge, IJCV 2015, section 4.2.
    """
    intersection = np.diagonal(matrix)
    union = matrix.sum(0) + matrix.sum(1) - intersection
    return np.where(union > 0, intersection / np.maximum(union, 1), np.nan)


def class_precision(matrix: np.ndarray) -> np.ndarray:
    """Share of the pixels predicted as a class that are of it: M[c, c] / sum_g M[g, c].

    Args:
        matrix: int64 (C, C).
    Returns:
        float64 (C,); NaN where the class is never predicted.
    """
    return _share(np.diagonal(matrix), matrix.sum(0))


def class_recall(matrix: np.ndarray) -> np.ndarray:
    """Share of the pixels of a class that are predicted as it: M[c, c] / sum_p M[c, p].

    Args:
        matrix: int64 (C, C).
    Returns:
        float64 (C,); NaN where the ground truth does not have the class.
    """
    return _share(np.diagonal(matrix), matrix.sum(1))


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)


def frame_miou(matrix: np.ndarray) -> float | None:
    """Mean IoU over the classes present in the ground truth; None without a labelled pixel."""
    present = matrix.sum(1) > 0
    return float(class_iou(matrix)[present].mean()) if present.any() else None


def mean_over(iou: np.ndarray, classes: Sequence[str], wanted: Sequence[str]) -> float | None:
    """Mean of the defined IoUs of `wanted`; None if one of them is not a class of the head, or all are undefined."""
    if not set(wanted) <= set(classes):
        return None
    values = iou[[list(classes).index(name) for name in wanted]]
    return None if np.isnan(values).all() else float(np.nanmean(values))


def scores(
    matrix: np.ndarray,
    classes: Sequence[str],
    class_sets: Mapping[str, Sequence[str]] | None = None,
    levels: np.ndarray | None = None,
) -> dict:
    """All scores of one matrix.

    Args:
        matrix: int64 (C, C).
        classes: the C names of the head.
        class_sets: name -> classes, for further means.
        levels: `confidence_levels` of the same pixels, for `calibration_error`; None leaves it None.
    Returns:
        `miou_19`, `miou_16`, `miou_13`: means over the Cityscapes class sets, by name. `miou`: mean over the classes
        present in the ground truth. `per_class_iou`, `per_class_precision`, `per_class_recall`: name -> fraction or
        None. `calibration_error`, `pixels`, `confusion`, `class_sets`.
    """
    iou = class_iou(matrix)
    sets = {"miou_19": CITYSCAPES, "miou_16": CITYSCAPES_16, "miou_13": CITYSCAPES_13}
    return {
        **{name: mean_over(iou, classes, wanted) for name, wanted in sets.items()},
        "miou": frame_miou(matrix),
        "class_sets": {name: mean_over(iou, classes, wanted) for name, wanted in (class_sets or {}).items()},
        "per_class_iou": _by_name(classes, iou),
        "per_class_precision": _by_name(classes, class_precision(matrix)),
        "per_class_recall": _by_name(classes, class_recall(matrix)),
        "calibration_error": None if levels is None else calibration_error(levels),
        "pixels": int(matrix.sum()),
        "confusion": matrix.tolist(),
    }


def _by_name(classes: Sequence[str], values: np.ndarray) -> dict[str, float | None]:
    return {name: None if np.isnan(value) else float(value) for name, value in zip(classes, values, strict=True)}


def merge_map(classes: Sequence[str], merge: Mapping[str, str]) -> np.ndarray:
    """Lookup that merges predicted classes before they are scored: `merge_map(...)[label_map]`.

    Args:
        classes: names of the head.
        merge: predicted class -> class that it counts as, checked by `check_evaluation`.
    Returns:
        uint8 (C,).
    """
    table = np.arange(len(classes), dtype="uint8")
    for predicted, merged in merge.items():
        table[list(classes).index(predicted)] = list(classes).index(merged)
    return table


class Counts(dict):
    """Sums of counts by subset name; `""` is the whole split.

    Args:
        shape: of the counts of a frame.
        subsets: name -> pattern of frame names (`*`, `?`, `[...]`; `*` also matches `/`).
    """

    def __init__(self, shape: tuple[int, ...], subsets: Mapping[str, str] | None = None):
        self.patterns = {WHOLE: "*"} | dict(subsets or {})
        super().__init__({name: np.zeros(shape, "int64") for name in self.patterns})

    def add(self, frame: str, counts: np.ndarray) -> None:
        """Adds the counts of one frame wherever its name belongs."""
        for name, pattern in self.patterns.items():
            if fnmatchcase(frame, pattern):
                self[name] += counts


class Matrices(Counts):
    """Confusion matrices of C classes by subset name."""

    def __init__(self, classes: int, subsets: Mapping[str, str] | None = None):
        super().__init__((classes, classes), subsets)


def gap_closed(source_only: float | None, adapted: float | None, oracle: float | None) -> float | None:
    """(adapted - source_only) / (oracle - source_only); None unless the oracle is better than source-only."""
    if source_only is None or adapted is None or oracle is None or oracle <= source_only:
        return None
    return (adapted - source_only) / (oracle - source_only)


def assemble(
    run: RunConfig,
    matrices: Mapping[str, Mapping[str, np.ndarray]],
    *,
    steps: Mapping[str, int],
    target_labels_read: Sequence[str],
    levels: Mapping[str, Mapping[str, np.ndarray]] | None = None,
) -> dict:
    """The content of `evaluation.json`: plain values, no NaN.

    Args:
        run: the configuration; its classes, evaluation split, seed and class sets.
        matrices: `source_only`, `adapted`, `oracle` -> subset -> matrix; models that were not scored are absent.
        steps: of the optimiser, per model.
        target_labels_read: purposes out of "evaluation", "weak labels", "selection", "training", "oracle".
        levels: model -> subset -> `confidence_levels`.
    Returns:
        Per model None or its scores with `split`, `train_steps`, `seed`, `subsets`; `classes`, `gap_closed` (of
        `miou`), `gap_closed_subsets`, `target_labels_read`.
    """
    classes, sets = run.data.classes, run.evaluation.class_sets
    content = {}
    for model in MODELS:
        known = (levels or {}).get(model, {})
        found = _with_pixels(matrices.get(model, {}), run)
        parts = {name: scores(matrix, classes, sets, known.get(name)) for name, matrix in found.items()}
        header = {"split": run.data.target.eval_split, "train_steps": steps.get(model), "seed": run.seed}
        content[model] = {**header, **parts.pop(WHOLE), "subsets": parts} if parts else None
    miou = {model: entry and entry["miou"] for model, entry in content.items()}
    return content | {
        "classes": list(classes),
        "gap_closed": gap_closed(**miou),
        "gap_closed_subsets": {name: _subset_gap(content, name) for name in _subset_names(content, run)},
        "target_labels_read": sorted(target_labels_read),
    }


def _with_pixels(matrices: Mapping[str, np.ndarray], run: RunConfig) -> dict[str, np.ndarray]:
    """Without the subsets of the target's reader that hold no frame; those of the configuration stay."""
    given = (WHOLE, *run.evaluation.subsets)
    return {name: matrix for name, matrix in matrices.items() if name in given or matrix.any()}


def _subset_names(content: Mapping, run: RunConfig) -> list[str]:
    scored = {name for model in MODELS if content[model] for name in content[model]["subsets"]}
    return [name for name in subsets_of(run) if name in scored or name in run.evaluation.subsets]


def _subset_gap(content: Mapping, subset: str) -> float | None:
    return gap_closed(**{m: content[m]["subsets"].get(subset, {}).get("miou") if content[m] else None for m in MODELS})


def percent(value: float | None, digits: int = 1) -> str:
    """0.4567 -> `45.7`; None -> `n/a`."""
    return "n/a" if value is None else f"{100 * value:.{digits}f}"
