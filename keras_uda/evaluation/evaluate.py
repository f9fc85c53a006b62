"""Runs segmenters over held-out frames: confusion matrices, `metrics.json`, and the frames of the report."""

import io
import json
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from keras_uda.config.schema import RunConfig
from keras_uda.core.console import progress
from keras_uda.core.console import say
from keras_uda.core.files import atomic_write
from keras_uda.data.domains import Domains
from keras_uda.evaluation import metrics
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.folder import read_json
from keras_uda.runs.provenance import trained_steps
from keras_uda.segmenters.build import load_segmenter

FRAMES_IN_REPORT = 40


class Prediction(NamedTuple):
    """One frame: image uint8 (H,W,3) as the network sees it, label uint8 (h,w) or None, label map uint8 at the size of
    the label (of the image without one), entropy uint8 (H,W) in units of 1/255 of its maximum."""

    name: str
    image: np.ndarray
    label: np.ndarray | None
    label_map: np.ndarray
    entropy: np.ndarray


def label_map_function(segmenter: keras.Model):
    """image uint8 (1,H,W,3), height, width -> label map uint8 (height,width), entropy uint8 (H,W)."""
    classes = segmenter.output["logits"].shape[-1]

    @tf.function(reduce_retracing=True)
    def predict(image, height, width):
        logits = segmenter(tf.cast(image, "float32"), training=False)["logits"]
        upsampled = tf.compat.v1.image.resize_bilinear(logits, (height, width), align_corners=True)
        at_input = tf.compat.v1.image.resize_bilinear(logits, tf.shape(image)[1:3], align_corners=True)
        entropy = -tf.reduce_sum(tf.nn.softmax(at_input) * tf.nn.log_softmax(at_input), -1) / np.log(classes)
        return tf.cast(tf.argmax(upsampled, -1), "uint8")[0], tf.cast(tf.round(255 * entropy), "uint8")[0]

    return predict


def predictions(segmenter: keras.Model, frames: Iterable) -> Iterator[Prediction]:
    """Predicts (name, image, label) frames one by one, each at the resolution of its own label."""
    predict = label_map_function(segmenter)
    for name, image, label in frames:
        height, width = (image if label is None else label).shape[:2]
        label_map, entropy = predict(image[None], tf.constant(height), tf.constant(width))
        yield Prediction(name, image, label, label_map.numpy(), entropy.numpy())


def evaluate_run(
    run: RunConfig, folder: RunFolder, domains: Domains, segmenter: keras.Model, baselines: dict[str, Path]
) -> dict:
    """Scores the run's segmenter and its baselines on the same frames; writes `metrics.json` and `frames/`.

    Returns:
        The content of `metrics.json`.
    """
    who = run.method if run.method in ("source_only", "oracle") else "adapted"
    models = {who: segmenter} | {name: load_segmenter(path)[0] for name, path in baselines.items()}
    labelled = domains.held_out is not None
    matrices, means = {}, {}
    for name, model in models.items():
        matrices[name], means[name] = score(run, folder, domains, name, model)
    steps = {who: trained_steps(run, folder)} | {name: run.source_steps for name in baselines}
    if "oracle" in baselines:
        domains.ledger.read("oracle", read_json(baselines["oracle"] / "run.json").get("labels", {}).get("oracle", 0))
    content = metrics.assemble(
        run, matrices if labelled else {}, steps=steps, target_labels_read=domains.ledger.purposes
    )
    atomic_write(folder / "evaluation.json", json.dumps(content, indent=1, allow_nan=False))
    atomic_write(folder / "frames" / "scores.json", json.dumps(means, allow_nan=False))
    say(metrics.table(content))
    return content


def score(run: RunConfig, folder: RunFolder, domains: Domains, who: str, segmenter: keras.Model) -> tuple[dict, dict]:
    """One model: ({"": matrix, subset: matrix, ...}, {frame name: mIoU}); keeps frames for the report."""
    classes = len(run.data.classes)
    merge = metrics.merge_map(run.data.classes, run.evaluation.merge)
    frames = domains.evaluation()
    kept = {index for index in np.linspace(0, len(frames) - 1, FRAMES_IN_REPORT).round().astype(int)}
    matrices = metrics.Matrices(classes, run.evaluation.subsets)
    means, pictured = {}, []
    for index, frame in enumerate(progress(predictions(segmenter, frames), f"scoring {who}", len(frames))):
        if frame.label is not None:
            matrix = metrics.confusion(frame.label, merge[frame.label_map], classes)
            matrices.add(frame.name, matrix)
            means[frame.name] = metrics.frame_miou(matrix)
        if index in kept:
            pictured.append(frame)
    write_frames(folder / "frames", who, pictured)
    return matrices, means


def write_frames(folder: Path, who: str, frames: list[Prediction]) -> None:
    """`frames/<who>.npz` for the report; images and labels once, with the first model."""
    folder.mkdir(exist_ok=True)
    arrays = {"names": np.array([frame.name for frame in frames])}
    arrays |= stacked("predictions", [frame.label_map for frame in frames])
    if who == "adapted" or not (folder / "adapted.npz").exists():
        arrays |= stacked("images", [frame.image for frame in frames])
        arrays |= stacked("entropy", [frame.entropy for frame in frames])
        if frames and frames[0].label is not None:
            arrays |= stacked("labels", [frame.label for frame in frames])
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    atomic_write(folder / f"{who}.npz", stream.getvalue())


def stacked(key: str, maps: list[np.ndarray]) -> dict[str, np.ndarray]:
    """One array; frames of other sizes than the first are black in the report."""
    return {key: np.stack([m if m.shape == maps[0].shape else np.zeros_like(maps[0]) for m in maps])}
