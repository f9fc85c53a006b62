"""The gate before publication: every artefact runs on the same frames as Keras, in a process without this project."""

import subprocess
import sys
import tempfile
from collections.abc import Collection
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from keras_uda.artefacts import runners
from keras_uda.core.errors import ArtefactError
from keras_uda.data.formats.labels import resize_nearest
from keras_uda.evaluation import metrics
from keras_uda.export.check_frames import CheckFrames
from keras_uda.export.tails import GRIDS
from keras_uda.predict.integer_resize import resize_map
from keras_uda.segmenters.inference import logits_of

LONGEST_CHECK_SECONDS = 1800


class Maps(NamedTuple):
    """What a model says about the frames, and at what cost.

    Args:
        label_maps: uint8 (n, height, width).
        confidences: uint8 (n, height, width); None: the artefact gives none.
        milliseconds: median time of one frame on this machine.
        foreign_ops: ops that a plain LiteRT interpreter lacks.
        memory_mib: peak memory of its process; None where it was not alone in one.
        decided: bool, of `label_maps`: the probabilities of the two best classes differ by more than 1/255, the unit of
            confidences; None: not known.
        larger: label maps of frames larger than the network, by every signature that takes them; see `larger_frames`.
        compiled: share of the pixels that LiteRT's `CompiledModel` labels as its interpreter does; None: not run there.
    """

    label_maps: np.ndarray
    confidences: np.ndarray | None
    milliseconds: float
    foreign_ops: list[str]
    memory_mib: float | None
    decided: np.ndarray | None = None
    larger: tuple[np.ndarray, ...] = ()
    compiled: float | None = None

    def part(self, first: int, end: int | None) -> "Maps":
        """Those of the frames from `first` to `end`."""
        arrays = {name: getattr(self, name)[first:end] for name in ("label_maps", "confidences", "decided")}
        return self._replace(**arrays)


def run_keras(segmenter: keras.Model, images: np.ndarray, grids: Collection[str] = ("full",)) -> dict[str, Maps]:
    """The reference: the segmenter in Keras, everything after it in numpy.

    Args:
        segmenter: float32.
        images: uint8 (n, height, width, 3).
        grids: of the argmax, out of `names.ARGMAX`.
    Returns:
        grid -> maps.
    """
    logits_of_frames = tf.function(lambda image: logits_of(segmenter, image))

    def run(frames: np.ndarray, wanted: Collection[str] = ("full",)) -> dict[str, list[np.ndarray]]:
        logits = logits_of_frames(tf.constant(frames))
        return {grid: _maps_on(grid, logits, frames.shape[1:3]) for grid in wanted}

    answers = [run(image[None], grids) for image in images]
    milliseconds, found = runners.median_milliseconds(run, images[:1]), {}
    for grid in grids:
        parts = zip(*(answer[grid] for answer in answers), strict=True)
        label_maps, confidences, decided = (np.concatenate(part) for part in parts)
        found[grid] = Maps(label_maps, confidences, milliseconds, [], None, decided)
    return found


def _maps_on(grid: str, logits, size: tuple[int, int]) -> list[np.ndarray]:
    """Label map, confidence and what is decided, (1, height, width)."""
    at_grid = GRIDS[grid](logits, size).numpy()
    exponentials = np.exp(at_grid - at_grid.max(-1, keepdims=True))
    probabilities = exponentials / exponentials.sum(-1, keepdims=True)
    confidence = np.round(255 * probabilities.max(-1)).astype("uint8")
    maps = at_grid.argmax(-1).astype("uint8"), confidence, is_decided(probabilities)
    return [np.stack([resize_map(one, size[::-1]) for one in values]) for values in maps]


def is_decided(probabilities: np.ndarray) -> np.ndarray:
    """Where the two best classes differ by more than 1/255; (..., classes) -> bool (...)."""
    best = np.partition(probabilities, -2, axis=-1)[..., -2:]
    return best[..., 1] - best[..., 0] > 1 / 255


