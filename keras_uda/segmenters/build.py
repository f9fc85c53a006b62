"""Segmenters by name, and their artefact: `segmenter.weights.h5` with `segmenter.json` beside it."""

import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keras

from keras_uda.config.names import ENSEMBLE
from keras_uda.config.names import SEGMENTERS
from keras_uda.config.names import resolve
from keras_uda.config.schema import SegmenterConfig
from keras_uda.config.schema import parse_size
from keras_uda.config.segmenter_spec import OWN_FIELDS
from keras_uda.config.segmenter_spec import segmenter_facts
from keras_uda.core.atomic import atomic_write
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import UsageError
from keras_uda.core.files import sha256
from keras_uda.segmenters.two_scales import network_of
from keras_uda.segmenters.two_scales import two_scales
from keras_uda.segmenters.weights.file import read_weights
from keras_uda.segmenters.weights.file import write_weights
from keras_uda.segmenters.weights.record import RECORD_FILE
from keras_uda.segmenters.weights.record import WEIGHTS_FILE
from keras_uda.segmenters.weights.record import read_record


def build_segmenter(config: SegmenterConfig, classes: int, policy: str = "float32") -> keras.Model:
    """The segmenter that `config` names.

    Args:
        config: architecture and initial weights.
        classes: number of output channels.
        policy: Keras dtype policy of its layers; logits are float32 under every policy.
    Returns:
        Functional model, float RGB 0..255 (batch, height, width, 3) -> dict of `logits` (at `model.stride`),
        `features`, `skips` (a dict), and `aux_logits` with two levels; with the attributes that `network` sets.
    Raises:
        ArtefactError: `config.weights` is a file that does not fit.
        UsageError: two levels of a network that has one.
    """
    named = config.weights in ("imagenet", "none")
    with _dtype_policy(policy):
        model = _build(config if named else dataclasses.replace(config, weights="none"), classes)
        if config.scales == 2:
            crop = None if config.crop is None else parse_size(config.crop)[::-1]
            model = two_scales(model, crop, config.arguments.get("batch_norm", "live"))
    if not named:
        _start_from(model, config, Path(config.weights))
    return model


def _build(config: SegmenterConfig, classes: int) -> keras.Model:
    """The network with its initial weights, which are named."""
    if config.name == ENSEMBLE:
        joined = resolve({ENSEMBLE: "ensemble.ensemble"}, ENSEMBLE, "segmenters")
        return joined(classes, members=config.members, shares=config.shares)
    facts = segmenter_facts(config.name)
    if config.levels > facts.levels:
        raise UsageError("segmenter.levels", f"`{config.name}` has one level, not 2", "Set --segmenter.levels 1")
    options = {name: getattr(config, name) for name in OWN_FIELDS if name in facts.arguments}
    return resolve(SEGMENTERS, config.name, "segmenters")(classes, **options, **config.arguments)


def save_segmenter(model: keras.Model, folder: Path, record: dict) -> None:
    """Writes weights and record into `folder`; the record names the hash of the weights, so halves do not pass."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_weights(model, folder / WEIGHTS_FILE)
    record = record | {"sha256": sha256(folder / WEIGHTS_FILE)}
    atomic_write(folder / RECORD_FILE, json.dumps(record, indent=2, ensure_ascii=False) + "\n")


def load_segmenter(folder: Path, policy: str = "float32") -> tuple[keras.Model, dict]:
    """The segmenter of a run folder (or of any folder with the two files, or of the weights file in it).

    Returns:
        The model, and the record of `segmenter.json`.
    Raises:
        ArtefactError: a file is missing, cut, changed since it was written, or does not fit its record.
    """
    record, config = read_record(folder)
    weights = _folder(folder) / WEIGHTS_FILE
    model = build_segmenter(dataclasses.replace(config, weights="none"), len(record["classes"]), policy)
    _check_hash(weights, record)
    read_weights(model, weights)
    return model, record


def _start_from(model: keras.Model, config: SegmenterConfig, path: Path) -> None:
    record, written = read_record(path)
    if written.name != config.name:
        what = f"holds a {written.name}, the configuration names {config.name}"
        raise ArtefactError(path, what, f"Set --segmenter.name {written.name}, or other --segmenter.weights")
    if written.scales > config.scales:
        what = f"has {written.scales} scales, the configuration names {config.scales}"
        raise ArtefactError(path, what, "Set --segmenter.scales 2, or other --segmenter.weights")
    classes = model.output["logits"].shape[-1]
    if len(record["classes"]) != classes:
        what = f"holds {len(record['classes'])} classes, the configuration has {classes}"
        raise ArtefactError(path, what, f"Set --data.classes to {', '.join(record['classes'])}, or other weights")
    weights = _folder(path) / WEIGHTS_FILE
    _check_hash(weights, record)
    read_weights(network_of(model) if written.scales < config.scales else model, weights)


def _check_hash(weights: Path, record: dict) -> None:
    if not weights.is_file():
        raise ArtefactError(weights, "no such weights file", "Train again, or copy the whole folder")
    if sha256(weights) != record["sha256"]:
        what = f"its SHA-256 is not the one in {RECORD_FILE}: cut or changed"
        raise ArtefactError(weights, what, "Copy both files again, or train again")


def _folder(path: Path) -> Path:
    return Path(path).parent if Path(path).name in (WEIGHTS_FILE, RECORD_FILE) else Path(path)


@contextmanager
def _dtype_policy(policy: str) -> Iterator[None]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
