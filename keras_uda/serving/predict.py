"""Frames through a model, in order, a few in flight: images, folders and footage -> overlays and label maps."""

import json
import time
from collections import deque
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np

from keras_uda.console import Progress
from keras_uda.console import say
from keras_uda.console import warn
from keras_uda.errors import DataError
from keras_uda.errors import PartialResult
from keras_uda.errors import UdaError
from keras_uda.files import atomic_write
from keras_uda.files import fault_point
from keras_uda.serving import outputs as places
from keras_uda.serving.pictures import overlay
from keras_uda.serving.pictures import read_label
from keras_uda.serving.pictures import save_label
from keras_uda.serving.pictures import save_picture
from keras_uda.serving.resize import resize_frame
from keras_uda.serving.resize import resize_map
from keras_uda.serving.video import Video
from keras_uda.serving.video_writer import VideoWriter

FAILED = "failed.txt"


class Predictor(NamedTuple):
    """What turns frames into label maps.

    Args:
        run: uint8 (height, width, 3) -> label map uint8 (height, width), mean confidence 0..1, name of the model.
        size: (width, height) that `run` takes.
        palette: uint8 (classes, 3).
        opacity: of overlays.
        in_flight: calls of `run` at a time.
        abort: ends calls that wait for a server, after Ctrl-C or an error.
    """

    run: Callable
    size: tuple[int, int]
    palette: np.ndarray
    opacity: float = 0.5
    in_flight: int = 1
    abort: Callable = lambda: None

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """uint8 RGB (h, w, 3) of any size -> label map uint8 (h, w)."""
        label_map, _, _ = self.run(resize_frame(image, self.size))
        return resize_map(label_map, image.shape[1::-1])

    def picture(self, image: np.ndarray, label_map: np.ndarray) -> np.ndarray:
        return overlay(image, label_map, self.palette, self.opacity)


def in_order(items: Iterable, work: Callable, in_flight: int, abort: Callable = lambda: None) -> Iterator[tuple]:
    """Yields (item, result of `work(item)`) in the order of the items; `in_flight` run at once, memory is bounded."""
    pending: deque = deque()
    pool = ThreadPoolExecutor(in_flight)
    try:
        for item in items:
            pending.append((item, pool.submit(work, item)))
            if len(pending) > in_flight:
                item, future = pending.popleft()
                yield item, future.result()
        while pending:
            item, future = pending.popleft()
            yield item, future.result()
    except BaseException:
        abort()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class Meter:
    """Progress of a call: frames done, time left, frames per second.

    Args:
        total: frames to count on; 0 if unknown.
        description: what is being done.
    """

    def __init__(self, total: int, description: str):
        self.bar, self.done, self.began = Progress(max(1, total), description), 0, time.perf_counter()

    def step(self) -> None:
        self.done += 1
        self.bar.total = max(self.bar.total, self.done)
        self.bar.update(self.done, note=f"{self.rate:.1f} frames/s")

    @property
    def rate(self) -> float:
        return self.done / max(1e-9, time.perf_counter() - self.began)


def predict_image(path: Path, read: Callable, predictor: Predictor, target: places.Outputs) -> None:
    """One image -> overlay, label map."""
    image = read(path)
    label_map = predictor(image)
    if target.labels is not None:
        save_label(target.labels, label_map, predictor.palette)
    save_picture(target.overlay, predictor.picture(image, label_map))
    say(f"wrote {target.overlay}")


def predict_folder(
    files: list[Path], folder: Path, read: Callable, predictor: Predictor, target: places.Outputs, resume: bool
) -> None:
    """Every image that can be read -> overlay, label map; the others are listed in `failed.txt`.

    Args:
        files: the images, somewhere below `folder`.
        folder: the input.
        read: path -> uint8 RGB (h, w, 3), raising `DataError`.
        predictor: the model.
        target: folders to write to.
        resume: skip what is there.
    Raises:
        PartialResult: some images could not be read. DataError: none could.
    """
    jobs = [_Job(*pair, target) for pair in zip(files, places.names_below(files, folder), strict=True)]
    waiting = [job for job in jobs if not (resume and job.done())]
    if len(waiting) < len(jobs):
        say(f"{len(jobs) - len(waiting)} of {len(jobs)} images are there already")
    failed: list[str] = []

    def work(job: "_Job") -> np.ndarray | UdaError:
        try:
            image = read(job.file)
        except DataError as error:
            return error
        label_map = predictor(image)
        job.write(predictor.picture(image, label_map), label_map, predictor.palette)
        return label_map

    meter = Meter(len(waiting), "predicting")
    with meter.bar:
        for job, result in in_order(waiting, work, predictor.in_flight, predictor.abort):
            if isinstance(result, UdaError):
                warn(str(result))
                failed.append(f"{job.file.relative_to(folder).as_posix()}\t{result}\n")
            meter.step()
            fault_point("predicted")
    _finish_folder(len(jobs), failed, target, meter)


