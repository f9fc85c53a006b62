"""Where predictions go, and what is there already: nothing is overwritten unasked, a killed run is continued."""

import json
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from keras_uda.errors import UsageError
from keras_uda.files import atomic_write
from keras_uda.files import remove
from keras_uda.files import remove_leftovers
from keras_uda.files import resource_errors

RECORD = "predict.json"
PREDICTIONS = Path("predictions")
TIMELINE, PLOT, HARDEST = "timeline.csv", "timeline.png", "hardest"  # of footage
CONFIDENCES = "confidence.csv"  # of a folder


class Existing(NamedTuple):
    """What to do with outputs that are there: continue them, replace them, or (neither) refuse."""

    resume: bool = False
    overwrite: bool = False


class Outputs(NamedTuple):
    """Paths of one call.

    Args:
        overlay: file of the overlay (one image or video), or folder of overlays.
        labels: file or folder of label PNGs, or None.
        record: `predict.json`, or None where only one picture is written.
        folders: what must be made first.
        notes: what is written beside the record: tables, plot, frames to look at.
    """

    overlay: Path
    labels: Path | None
    record: Path | None
    folders: tuple[Path, ...]
    notes: tuple[str, ...] = ()

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


def of_video(output: Path, stem: str, suffixes: tuple[str, ...], labels: bool) -> Outputs:
    """A video into a file of that name with its notes in `<name>_predict/`, or all of it into a folder."""
    notes = TIMELINE, PLOT, HARDEST
    if output.suffix.lower() in suffixes:
        folder = output.with_name(f"{output.stem}_labels") if labels else None
        record = output.with_name(f"{output.stem}_predict") / RECORD
        folders = (output.parent, record.parent, *([folder] if folder else []))
        return Outputs(output, folder, record, folders, notes)
    _require_folder(output)
    folder = output / "labels" if labels else None
    folders = (output, folder) if folder else (output,)
    return Outputs(output / f"{stem}.mp4", folder, output / RECORD, folders, notes)


def of_image(output: Path, source: Path, labels: bool) -> Outputs:
    """An image into a .png or .jpg file (labels beside it as `<stem>_labels.png`) or into a folder."""
    if output.suffix.lower() in (".png", ".jpg", ".jpeg"):
        label = output.with_name(f"{output.stem}_labels.png") if labels else None
        return Outputs(output, label, None, (output.parent,))
    _require_folder(output)
    overlay = output / "overlays" / picture_name(Path(source.name))
    label = output / "labels" / f"{source.stem}.png" if labels else None
    return Outputs(overlay, label, None, (overlay.parent, label.parent) if label else (overlay.parent,))


def of_folder(output: Path, source: Path, labels: bool) -> Outputs:
    """A folder of images into `overlays/` and `labels/`, each with the relative paths of the input."""
    _require_folder(output)
    if output.resolve().is_relative_to(source.resolve()):
        raise UsageError("--output", f"{output} lies inside the input folder", "Name a folder elsewhere")
    overlays, folder = output / "overlays", output / "labels" if labels else None
    folders = (overlays, folder) if folder else (overlays,)
    return Outputs(overlays, folder, output / RECORD, folders, (CONFIDENCES,))


def _require_folder(output: Path) -> None:
    if output.suffix and not output.is_dir():
        remedy = "Name a folder, or a file of the kind of the input (.mp4 for footage, .png or .jpg for an image)"
        raise UsageError("--output", f"{output} is not an output for this input", remedy)
    if output.exists() and not output.is_dir():
        raise UsageError("--output", f"{output} is a file", "Name a folder")


def picture_name(path: Path) -> Path:
    """An overlay has the kind of its image: `a.jpeg` -> `a.jpg`, everything but JPEG becomes PNG."""
    return path.with_suffix(".jpg" if path.suffix.lower() in (".jpg", ".jpeg") else ".png")


def names_below(files: list[Path], folder: Path) -> list[Path]:
    """Relative output names without suffix; files that differ in nothing but the suffix keep it (`a.jpg`, `a.png`)."""
    relative = [file.relative_to(folder) for file in files]
    stems = Counter(path.with_suffix("") for path in relative)
    return [path if stems[path.with_suffix("")] > 1 else path.with_suffix("") for path in relative]


def claim(outputs: Outputs, existing: Existing, identity: dict) -> None:
    """Makes the folders and sees that nothing is destroyed.

    Args:
        outputs: of this call.
        existing: what to do with what is there.
        identity: model and input; a call is continued only with the same ones.
    Raises:
        UsageError: an output exists, or belongs to another model or input.
        ResourceError: a folder cannot be written.
    """
    notes = [outputs.note(name) for name in outputs.notes]
    places = [place for place in (outputs.overlay, outputs.labels) if place is not None]
    if not existing.resume and outputs.record is not None and outputs.record.is_file():
        notes = [place for place in notes if place.suffix != ".csv"]  # one alone is left of a call that failed
    taken = [place for place in (*places, *notes) if _is_taken(place)]
    if taken and not (existing.resume or existing.overwrite):
        raise UsageError("--output", f"{taken[0]} exists already", "Name another, or add --resume or --overwrite")
    strange = [place for place in taken if place.is_dir() or place in notes]
    if strange and not outputs.record.is_file():
        raise UsageError("--output", f"{strange[0]} was not made by predict", "Name another")
    if existing.resume and taken and outputs.record is not None:
        _require_same(outputs.record, identity)
    elif existing.overwrite:
        for place in taken:
            remove(place)
    with resource_errors(outputs.overlay):
        for folder in outputs.folders:
            folder.mkdir(parents=True, exist_ok=True)
            remove_leftovers(folder)
    if outputs.record is not None:
        atomic_write(outputs.record, json.dumps(identity, indent=1, ensure_ascii=False))


def _is_taken(place: Path) -> bool:
    return any(place.iterdir()) if place.is_dir() else place.exists()


def _require_same(record: Path, identity: dict) -> None:
    try:
        before = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        before = {}
    for key, value in identity.items():
        if before.get(key) != value:
            what = f"was begun with {key} {before.get(key)!r}, now it is {value!r}"
            raise UsageError(record.parent, what, "Use another --output, or --overwrite")