def run_apart(artefact: Path, images: np.ndarray, larger: np.ndarray | None = None) -> Maps:
    """Runs an artefact in a fresh process that has TensorFlow or LiteRT and nothing of ours.

    Args:
        artefact: its file or folder.
        images: uint8 (n, height, width, 3).
        larger: frames of another size, for a SavedModel.
    Raises:
        ArtefactError: it does not load or run there.
    """
    with tempfile.TemporaryDirectory() as place:
        frames, result = Path(place) / "frames.npz", Path(place) / "result.npz"
        np.savez(frames, images=images, **({} if larger is None else {"larger": larger}))
        command = [sys.executable, "-P", runners.__file__, str(artefact.resolve()), str(frames), str(result)]
        try:
            options = {"capture_output": True, "text": True, "timeout": LONGEST_CHECK_SECONDS}
            process = subprocess.run(command, cwd=place, **options)
        except subprocess.TimeoutExpired as error:
            raise ArtefactError(artefact.name, "did not finish its check in time", "Export a smaller model") from error
        if process.returncode or not result.is_file():
            last = (process.stderr.strip().splitlines() or [f"exit code {process.returncode}"])[-1]
            remedy = "Not published. Run with --debug and report it"
            raise ArtefactError(artefact.name, f"does not run in a process of its own ({last[:120]})", remedy)
        with np.load(result, allow_pickle=False) as archive:
            return Maps(
                archive["label_maps"],
                archive["confidences"] if "confidences" in archive.files else None,
                float(archive["milliseconds"]),
                archive["foreign_ops"].tolist(),
                float(archive["memory_mib"]),
                larger=tuple(archive[name] for name in sorted(archive.files) if name.startswith("larger_")),
                compiled=_number(archive, "compiled"),
            )


def compare(maps: Maps, reference: Maps, frames: CheckFrames, classes: list[str]) -> dict:
    """What `export.json` says about an artefact beside its size and hash."""
    iou, reference_iou = (_iou(m.label_maps, frames, len(classes)) for m in (maps, reference))
    same = maps.label_maps == reference.label_maps
    decided = np.ones_like(same) if reference.decided is None or not reference.decided.any() else reference.decided
    return {
        "latency_ms": round(maps.milliseconds, 3),
        "agreement": float(same.mean()),
        "agreement_decided": float(same[decided].mean()),
        "confidence_difference": _largest_difference(maps.confidences, reference.confidences),
        "miou": _mean(iou),
        "keras_miou": _mean(reference_iou),
        "iou_change": _changes(iou, reference_iou, classes),
        "ops_not_built_in": maps.foreign_ops,
        "agreement_compiled_model": maps.compiled,
        "memory_mib": None if maps.memory_mib is None or np.isnan(maps.memory_mib) else round(maps.memory_mib, 1),
    }


def agreement_of_larger(maps: Maps, expected: Maps, size: tuple[int, int]) -> float | None:
    """Share of the decided pixels of larger frames with the label that Keras gives them, shrunk as in evaluation.

    They are few: one pixel that rounding decides must not be taken for another way of shrinking.

    Args:
        maps: of an artefact.
        expected: of Keras, at the size of the network.
        size: (width, height) of the larger frames.
    Returns:
        The worst of all signatures; None where no signature takes such frames.
    """
    shares = []
    for found in maps.larger:
        labels, decided = (_at(size, found.shape, one) for one in (expected.label_maps, expected.decided))
        shares.append(float((found == labels)[decided if decided.any() else ...].mean()))
    return min(shares, default=None)


def _at(size: tuple[int, int], shape: tuple[int, ...], values: np.ndarray) -> np.ndarray:
    """Maps (n, height, width), brought to the size of the frames where the others of `shape` are."""
    return values if shape == values.shape else np.stack([resize_map(one, size) for one in values])


def _number(archive: Mapping, name: str) -> float | None:
    return float(archive[name]) if name in archive and not np.isnan(archive[name]) else None


def _largest_difference(confidences: np.ndarray | None, reference: np.ndarray) -> int | None:
    return None if confidences is None else int(np.abs(confidences.astype(int) - reference).max())


def miou(maps: Maps, frames: CheckFrames) -> float | None:
    """mIoU of label maps on the labels of the frames, None without any."""
    return _mean(_iou(maps.label_maps, frames, len(frames.merge)))


def _iou(label_maps: np.ndarray, frames: CheckFrames, classes: int) -> tuple[np.ndarray, float | None] | None:
    if frames.labels is None:
        return None
    matrix = np.zeros((classes, classes), "int64")
    for label, label_map in zip(frames.labels, label_maps, strict=True):
        prediction = resize_nearest(frames.merge[label_map], label.shape[::-1])
        matrix += metrics.confusion(label, prediction, classes)
    return metrics.class_iou(matrix), metrics.frame_miou(matrix)


def _mean(iou: tuple | None) -> float | None:
    return None if iou is None else iou[1]


def _changes(iou: tuple | None, reference: tuple | None, classes: list[str]) -> dict[str, float] | None:
    if iou is None:
        return None
    return {n: float(v) for n, v in zip(classes, iou[0] - reference[0], strict=True) if not np.isnan(v)}
