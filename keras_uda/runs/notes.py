"""`notes.json`: what a reader of the report must know of a run."""

import json
import os
from pathlib import Path

from keras_uda.core.atomic import atomic_write
from keras_uda.core.console import warn
from keras_uda.core.errors import DataError
from keras_uda.core.json_records import read_json

NOTES = "notes.json"


def add_note(folder: Path, key: str, text: str, level: str = "note") -> bool:
    """Adds a note to a run folder; False if one with this key is there already.

    Damaged notes are put aside, with a warning: no training ends for them.
    """
    path = folder / NOTES
    notes = _notes(path)
    if any(note.get("key") == key for note in notes if isinstance(note, dict)):
        return False
    atomic_write(path, json.dumps([*notes, {"key": key, "text": text, "level": level}], indent=1, ensure_ascii=False))
    return True


def _notes(path: Path) -> list:
    if not os.path.lexists(path):
        return []
    try:
        return read_json(path, list)
    except DataError as error:
        aside = path.with_name(f"damaged-{NOTES}")
        warn(f"{path}: {error.what}; put aside as {aside.name}")
        os.replace(path, aside)
        return []
