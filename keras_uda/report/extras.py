"""Hooks for what a method wants to show besides scores; all of it files in the run folder.

`notes.json`: a list of texts, or of {"text": ..., "level": "note" | "warning"}.
`sections/*.json`, in the order of their names: {"title": ..., "text": ..., "columns": [...], "rows": [[...]],
"pictures": ["pictures/<file>"]}, every key but the title optional; numbers are shown as they are, null as n/a.
`pictures/*.png|jpg`: shown at the end with the captions of `pictures/captions.json`, unless a section shows them.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from keras_uda.report.inputs import Inputs
from keras_uda.report.inputs import read_list
from keras_uda.report.pictures import photograph
from keras_uda.runs.folder import read_json

PICTURE_BYTES = 2_000_000
WIDEST = 1100


def notes(inputs: Inputs) -> list[dict]:
    """The plain-language notes of the run."""
    found = []
    for note in read_list(inputs.folder / "notes.json"):
        entry = {"text": note, "level": "note"} if isinstance(note, str) else note
        if isinstance(entry, dict) and entry.get("text"):
            found.append({"text": str(entry["text"]), "level": str(entry.get("level", "note"))})
    status = inputs.record.get("status")
    if status not in ("finished", None):
        text = f"This run is not finished (status “{status}”): this is the state so far."
        found.insert(0, {"text": text, "level": "warning"})
    return found


def sections(inputs: Inputs) -> list[dict]:
    """The extra sections, and a last one for the pictures that none of them shows."""
    room, found, shown = [PICTURE_BYTES], [], set()
    folder = inputs.folder / "sections"
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        content = read_json(path)
        if not isinstance(content, dict) or not content.get("title"):
            continue
        names = [str(name) for name in content.get("pictures", ())]
        shown.update(names)
        found.append(content | {"pictures": embedded([inputs.folder / name for name in names], room)})
    loose = [path for path in pictures(inputs) if f"pictures/{path.name}" not in shown]
    if loose:
        captions = read_json(inputs.folder / "pictures" / "captions.json")
        found.append({"title": "More pictures", "pictures": embedded(loose, room, captions)})
    return found


def pictures(inputs: Inputs) -> list[Path]:
    folder = inputs.folder / "pictures"
    names = sorted(folder.iterdir()) if folder.is_dir() else []
    return [path for path in names if path.suffix.lower() in (".png", ".jpg", ".jpeg")]


def embedded(paths: list[Path], room: list[int], captions: dict | None = None) -> list[dict]:
    """Pictures as `data:` addresses while there is room in the page; the others are named only."""
    entries = []
    for path in paths:
        entry = {"name": path.name, "caption": str((captions or {}).get(path.name, path.stem.replace("_", " ")))}
        try:
            with Image.open(path) as picture:
                flat = Image.new("RGBA", picture.size, "white")
                flat.alpha_composite(picture.convert("RGBA"))
            address = photograph(np.asarray(flat.convert("RGB")), WIDEST)
        except (OSError, ValueError):
            address = None
        if address and len(address) <= room[0]:
            room[0] -= len(address)
            entry["address"] = address
        entries.append(entry)
    return entries
