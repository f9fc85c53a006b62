"""What TensorFlow Serving needs around a SavedModel: versions, warm-up requests, configuration, a compose file."""

import importlib.util
import json
import os
import shutil
from pathlib import Path

import numpy as np

from keras_uda.core.atomic import atomic_folder
from keras_uda.core.atomic import atomic_write
from keras_uda.core.atomic import remove_dead_leftovers
from keras_uda.core.console import warn
from keras_uda.core.errors import UsageError
from keras_uda.core.fault_points import fault_point
from keras_uda.core.files import resource_errors
from keras_uda.core.outside import read_text
from keras_uda.export.serving_templates import BATCHING
from keras_uda.export.serving_templates import COMPOSE
from keras_uda.export.serving_templates import MODELS
from keras_uda.export.serving_templates import MONITORING
from keras_uda.export.serving_templates import README

WARM_UP = Path("assets.extra") / "tf_serving_warmup_requests"
WARM_UP_BATCHES = (1, 2, 4, 8)  # the sizes that batching.config allows


def require_api() -> None:
    """Raises `UsageError` where warm-up requests could not be written."""
    if importlib.util.find_spec("tensorflow_serving") is None:
        remedy = "pip install tensorflow-serving-api, or leave --serving out"
        raise UsageError("--serving", "needs tensorflow-serving-api for its warm-up requests", remedy)


def next_version(model: Path) -> int:
    """One more than the highest version of a model folder."""
    names = [entry.name for entry in model.iterdir()] if model.is_dir() else []
    return max((int(name) for name in names if name.isdigit()), default=0) + 1


def require_free(model: Path, version: int) -> None:
    """Raises `UsageError` if a version is there already."""
    if (model / str(version)).exists():
        what = f"version {version} exists already in {model}, and versions are never changed"
        raise UsageError("--version", what, "Take a higher one, or leave it out for the next free one")


def publish_version(saved_model: Path, base: Path, name: str, version: int | None, frames: np.ndarray) -> Path:
    """Puts a checked SavedModel into `base/name/<version>/` by one rename; a running server sees all of it or nothing.

    Args:
        saved_model: the folder to serve.
        base: folder of all models.
        name: of the model.
        version: None is the highest + 1; taken again if somebody else was faster.
        frames: uint8 (n, height, width, 3), for warm-up requests.
    Returns:
        The folder of the version.
    """
    model = base / name
    remove_dead_leftovers(model)
    while True:
        number = next_version(model) if version is None else version
        require_free(model, number)
        try:
            with atomic_folder(model / str(number)) as folder:
                write_version(saved_model, folder, name, frames)
                fault_point("version-written")
            break
        except Exception:
            if version is not None or not (model / str(number)).exists():
                raise
    write_configuration(base, name)
    return model / str(number)


def write_version(saved_model: Path, folder: Path, name: str, frames: np.ndarray) -> None:
    """Copies a SavedModel (by hard links where the disk allows) and adds its warm-up requests."""
    with resource_errors(folder):
        shutil.copytree(saved_model, folder, copy_function=_link_or_copy, dirs_exist_ok=True)
        write_warm_up(folder / WARM_UP, name, frames)


def _link_or_copy(source: str, destination: str) -> None:
    try:
        os.link(source, destination)
    except OSError:
        shutil.copy2(source, destination)


def write_warm_up(path: Path, name: str, frames: np.ndarray) -> None:
    """Requests that the server answers before it takes traffic; the first ones of a model take seconds otherwise."""
    import tensorflow as tf
    from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

    def log(signature: str, **inputs: np.ndarray | list[bytes]) -> bytes:
        record = PredictionLog()
        request = record.predict_log.request
        request.model_spec.name, request.model_spec.signature_name = name, signature
        for key, value in inputs.items():
            request.inputs[key].CopyFrom(tf.make_tensor_proto(value))
        return record.SerializeToString()

    path.parent.mkdir(parents=True, exist_ok=True)
    png = [tf.io.encode_png(frame).numpy() for frame in frames]
    jpeg = [tf.io.encode_jpeg(frame).numpy() for frame in frames]
    with tf.io.TFRecordWriter(str(path)) as writer:
        writer.write(log("about", query=[b""]))
        for size in WARM_UP_BATCHES:
            chosen = np.arange(size) % len(frames)
            writer.write(log("serving_default", image=frames[chosen]))
            for encoded in (png, jpeg):
                writer.write(log("encoded", image_bytes=[encoded[index] for index in chosen]))


def write_configuration(base: Path, name: str) -> None:
    """Writes the files of the server that are not there yet; what somebody has edited stays."""
    for file, text in (
        ("models.config", MODELS),
        ("batching.config", BATCHING),
        ("monitoring.config", MONITORING),
        ("compose.yaml", COMPOSE),
        ("README.md", README),
    ):
        if not (base / file).exists():
            atomic_write(base / file, text.replace("@MODEL@", name).replace("@CORES@", str(os.cpu_count() or 1)))
    if f'"{name}"' not in read_text(base / "models.config", damaged="replace"):
        warn(f"{base / 'models.config'} does not list the model {json.dumps(name)}: add it, else it is not served")
