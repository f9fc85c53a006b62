"""Clips and cameras through a model: overlay video, label maps, and what the model thought of it frame by frame."""

from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import NamedTuple
from typing import Protocol

import numpy as np

from keras_uda.core.console import say_line
from keras_uda.core.errors import DataError
from keras_uda.core.errors import PartialResult
from keras_uda.core.fault_points import fault_point
from keras_uda.predict.images import note
from keras_uda.predict.in_flight import Meter
from keras_uda.predict.in_flight import in_order
from keras_uda.predict.outputs import Outputs
from keras_uda.predict.predictor import FramePrediction
from keras_uda.predict.predictor import Predictor
from keras_uda.predict.video.timeline import Timeline
from keras_uda.predict.video.timeline import say_figures
from keras_uda.predict.video.write import VideoWriter


class Footage(Protocol):
    """A clip or a camera: `name`, `rate` (frames per second), `expected` (frames, 0 if unknown)."""

    name: str
    rate: Fraction
    expected: int

    def frames(self):
        """Yields (uint8 RGB (height, width, 3), time in seconds)."""

    def loss(self) -> str | None:
        """What is missing after the last frame."""


class Wanted(NamedTuple):
    """How to go through footage.

    Args:
        resume: label maps and confidences that are there are read instead of computed; the overlay is built again.
        frames: stop after so many; None is all.
        hardest: frames of lowest confidence to save.
    """

    resume: bool = False
    frames: int | None = None
    hardest: int = 0


def predict_footage(footage: Footage, predictor: Predictor, target: Outputs, wanted: Wanted) -> None:
    """Footage -> overlay in H.264 with the times of the source, one label PNG per frame, and its timeline.

    Args:
        footage: opened.
        predictor: the model.
        target: the overlay file, the folder of label maps, the record and its notes.
        wanted: how.
    Raises:
        PartialResult: the clip ends early or is damaged; what was decoded is done. DataError: no frame at all.
    """
    meter = Meter(wanted.frames or footage.expected, Path(footage.name).name)
    with (
        Timeline(target, wanted.hardest, wanted.resume) as timeline,
        VideoWriter(target.overlay, footage.rate) as writer,
    ):
        frames = _Frames(predictor, target.labels, timeline)
        numbered = islice(enumerate(footage.frames()), wanted.frames)
        with meter.bar:
            for item, prediction in in_order(numbered, frames.predict, predictor.in_flight, predictor.abort):
                number, (image, seconds) = item
                writer.write(predictor.picture(image, prediction.label_map), seconds)
                timeline.add(number, float(seconds), image, prediction)
                meter.step()
                fault_point("predicted")
        loss = None if meter.done == wanted.frames else footage.loss()
        if not meter.done:
            raise DataError(footage.name, f"no frame could be decoded ({loss or 'empty'})", "Convert it to H.264 first")
        found = timeline.finish()
        predictor.explain(target)
    pace = {"frames": meter.done, "loss": loss, "frames_per_second": round(meter.rate, 2)}
    if predictor.follows is not None:
        found |= {"statistics": predictor.follows()}
    note(target.record, pace | found)
    say_figures(found, target)
    say_line(f"wrote {target.overlay}: {meter.done} frames, {meter.rate:.1f} frames/s")
    if loss:
        raise PartialResult(footage.name, f"{loss}; output is partial", "The frames that could be decoded are done")


class _Frames:
    """Predicts one frame, or reads what an earlier call predicted."""

    def __init__(self, predictor: Predictor, labels: Path | None, timeline: Timeline):
        self.predictor, self.labels, self.timeline = predictor, labels, timeline

    def predict(self, item: tuple[int, tuple[np.ndarray, Fraction]]) -> FramePrediction:
        number, (image, _) = item
        path = self.labels / f"{number:06d}.png" if self.labels is not None else None
        earlier = self.timeline.earlier(number)
        if earlier is not None and path is not None and path.exists() and self.predictor.can_read:
            return FramePrediction(self.predictor.read_label(path), *earlier)
        prediction = self.predictor(image)
        if path is not None:
            self.predictor.save_label(path, prediction.label_map)
        return prediction
