"""Hooks for what a method wants to show besides scores; all of it files in the run folder.

`notes.json`: a list of texts, or of {"text": ..., "level": "note" | "warning"}.
`sections/*.json`, in the order of their names: {"title": ..., "text": ..., "columns": [...], "rows": [[...]],
"pictures": ["pictures/<file>"]}, every key but the title optional; numbers are shown as they are, null as n/a.
`pictures/*.png|jpg`: shown at the end with the captions of `pictures/captions.json`, unless a section shows them.
"""

import io
from pathlib import PurePosixPath

import numpy as np
from PIL import Image

from keras_uda.core.errors import UdaError
from keras_uda.core.outside import MEGABYTE
from keras_uda.core.outside import inside
from keras_uda.core.outside import read_bytes
from keras_uda.data.formats.images import bad_image
from keras_uda.data.formats.images import header
from keras_uda.report import records
from keras_uda.report.inputs import Inputs
from keras_uda.report.pictures import photograph

PICTURE_BYTES = 2_000_000
WIDEST = 1100
LARGEST_SECTION, LARGEST_PICTURE = MEGABYTE // 2, 20 * MEGABYTE
LARGEST_PIXELS, MOST_PIXELS = 20_000_000, 100_000_000  # of a picture, and of all that are looked at
MOST_SECTIONS, MOST_ROWS, MOST_CELLS, MOST_PICTURES, MOST_NOTES = 30, 2000, 100_000, 100, 200


def notes(inputs: Inputs) -> list[dict]:
    """The plain-language notes of the run."""
    found = [entry for note in note_list(inputs) if (entry := _note(note, inputs))]
    status = inputs.record.get("status")
    if status not in ("finished", None):
        text = f"This run is not finished (status “{status}”): this is the state so far."
        found.insert(0, {"text": text, "level": "warning"})
    return found


def note_list(inputs: Inputs) -> list:
    content = inputs.json("notes.json")
    if not isinstance(content, list | None):
        inputs.problem("notes.json", "it must be a list")
        return []
    return _at_most(content or [], MOST_NOTES, "notes.json", inputs)


def _note(note: object, inputs: Inputs) -> dict:
    content = {"text": note, "level": "note"} if isinstance(note, str) else note
    entry, problems = records.whole_parts(content, records.Note)
    for line in problems:
        inputs.problem("notes.json", line)
    return {"level": "note"} | entry if entry else {}


def _at_most(entries: list, most: int, where: str, inputs: Inputs) -> list:
    if len(entries) > most:
        inputs.problem(where, f"the first {most} of {len(entries)} are shown")
    return entries[:most]


def left_out(inputs: Inputs) -> list[dict]:
    """Notes on what of the folder is not on the page; to be called when everything else is made."""
    text = "Left out of this page, because it is damaged or not what a run writes: {}"
    return [{"text": text.format(line), "level": "warning"} for line in _at_most_lines(inputs.problems)]


def _at_most_lines(lines: list[str], most: int = 20) -> list[str]:
    return lines if len(lines) <= most else [*lines[:most], f"and {len(lines) - most} more"]


def sections(inputs: Inputs) -> list[dict]:
    """The extra sections, and a last one for the pictures that none of them shows."""
    room, found, shown = Room(inputs), [], set()
    for name in _at_most(inputs.names("sections", ".json"), MOST_SECTIONS, "sections", inputs):
        content = inputs.mapping(name, records.Section, most_bytes=LARGEST_SECTION)
        if not content:
            continue
        names = _at_most(content.get("pictures") or [], MOST_PICTURES, name, inputs)
        shown.update(names)
        if content.get("rows"):
            content["rows"] = room.rows(name, content["rows"])
        found.append(content | {"pictures": [room.entry(picture) for picture in names]})
    loose = [name for name in inputs.names("pictures", ".png", ".jpg", ".jpeg") if name not in shown]
    if loose:
        captions = inputs.mapping("pictures/captions.json", records.CAPTIONS)
        entries = [room.entry(name, captions) for name in _at_most(loose, MOST_PICTURES, "pictures", inputs)]
        found.append({"title": "More pictures", "pictures": entries})
    return found


class Room:
    """What the page has room for: pictures as `data:` addresses, the others are named only; and rows of tables.

    Args:
        inputs: the run folder; a picture that does not lie in it is refused, however its name leads there.
    """

    def __init__(self, inputs: Inputs):
        self.inputs, self.bytes, self.tries, self.pixels = inputs, PICTURE_BYTES, MOST_PICTURES, MOST_PIXELS
        self.cells = MOST_CELLS

    def rows(self, name: str, rows: list[list]) -> list[list]:
        """The rows of a section that there is room for."""
        kept = []
        for row in rows[:MOST_ROWS]:
            if len(row) > self.cells:
                break
            self.cells -= len(row)
            kept.append(row)
        if len(kept) < len(rows):
            self.inputs.problem(name, f"the first {len(kept)} of {len(rows)} rows are shown")
        return kept

    def entry(self, name: str, captions: dict | None = None) -> dict:
        """What the page shows of a picture: its name, its caption, and its address if it is shown."""
        path = PurePosixPath(name)
        entry = {"name": path.name, "caption": (captions or {}).get(path.name, path.stem.replace("_", " "))}
        address = self._address(name) if self.tries and self.bytes else None
        self.tries = max(0, self.tries - 1)
        if address and len(address) <= self.bytes:
            self.bytes -= len(address)
            entry["address"] = address
        return entry

    def _address(self, name: str) -> str | None:
        try:
            return photograph(self._picture(name), WIDEST)
        except UdaError as error:
            self.inputs.problem(name, error.what)
        except MemoryError:
            raise
        except Exception as error:  # decoders raise OSError, ValueError, SyntaxError, struct.error and others
            self.inputs.problem(name, f"not a whole picture ({error})")
        return None

    def _picture(self, name: str) -> np.ndarray:
        """uint8 (H,W,3) of a picture in the run folder, on white."""
        content = read_bytes(inside(self.inputs.folder, name), LARGEST_PICTURE)
        head = header(content, name)
        pixels = head.width * head.height
        if head.kind not in ("PNG", "JPEG") or pixels > min(LARGEST_PIXELS, self.pixels):
            what = f"a {head.kind} of {head.width}x{head.height}, not a PNG or JPEG that the page has room for"
            raise bad_image(name, what)
        self.pixels -= pixels
        with Image.open(io.BytesIO(content), formats=(head.kind,)) as picture:
            flat = Image.new("RGBA", picture.size, "white")
            flat.alpha_composite(picture.convert("RGBA"))
        return np.asarray(flat.convert("RGB"))