def _finish_folder(total: int, failed: list[str], target: places.Outputs, meter: Meter) -> None:
    root = target.overlay.parent
    (root / FAILED).unlink(missing_ok=True)
    if failed:
        atomic_write(root / FAILED, "".join(failed))
        if len(failed) == total:
            raise DataError(root / FAILED, f"none of {total} images could be read", "The list tells why")
        what = f"{len(failed)} of {total} images could not be read"
        raise PartialResult(root / FAILED, what, "All others are done; repair these and add --resume")
    say(f"wrote {total} images to {root}, {meter.rate:.1f} frames/s")


class _Job:
    """One image of a folder and its outputs."""

    def __init__(self, file: Path, name: Path, target: places.Outputs):
        self.file = file
        suffix = places.picture_name(file).suffix
        self.overlay = target.overlay / f"{name.as_posix()}{suffix}"
        self.label = target.labels / f"{name.as_posix()}.png" if target.labels is not None else None

    def done(self) -> bool:
        return self.overlay.exists() and (self.label is None or self.label.exists())

    def write(self, picture: np.ndarray, label_map: np.ndarray, palette: np.ndarray) -> None:
        if self.label is not None:
            self.label.parent.mkdir(parents=True, exist_ok=True)
            save_label(self.label, label_map, palette)
        self.overlay.parent.mkdir(parents=True, exist_ok=True)
        save_picture(self.overlay, picture)


def predict_video(video: Video, predictor: Predictor, target: places.Outputs, resume: bool) -> None:
    """Footage -> overlay in H.264 with the times of the source, and one label PNG per frame.

    Args:
        video: opened.
        predictor: the model.
        target: the overlay file and the folder of label maps.
        resume: label maps that are there are read instead of computed; the overlay is built again.
    Raises:
        PartialResult: the clip ends early or is damaged; what was decoded is done. DataError: no frame at all.
    """

    def label_path(number: int) -> Path | None:
        return target.labels / f"{number:06d}.png" if target.labels is not None else None

    def work(item: tuple[int, tuple[np.ndarray, Fraction]]) -> np.ndarray:
        number, (image, _) = item
        path = label_path(number)
        if resume and path is not None and path.exists():
            return read_label(path)
        label_map = predictor(image)
        if path is not None:
            save_label(path, label_map, predictor.palette)
        return label_map

    meter = Meter(video.expected, Path(video.name).name)
    with VideoWriter(target.overlay, video.rate) as writer:
        with meter.bar:
            numbered = enumerate(video.frames())
            for (_, (image, seconds)), label_map in in_order(numbered, work, predictor.in_flight, predictor.abort):
                writer.write(predictor.picture(image, label_map), seconds)
                meter.step()
                fault_point("predicted")
    _finish_video(video, target, meter)


def _finish_video(video: Video, target: places.Outputs, meter: Meter) -> None:
    loss = video.loss()
    if not meter.done:
        raise DataError(video.name, f"no frame could be decoded ({loss or 'empty'})", "Convert it to H.264 first")
    if target.record is not None:
        record = json.loads(target.record.read_text(encoding="utf-8"))
        record |= {"frames": meter.done, "loss": loss, "frames_per_second": round(meter.rate, 2)}
        atomic_write(target.record, json.dumps(record, indent=1, ensure_ascii=False))
    say(f"wrote {target.overlay}: {meter.done} frames, {meter.rate:.1f} frames/s")
    if loss:
        raise PartialResult(video.name, f"{loss}; output is partial", "The frames that could be decoded are done")
