"""What turns frames of any size into label maps: a model at hand, whole or in windows, or a served one."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from keras_uda.core.console import quiet
from keras_uda.core.runnable import RunnableModel
from keras_uda.predict import outputs as places
from keras_uda.predict.ids import Ids
from keras_uda.predict.integer_resize import resize_frame
from keras_uda.predict.integer_resize import resize_map
from keras_uda.predict.pictures import legend
from keras_uda.predict.pictures import overlay
from keras_uda.predict.pictures import read_label
from keras_uda.predict.pictures import save_label
from keras_uda.predict.pictures import save_picture
from keras_uda.predict.server.model import ServerModel
from keras_uda.predict.windows import windows_of_any_size

LONGEST_NAME = 16  # of a model: the first digits of its hash


class FramePrediction(NamedTuple):
    """Of one frame: label map uint8 (height, width), mean confidence 0..1 (None: the model gives none), name of the
    model that gave it."""

    label_map: np.ndarray
    confidence: float | None
    model: str


class Predictor(NamedTuple):
    """What turns frames into label maps.

    Args:
        run: uint8 RGB (h, w, 3) of any size -> `FramePrediction` of that size.
        palette: uint8 (classes, 3).
        opacity: of overlays.
        in_flight: calls of `run` at a time.
        abort: ends calls that wait for a server, after Ctrl-C or an error.
        classes: names, by index.
        ids: what label pictures hold instead of class indices; None: the indices.
        follows: what it says of a frame depends on those before, so that none may be left out; then it says how many
            moved its statistics, and how many showed nothing.
    """

    run: Callable
    palette: np.ndarray
    opacity: float = 0.5
    in_flight: int = 1
    abort: Callable = lambda: None
    classes: tuple[str, ...] = ()
    ids: Ids | None = None
    follows: Callable[[], dict] | None = None

    def __call__(self, image: np.ndarray) -> FramePrediction:
        """uint8 RGB (h, w, 3) -> its `FramePrediction`."""
        return self.run(image)

    def picture(self, image: np.ndarray, label_map: np.ndarray) -> np.ndarray:
        return overlay(image, label_map, self.palette, self.opacity)

    def save_label(self, path: Path, label_map: np.ndarray) -> None:
        """Writes the label picture of a frame."""
        if self.ids is None:
            save_label(path, label_map, self.palette)
        else:
            self.ids.save(path, label_map)

    @property
    def can_read(self) -> bool:
        """Whether a label picture can stand for a call: it leads back to its label map, and no later frame needs it."""
        return self.follows is None and (self.ids is None or self.ids.unique)

    def read_label(self, path: Path) -> np.ndarray:
        """The label map of a picture that `save_label` wrote."""
        return read_label(path) if self.ids is None else self.ids.read(path)

    def explain(self, target: places.Outputs) -> None:
        """Writes what the colours mean, where the output is a folder."""
        if places.LEGEND in target.notes:
            save_picture(target.note(places.LEGEND), legend(self.classes, self.palette))


def whole_frames(run: Callable, size: tuple[int, int]) -> Callable:
    """A function of frames of any size: resized on the way in, label maps brought back by nearest neighbour.

    Args:
        run: uint8 (height, width, 3) -> label map uint8 (height, width), mean confidence, name of the model.
        size: (width, height) that `run` takes.
    """

    def predict(image: np.ndarray) -> FramePrediction:
        label_map, confidence, model = run(resize_frame(image, size))
        return FramePrediction(resize_map(label_map, image.shape[1::-1]), confidence, model)

    return predict


def predictor_of_model(model: RunnableModel, opacity: float = 0.5, overlap: float | None = None) -> Predictor:
    """The predictor of a model at hand.

    Args:
        model: opened.
        opacity: of overlays.
        overlap: share of a window that neighbours have in common; None resizes whole frames.
    """

    def maps(frame: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        label_maps, confidences = model.run(frame[None])
        return label_maps[0], None if confidences is None else confidences[0]

    def described(label_map: np.ndarray, confidence: np.ndarray | None) -> FramePrediction:
        mean = None if confidence is None else float(confidence.mean()) / 255
        return FramePrediction(label_map, mean, model.sha256[:LONGEST_NAME])

    if model.kind == "tflite":
        width, height = model.size
        with quiet():  # LiteRT greets with its first frame; this one is for that alone
            maps(np.zeros((height, width, 3), np.uint8))
    if overlap is None:
        run = whole_frames(lambda frame: described(*maps(frame)), model.size)
    else:
        merged = windows_of_any_size(maps, model.size, overlap)
        run = lambda image: described(*merged(image))  # noqa: E731
    return Predictor(run, model.palette, opacity, classes=tuple(model.classes))


def predictor_of_server(model: ServerModel, opacity: float = 0.5, in_flight: int = 1) -> Predictor:
    """The predictor of a served model, with so many frames on the way at a time."""
    run = whole_frames(model.predict, model.size)
    return Predictor(run, model.palette, opacity, in_flight, model.close, tuple(model.about["classes"]))
