"""What is there already where predictions go: nothing is overwritten unasked, a killed call is continued."""

import json
from pathlib import Path
from typing import NamedTuple

from keras_uda.core.atomic import atomic_write
from keras_uda.core.atomic import remove_dead_leftovers
from keras_uda.core.errors import UsageError
from keras_uda.core.files import remove
from keras_uda.core.files import resource_errors
from keras_uda.core.json_records import Record
from keras_uda.core.json_records import read_json
from keras_uda.predict.outputs import Outputs


class Made(Record):
    """What a record must say: the names of what a call has written."""

    outputs: list[str]


class Existing(NamedTuple):
    """What to do with outputs that are there: continue them, replace them, or (neither) refuse."""

    resume: bool = False
    overwrite: bool = False


def claim(outputs: Outputs, existing: Existing, identity: dict) -> None:
    """Makes the folders and sees that nothing is destroyed.

    Args:
        outputs: of this call.
        existing: what to do with what is there.
        identity: model and input; a call is continued only with the same ones.
    Raises:
        UsageError: an output exists, belongs to another model or input, or is not one that the record names.
        ResourceError: a folder cannot be written.
    """
    before = _read(outputs.record)
    taken = _taken(outputs, existing, before.get("outputs", []))
    if existing.overwrite:
        for place in taken:
            remove(place)
    elif taken:
        _require_same(outputs.record, before, identity)
    with resource_errors(outputs.overlay):
        for folder in outputs.folders:
            folder.mkdir(parents=True, exist_ok=True)
            remove_dead_leftovers(folder)
    if outputs.record is not None:
        names = {place.name for place in (*outputs.places, *map(outputs.note, outputs.notes))}
        content = identity | {"outputs": sorted(names.union(before.get("outputs", [])))}
        atomic_write(outputs.record, json.dumps(content, indent=1, ensure_ascii=False))


def _taken(outputs: Outputs, existing: Existing, made: list[str]) -> list[Path]:
    """The outputs that are there, once it is sure that they may be continued or removed.

    Args:
        outputs, existing: as for `claim`.
        made: names of what predict has written there.
    """
    notes = [outputs.note(name) for name in outputs.notes]
    if not existing.resume:  # tables and lists alone are left of a call that failed
        notes = [place for place in notes if place.suffix not in (".csv", ".txt") or place.name not in made]
    taken = [place for place in (*outputs.places, *notes) if _is_there(place)]
    alone = outputs.record is None  # nothing tells what a single picture was made of
    if taken and not existing.overwrite and (alone or not existing.resume):
        remedy = f"Name another, or add {'--overwrite' if alone else '--resume or --overwrite'}"
        raise UsageError("--output", f"{taken[0]} exists already", remedy)
    for place in taken:
        ours = not place.is_dir() if alone else place.name in made
        if not ours:
            raise UsageError("--output", f"{place} was not made by predict", "Name another")
    return taken


def _is_there(place: Path) -> bool:
    return any(place.iterdir()) if place.is_dir() else place.exists()


def _read(record: Path | None) -> dict:
    """What an earlier call wrote down; empty if there was none."""
    if record is None or not record.exists():
        return {}
    try:
        return read_json(record, Made, error=UsageError)
    except UsageError as error:
        raise UsageError("--output", f"{record} was not made by predict", "Name another") from error


def _require_same(record: Path, before: dict, identity: dict) -> None:
    for key, value in identity.items():
        if before.get(key) != value:
            what = f"was begun with {key} {before.get(key)!r}, now it is {value!r}"
            if key == "fingerprint":
                what = f"was begun with another {identity['input']}"
            raise UsageError(record.parent, what, "Use another --output, or --overwrite")
