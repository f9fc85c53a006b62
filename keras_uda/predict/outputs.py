"""Where predictions go: never over their own input."""

import functools
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from keras_uda.core.errors import UsageError
from keras_uda.predict.inputs import OTHER_PICTURES
from keras_uda.predict.inputs import VIDEOS
from keras_uda.predict.inputs import escaped

RECORD = "predict.json"
FILE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", *OTHER_PICTURES, *VIDEOS)  # `v1.2` is a folder
PREDICTIONS = Path("predictions")
TIMELINE, PLOT, HARDEST = "timeline.csv", "timeline.png", "hardest"  # of footage
LEGEND = "legend.png"  # of output folders
CONFIDENCES, FAILED = "confidence.csv", "failed.txt"  # of a folder


class Outputs(NamedTuple):
    """Paths of one call.

    Args:
        overlay: file of the overlay (one image or video), or folder of overlays.
        labels: file or folder of label PNGs, or None.
        record: `predict.json`, or None where only one picture is written.
        folders: what must be made first.
        notes: what is written beside the record: tables, lists, plot, frames to look at.
    """

    overlay: Path
    labels: Path | None
    record: Path | None
    folders: tuple[Path, ...]
    notes: tuple[str, ...] = ()

    @property
    def places(self) -> list[Path]:
        """What is written besides the notes."""
        return [self.overlay] if self.labels is None else [self.overlay, self.labels]

    def note(self, name: str) -> Path:
        """Place of a note, beside the record."""
        assert name in self.notes
        return self.record.with_name(name)


def next_folder(stem: str) -> Path:
    """`predictions/<name of the input>-<n>` with the next free n."""
    stem = stem or "input"
    number = 1
    while (PREDICTIONS / f"{stem}-{number}").exists():
        number += 1
    return PREDICTIONS / f"{stem}-{number}"


def of_video(output: Path, clip: Path | None, stem: str, suffixes: tuple[str, ...], labels: bool) -> Outputs:
    """A video into a file of that name with its notes in `<name>_predict/`, or all of it into a folder."""
    notes = TIMELINE, PLOT, HARDEST
    if output.suffix.lower() in suffixes:
        folder = output.with_name(f"{output.stem}_labels") if labels else None
        record = output.with_name(f"{output.stem}_predict") / RECORD
        folders = (output.parent, record.parent, *([folder] if folder else []))
        return _apart(Outputs(output, folder, record, folders, notes), [clip])
    _require_folder(output)
    folder = output / "labels" if labels else None
    folders = (output, folder) if folder else (output,)
    return _apart(Outputs(output / f"{stem}.mp4", folder, output / RECORD, folders, (*notes, LEGEND)), [clip])


def of_image(output: Path, source: Path, labels: bool) -> Outputs:
    """An image into a .png or .jpg file (labels beside it as `<stem>_labels.png`) or into a folder."""
    if output.suffix.lower() in (".png", ".jpg", ".jpeg"):
        label = output.with_name(f"{output.stem}_labels.png") if labels else None
        return _apart(Outputs(output, label, None, (output.parent,)), [source])
    _require_folder(output)
    name = Path(escaped(source.name))
    overlay = output / "overlays" / picture_name(name)
    label = output / "labels" / f"{name.stem}.png" if labels else None
    folders = (overlay.parent, label.parent) if label else (overlay.parent,)
    return _apart(Outputs(overlay, label, None, folders), [source])


def of_folder(output: Path, source: Path, files: list[Path], labels: bool) -> Outputs:
    """A folder of images into `overlays/` and `labels/`, each with the relative paths of the input.

    Args:
        output, labels: as the flags say.
        source: the input.
        files: the images, somewhere below it.
    """
    _require_folder(output)
    if output.resolve().is_relative_to(source.resolve()):
        raise UsageError("--output", f"{output} lies inside the input folder", "Name a folder elsewhere")
    overlays, folder = output / "overlays", output / "labels" if labels else None
    folders = (overlays, folder) if folder else (overlays,)
    parents = {file.relative_to(source).parent for file in files}
    below = [place / parent for place in folders for parent in parents]
    return _apart(
        Outputs(overlays, folder, output / RECORD, folders, (CONFIDENCES, FAILED, LEGEND)), [source, *files], below
    )


def _apart(outputs: Outputs, sources: Iterable[Path | None], below: Iterable[Path] = ()) -> Outputs:
    """The same outputs, once it is sure that no source would be replaced, or removed with a folder.

    Places are compared by what the disk says they are: links and other spellings of a name lead to the same file.

    Args:
        outputs: of this call.
        sources: files and folders that are read; None for an address or a camera.
        below: further folders that are written to.
    Raises:
        UsageError: a place to write is a source, or holds one.
    """
    notes = [outputs.note(name) for name in outputs.notes]
    node = functools.cache(_node)  # thousands of images share their folders
    there = {node(place): place for place in (*outputs.places, *notes, *below) if place.exists()}
    for source in filter(None, sources if there else ()):
        real = Path(os.path.realpath(source))
        for step in (real, *real.parents):
            if (place := there.get(node(step))) is not None:
                what = f"{place} {'is' if step == real else 'holds'} the input"
                raise UsageError("--output", what, "Name another")
    return outputs


def _node(path: Path) -> tuple[int, int] | None:
    """Device and number of a file; None for what is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _require_folder(output: Path) -> None:
    if output.suffix.lower() in FILE_SUFFIXES and not output.is_dir():
        remedy = "Name a folder, or a file of the kind of the input (.mp4 for footage, .png or .jpg for an image)"
        raise UsageError("--output", f"{output} is not an output for this input", remedy)
    if output.exists() and not output.is_dir():
        raise UsageError("--output", f"{output} is a file", "Name a folder")


def picture_name(path: Path) -> Path:
    """An overlay has the kind of its image: `a.jpeg` -> `a.jpg`, everything but JPEG becomes PNG."""
    return path.with_suffix(".jpg" if path.suffix.lower() in (".jpg", ".jpeg") else ".png")


def names_below(files: list[Path], folder: Path) -> list[Path]:
    """Relative output names, each without suffix where that name is free; no two outputs share a file.

    A name that another file would have without suffix, or has with it, keeps its suffix (`a.jpg`, `a.png`,
    `a.png.png`); so does one whose picture would stand in the place of a folder of the input (`a.jpg` beside `a.png/`).
    """
    relative = [file.relative_to(folder) for file in files]
    stems, folders = Counter(path.with_suffix("") for path in relative), {p for path in relative for p in path.parents}
    taken, names = set(relative), []
    for path in relative:
        short = path.with_suffix("")
        name = path if stems[short] > 1 or short in taken or _in_the_way(short, folders) else short
        while _in_the_way(name, folders) or (name != path and name in taken):
            name = name.with_name(f"{name.name}_")
        taken.add(name)
        names.append(name)
    return names


def _in_the_way(name: Path, folders: set[Path]) -> bool:
    return any(name.with_name(name.name + suffix) in folders for suffix in (".png", ".jpg"))
