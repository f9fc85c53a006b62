"""What a model thought of a clip, frame by frame: confidence, steadiness, the hardest frames; as table and picture."""

from collections import Counter
from pathlib import Path

import numpy as np

from keras_uda.core.atomic import atomic_write
from keras_uda.core.console import say_line
from keras_uda.core.files import remove
from keras_uda.predict.outputs import HARDEST
from keras_uda.predict.outputs import PLOT
from keras_uda.predict.outputs import TIMELINE
from keras_uda.predict.outputs import Outputs
from keras_uda.predict.pictures import save_picture
from keras_uda.predict.table import Rows
from keras_uda.predict.video.flicker import Steadiness
from keras_uda.predict.video.hardest import Hardest
from keras_uda.predict.video.hardest import HardFrame

COLUMNS = ("frame", "seconds", "confidence", "flicker", "still", "model")


class Timeline:
    """Collects the frames of a clip in their order.

    Args:
        target: of the call; its table grows line by line.
        most: hardest frames to keep.
        resume: continue the table of an earlier call.
    """

    def __init__(self, target: Outputs, most: int, resume: bool):
        self.target, self.hardest, self.steadiness = target, Hardest(most), Steadiness()
        self.frames = 0
        self.rows = Rows(target.note(TIMELINE), COLUMNS, resume)

    def __enter__(self) -> "Timeline":
        return self

    def __exit__(self, *error: object) -> None:
        self.rows.__exit__(*error)

    def earlier(self, number: int) -> tuple[float | None, str] | None:
        """Confidence and model of a frame that an earlier call has done."""
        row = self.rows.earlier.get(str(number))
        return (float(row[2]) if row[2] else None, row[5]) if row is not None else None

    def add(self, number: int, seconds: float, image: np.ndarray, prediction) -> None:
        """Takes the next frame, uint8 (height, width, 3), and its `FramePrediction`."""
        label_map, confidence, model = prediction
        flicker, still = self.steadiness.add(image, label_map)
        self.frames = number + 1
        self.rows.add(number, seconds, confidence, flicker, still, model)
        if confidence is not None:
            self.hardest.add(HardFrame(number, seconds, confidence, image))

    def finish(self) -> dict:
        """Writes table, picture and hardest frames; returns what `predict.json` says about them."""
        self.rows.finish(range(self.frames))
        seconds, confidence, flicker = (self._numbers(name) for name in ("seconds", "confidence", "flicker"))
        hardest = self._save_hardest()
        figure = confidence_figure(seconds, confidence, flicker, hardest)
        save_figure(figure, self.target.note(PLOT))
        steady = {"flicker": self.steadiness.flicker, "still": self.steadiness.still}
        return {
            "confidence": confidence_figures(seconds, confidence),
            "steadiness": {name: None if value is None else round(value, 6) for name, value in steady.items()},
            "hardest": hardest,
            "models": dict(Counter(self.rows.column("model"))),
        }

    def _numbers(self, column: str) -> np.ndarray:
        return np.array([float(text) if text else np.nan for text in self.rows.column(column)])

    def _save_hardest(self) -> list[dict]:
        folder, entries = self.target.note(HARDEST), []
        remove(folder)
        for frame in self.hardest.frames():
            path = folder / f"{frame.number:06d}.png"
            path.parent.mkdir(exist_ok=True)
            save_picture(path, frame.image)
            file = path.relative_to(self.target.record.parent).as_posix()
            entry = {"file": file, "frame": frame.number, "seconds": round(frame.seconds, 3)}
            entries.append(entry | {"confidence": round(frame.confidence, 4)})
        return entries


def confidence_figures(seconds: np.ndarray, confidence: np.ndarray) -> dict[str, float] | None:
    """Mean and lowest confidence of a clip; None for a model that gives none."""
    if np.isnan(confidence).all():
        return None
    lowest = int(np.nanargmin(confidence))
    return {
        "mean": round(float(np.nanmean(confidence)), 4),
        "lowest": round(float(confidence[lowest]), 4),
        "lowest_at_seconds": round(float(seconds[lowest]), 3),
    }


def say_figures(record: dict, target: Outputs) -> None:
    """The figures of a clip, a line each."""
    confidence, steadiness = record["confidence"], record["steadiness"]
    if confidence is not None:
        lowest = f"lowest {confidence['lowest']:.2f} at {confidence['lowest_at_seconds']:.1f} s"
        say_line(f"confidence: {confidence['mean']:.2f} on average, {lowest}")
    if steadiness["flicker"] is not None:
        still = f"{100 * steadiness['still']:.0f} % of all"
        say_line(
            f"steadiness: {100 * steadiness['flicker']:.2f} % of the pixels that did not move ({still}) changed class"
        )
    statistics = record.get("statistics")
    if statistics is not None:
        nothing = statistics["showed_nothing"]
        less = f"; {nothing} showed nothing (dark, covered) and moved none" if nothing else ""
        say_line(f"statistics: {statistics['moved_by']} frames moved them{less}")
    if record["hardest"]:
        say_line(f"hardest frames: {len(record['hardest'])} in {target.note(HARDEST)}")


def confidence_figure(seconds: np.ndarray, confidence: np.ndarray, flicker: np.ndarray, hardest: list[dict]):
    """Confidence and flicker over the time of a clip.

    Args:
        seconds: float (frames,).
        confidence: float (frames,), mean of a frame, 0..1, NaN where unknown.
        flicker: float (frames,), 0..1, NaN where unknown.
        hardest: entries with `seconds` and `confidence`, marked.
    Returns:
        A matplotlib figure.
    """
    from keras_uda.core.plain_figure import PlainFigure

    figure = PlainFigure(figsize=(9, 4), layout="constrained")
    above, below = figure.subplots(2, sharex=True, height_ratios=(2, 1))
    above.plot(seconds, confidence, linewidth=1, color="#31688e")
    points = [(entry["seconds"], entry["confidence"]) for entry in hardest]
    if points:
        above.plot(*zip(*points, strict=True), "v", color="#d1495b", label="hardest")
        above.legend(loc="lower right")
    above.set(ylabel="mean confidence", ylim=(0, 1))
    below.plot(seconds, 100 * flicker, linewidth=1, color="#6d597a")
    below.set(ylabel="flicker (%)", xlabel="time (s)")
    below.set_ylim(bottom=0)
    return figure


def save_figure(figure, path: Path) -> None:
    """Writes a figure as PNG, whole."""
    import io

    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=110, metadata={"Software": None})
    atomic_write(path, stream.getvalue())
