"""`predict`: a model on images, folders and footage -> overlays and label maps."""

import dataclasses
import os
from argparse import Namespace
from pathlib import Path

from keras_uda.api.options import AnyPath
from keras_uda.core.errors import UsageError


def predict(
    model: AnyPath,
    source: AnyPath,
    output: AnyPath | None = None,
    *,
    labels: bool = False,
    ids: str | None = None,
    window: float | None = None,
    opacity: float = 0.5,
    overwrite: bool = False,
) -> Path:
    """Lays the classes of a model over images or footage.

    Args:
        model: run, export folder, SavedModel, `.tflite` or `.onnx` file.
        source: image, folder of images, video, `camera:0`, or `world:drive`, a built-in clip.
        output: folder, or a file of the kind of the source; None: `predictions/<source>-<n>`.
        labels: write a palette PNG of class indices for every frame as well.
        ids: what these PNG files hold instead: the ids of a class map, `cityscapes` or a YAML file.
        window: look at large frames in windows that share this part of their width, 0 to 0.9.
        opacity: of the colours over the image, 0 to 1.
        overwrite: replace outputs that exist.
    Returns:
        `output`, or the folder that was made.
    Raises:
        UsageError: anything that cannot be meant. DataError: a source that cannot be read. PartialResult: part of it.
    """
    from keras_uda.predict.run import Request

    paths = {"model": os.fspath(model), "input": os.fspath(source), "output": output and os.fspath(output)}
    request = Request(**paths, labels=labels, ids=ids, window=window, opacity=opacity, overwrite=overwrite)
    return run(Namespace(**dataclasses.asdict(request)))


def run(flags: Namespace) -> Path:
    """Does what the flags of the verb `predict` say; returns the output."""
    check_flags(flags)
    from keras_uda.data.formats.class_ids import read_class_ids
    from keras_uda.data.formats.images import SUFFIXES
    from keras_uda.data.formats.images import read_upright
    from keras_uda.predict.run import Request
    from keras_uda.predict.run import Tools
    from keras_uda.predict.run import predict

    request = Request(**{field.name: getattr(flags, field.name) for field in dataclasses.fields(Request)})
    clips = {"world:drive": open_drive}
    return predict(request, Tools(SUFFIXES, read_upright, open_model, read_class_ids, clips, open_following))


def open_model(path: str, trust: bool):
    """`artefacts.open_model`, imported when input and output are known to be right."""
    from keras_uda.artefacts import open_model as models

    return models.open_model(path, trust)


def open_following(path: str, trust: bool):
    """`artefacts.open_following`, imported when input and output are known to be right."""
    from keras_uda.artefacts import open_model as models

    return models.open_following(path, trust)


def open_drive():
    """The built-in drive, imported when it is asked for."""
    from keras_uda.world.clip import DriveClip

    return DriveClip()


def check_flags(flags: Namespace) -> None:
    """What can be told before anything is opened."""
    if not 0 <= flags.opacity <= 1:
        raise UsageError("--opacity", f"{flags.opacity} is not between 0 and 1", "Give for example 0.5")
    if flags.resume and flags.overwrite:
        raise UsageError("--resume", "means to keep what --overwrite would remove", "Drop one of them")
    if flags.model is None and flags.server is None:
        remedy = "Give a run folder, an export folder, a SavedModel, a .tflite or .onnx file, or --server URL"
        raise UsageError("--model", "is missing", remedy)
    if flags.model is not None and flags.server is not None:
        raise UsageError("--server", "runs the model that is served, not --model", "Drop one of them")
    if not 1 <= flags.in_flight <= 64:
        raise UsageError("--in-flight", f"{flags.in_flight} is not between 1 and 64", "Give for example 4")
    if not 0 < flags.timeout <= 3600:
        raise UsageError("--timeout", f"{flags.timeout} is not a wait in seconds up to 3600", "Give for example 30")
    if flags.window is not None and not 0 <= flags.window <= 0.9:
        raise UsageError("--window", f"{flags.window} is not a part between 0 and 0.9", "Give for example 0.25")
    if flags.window is not None and flags.server is not None:
        what = "needs the confidence of every pixel, and servers send one number per frame"
        raise UsageError("--window", what, "Use --model, or leave --window out")
    if flags.adapt is not None and flags.server is not None:
        raise UsageError("--adapt", "re-estimates a model at hand, not one that is served", "Use --model RUN")
    if flags.adapt is not None and flags.window is not None:
        what = "follows whole frames, and --window shows the network parts of them"
        raise UsageError("--adapt", what, "Leave one of them out")
    if flags.ids is not None and not flags.labels:
        raise UsageError("--ids", "says what --labels writes", "Add --labels")
    for name, least, of in (("hardest", 0, "frames"), ("frames", 1, "frames"), ("stream", 0, "streams, from 0")):
        value = getattr(flags, name)
        if value is not None and value < least:
            raise UsageError(f"--{name}", f"{value} is not a number of {of}", f"Give {least} or more")
