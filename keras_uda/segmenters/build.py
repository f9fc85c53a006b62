"""Segmenters by name, and their artefact: `segmenter.weights.h5` with `segmenter.json` beside it."""

import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keras
import tensorflow as tf

from keras_uda.config.defaults import completed
from keras_uda.config.field_types import parse_size
from keras_uda.config.names import ENSEMBLE
from keras_uda.config.names import SEGMENTERS
from keras_uda.config.names import resolve
from keras_uda.config.schema import SegmenterConfig
from keras_uda.config.segmenter_spec import OWN_FIELDS
from keras_uda.config.segmenter_spec import segmenter_arguments
from keras_uda.config.segmenter_spec import segmenter_facts
from keras_uda.core.atomic import atomic_write
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import ConfigurationError
from keras_uda.core.errors import UsageError
from keras_uda.core.files import sha256
from keras_uda.segmenters.two_scales import network_of
from keras_uda.segmenters.two_scales import two_scales
from keras_uda.segmenters.weights.budget import at_most
from keras_uda.segmenters.weights.file import read_weights
from keras_uda.segmenters.weights.file import stored_bytes
from keras_uda.segmenters.weights.file import write_weights
from keras_uda.segmenters.weights.record import RECORD_FILE
from keras_uda.segmenters.weights.record import WEIGHTS_FILE
from keras_uda.segmenters.weights.record import check_hash
from keras_uda.segmenters.weights.record import folder_of
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
    model.target_share = config.target_share
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
    weights = folder_of(folder) / WEIGHTS_FILE
    check_hash(weights, record)
    model = _build_as_recorded(config, len(record["classes"]), weights, policy)
    read_weights(model, weights)
    return model, record


def _build_as_recorded(config: SegmenterConfig, classes: int, weights: Path, policy: str) -> keras.Model:
    """The network of a record that anybody may have written; what cannot be built is the fault of that file."""
    try:
        with at_most(stored_bytes(weights), weights):
            return build_segmenter(dataclasses.replace(config, weights="none"), classes, policy)
    except (UsageError, ConfigurationError, ValueError, TypeError, ArithmeticError, tf.errors.OpError) as error:
        if isinstance(error, tf.errors.ResourceExhaustedError):
            raise
        what = f"describes a network that cannot be built ({' '.join(str(error).split())[:120]})"
        raise ArtefactError(weights.with_name(RECORD_FILE), what, "Copy both files again, or train again") from error


def _start_from(model: keras.Model, config: SegmenterConfig, path: Path) -> None:
    record, written = read_record(path)
    if written.name != config.name:
        what = f"holds a {written.name}, the configuration names {config.name}"
        raise ArtefactError(path, what, f"Set --segmenter.name {written.name}, or other --segmenter.weights")
    if written.scales > config.scales:
        what = f"has {written.scales} scales, the configuration names {config.scales}"
        raise ArtefactError(path, what, "Set --segmenter.scales 2, or other --segmenter.weights")
    check_hash(folder_of(path) / WEIGHTS_FILE, record)
    network = network_of(model) if written.scales < config.scales else model
    try:
        _check_classes(record, network.output["logits"].shape[-1], path)
        read_weights(network, folder_of(path) / WEIGHTS_FILE)
    except ArtefactError as error:
        at_random = set(record["provenance"].get("at_random", ()))
        source = load_segmenter(path)[0] if at_random else None
        if source is None or not set(source.head_names) <= at_random:
            raise error if "classes" in error.what else _with_reason(error, written, config, path) from error
        if not _copy_body(network, source):
            raise _with_reason(error, written, config, path) from error


def _check_classes(record: dict, classes: int, path: Path) -> None:
    if len(record["classes"]) != classes:
        what = f"holds {len(record['classes'])} classes, the configuration has {classes}"
        raise ArtefactError(path, what, f"Set --data.classes to {', '.join(record['classes'])}, or other weights")


def _copy_body(model: keras.Model, source: keras.Model) -> bool:
    """Sets all but the heads, which are random numbers in `source`; False if the bodies differ, and nothing is set."""
    layers = [layer for layer in model.layers if layer.weights and layer.name not in model.head_names]
    bodies = {layer.name: layer.get_weights() for layer in source.layers if layer.name not in source.head_names}
    shapes = {name: [value.shape for value in values] for name, values in bodies.items() if values}
    if shapes != {layer.name: [tuple(value.shape) for value in layer.weights] for layer in layers}:
        return False
    for layer in layers:
        layer.set_weights(bodies[layer.name])
    return True


def _with_reason(error: ArtefactError, written: SegmenterConfig, config: SegmenterConfig, path: Path) -> ArtefactError:
    """The error, or, where the file was written with other options of the network, one that names them."""
    known = segmenter_arguments(config.name)
    ours, theirs = completed(config.arguments, known), completed(written.arguments, known)
    others = [name for name in known if _plain(ours.get(name)) != _plain(theirs.get(name))]
    if not others:
        return error
    of_file, wanted = (", ".join(f"{name} {one.get(name)}" for name in others) for one in (theirs, ours))
    what = f"holds a {written.name} of {of_file}, the configuration has {wanted}"
    remedy = f"Set --segmenter.arguments.{others[0]} {theirs.get(others[0])}, or other --segmenter.weights"
    return ArtefactError(path, what, remedy)


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


@contextmanager
def _dtype_policy(policy: str) -> Iterator[None]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
