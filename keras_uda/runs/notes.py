"""`notes.json`: what a reader of the report must know of a run."""

import json
from pathlib import Path

from keras_uda.core.atomic import atomic_write

NOTES = "notes.json"


def add_note(folder: Path, key: str, text: str, level: str = "note") -> bool:
    """Adds a note to a run folder; False if one with this key is there already."""
    path = folder / NOTES
    notes = json.loads(path.read_text()) if path.exists() else []
    if any(note.get("key") == key for note in notes if isinstance(note, dict)):
        return False
    atomic_write(path, json.dumps([*notes, {"key": key, "text": text, "level": level}], indent=1, ensure_ascii=False))
    return True
