"""`notes.json`: what a reader of the report must know of a run."""

import json
import os
from pathlib import Path

from keras_uda.core.atomic import atomic_write
from keras_uda.core.errors import ArtefactError
from keras_uda.core.json_records import read_json

NOTES = "notes.json"


def add_note(folder: Path, key: str, text: str, level: str = "note") -> bool:
    """Adds a note to a run folder; False if one with this key is there already.

    Raises:
        ArtefactError: the notes are damaged.
    """
    path = folder / NOTES
    remedy = "Restore or remove the file"
    notes = read_json(path, list, error=ArtefactError, remedy=remedy) if os.path.lexists(path) else []
    if any(note.get("key") == key for note in notes if isinstance(note, dict)):
        return False
    atomic_write(path, json.dumps([*notes, {"key": key, "text": text, "level": level}], indent=1, ensure_ascii=False))
    return True
