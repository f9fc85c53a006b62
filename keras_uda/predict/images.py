"""Images and folders through a model, in order: overlays and label maps."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

from keras_uda.core.atomic import atomic_write
from keras_uda.core.console import say_line
from keras_uda.core.console import warn
from keras_uda.core.errors import DataError
from keras_uda.core.errors import PartialResult
from keras_uda.core.errors import UdaError
from keras_uda.core.fault_points import fault_point
from keras_uda.core.json_records import read_json
from keras_uda.predict import outputs as places
from keras_uda.predict.in_flight import Meter
from keras_uda.predict.in_flight import in_order
from keras_uda.predict.inputs import VIDEOS
from keras_uda.predict.inputs import escaped
from keras_uda.predict.inputs import stamp
from keras_uda.predict.pictures import save_picture
from keras_uda.predict.predictor import FramePrediction
from keras_uda.predict.predictor import Predictor
from keras_uda.predict.table import Rows

CLIP = "a clip in a folder of images. Give it as --input, alone"
COLUMNS = ("image", "confidence", "model", "stamp")


def predict_image(path: Path, read: Callable, predictor: Predictor, target: places.Outputs) -> None:
    """One image -> overlay, label map."""
    image = read(path)
    label_map, confidence, _ = predictor(image)
    if target.labels is not None:
        predictor.save_label(target.labels, label_map)
    save_picture(target.overlay, predictor.picture(image, label_map))
    sure = "" if confidence is None else f", mean confidence {confidence:.2f}"
    say_line(f"wrote {target.overlay}{sure}")


def predict_folder(
    files: list[Path], folder: Path, read: Callable, predictor: Predictor, target: places.Outputs, resume: bool
) -> None:
    """Every image that can be read -> overlay, label map; the others are listed in `failed.txt`.

    Args:
        files: the images, and clips among them, somewhere below `folder`.
        folder: the input.
        read: path -> uint8 RGB (h, w, 3), raising `DataError`.
        predictor: the model.
        target: folders to write to.
        resume: skip what is there, made of the image as it is now.
    Raises:
        PartialResult: some images could not be read. DataError: none could.
    """
    images = [file for file in files if file.suffix.lower() not in VIDEOS]
    jobs = [_Job(*pair, target) for pair in zip(images, places.names_below(images, folder), strict=True)]
    failed = {file.as_posix(): _line(file, folder, CLIP) for file in files if file.suffix.lower() in VIDEOS}
    limits = predictor.in_flight, predictor.abort
    with Rows(target.note(places.CONFIDENCES), COLUMNS, resume) as rows:
        waiting = [job for job in jobs if not job.done(rows.earlier.get(job.name))]
        if len(waiting) < len(jobs):
            say_line(f"{len(jobs) - len(waiting)} of {len(jobs)} images are done already")
        meter = Meter(len(waiting), "predicting")
        with meter.bar:
            for job, result in in_order(waiting, lambda job: job.run(read, predictor), *limits):
                if isinstance(result, UdaError):
                    reason = escaped(str(result))
                    warn(reason)
                    failed[job.name] = _line(job.file, folder, reason)
                else:
                    rows.add(job.name, result.confidence, result.model, job.stamp)
                meter.step()
                fault_point("predicted")
        rows.finish([job.name for job in jobs if job.name not in failed])
    made = {"images": len(files) - len(failed), "models": dict(Counter(rows.column("model")))}
    note(target.record, made)
    predictor.explain(target)
    _finish_folder(len(files), sorted(failed.values()), target, meter)


def _line(file: Path, folder: Path, reason: str) -> str:
    """Of `failed.txt`."""
    return f"{escaped(file.relative_to(folder).as_posix())}\t{reason}\n"


def note(record: Path, more: dict) -> None:
    """Adds what a call found out to its `predict.json`."""
    content = read_json(record) | more
    atomic_write(record, json.dumps(content, indent=1, ensure_ascii=False))


def _finish_folder(total: int, failed: list[str], target: places.Outputs, meter: Meter) -> None:
    list_of_failed = target.note(places.FAILED)
    list_of_failed.unlink(missing_ok=True)
    if failed:
        atomic_write(list_of_failed, "".join(failed))
        if len(failed) == total:
            raise DataError(list_of_failed, f"none of {total} images could be read", "The list gives the reasons")
        what = f"{len(failed)} of {total} images could not be read"
        raise PartialResult(list_of_failed, what, "All others are done; repair these and add --resume")
    say_line(f"wrote {total} images to {target.overlay.parent}, {meter.rate:.1f} frames/s")


class _Job:
    """One image of a folder and its outputs."""

    def __init__(self, file: Path, name: Path, target: places.Outputs):
        self.file, self.name, self.stamp = file, name.as_posix(), stamp(file)
        suffix = places.picture_name(file).suffix
        self.overlay = target.overlay / f"{self.name}{suffix}"
        self.label = target.labels / f"{self.name}.png" if target.labels is not None else None

    def require_name(self) -> None:
        """Raises `DataError` for a name that no table and no list can hold."""
        try:
            self.name.encode()
        except UnicodeEncodeError as error:
            raise DataError(escaped(self.file), "its name is not valid UTF-8", "Rename it") from error

    def done(self, row: list[str] | None) -> bool:
        """Whether the call that wrote this row has written everything, from the image as it is now."""
        there = self.overlay.exists() and (self.label is None or self.label.exists())
        return row is not None and row[-1] == self.stamp and there

    def run(self, read: Callable, predictor: Predictor) -> FramePrediction | UdaError:
        """Predicts and writes the image; an error of the image alone is returned."""
        try:
            self.require_name()
            image = read(self.file)
        except DataError as error:
            self.discard()
            return error
        prediction = predictor(image)
        self.write(predictor, image, prediction.label_map)
        return prediction

    def discard(self) -> None:
        """Removes what was made of an image that can no longer be read."""
        for place in (self.overlay, self.label):
            if place is not None:
                place.unlink(missing_ok=True)

    def write(self, predictor: Predictor, image: np.ndarray, label_map: np.ndarray) -> None:
        if self.label is not None:
            self.label.parent.mkdir(parents=True, exist_ok=True)
            predictor.save_label(self.label, label_map)
        self.overlay.parent.mkdir(parents=True, exist_ok=True)
        save_picture(self.overlay, predictor.picture(image, label_map))
