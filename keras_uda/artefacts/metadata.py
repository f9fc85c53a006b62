"""The description of a model inside its `.tflite` file, as a zip archive at the end. No TensorFlow here."""

import io
import json
import struct
import zipfile
from pathlib import Path

from keras_uda.core.json_records import parse_json

LARGEST = 1_000_000
# What the library raises for archives that are none, and for kinds of them that it does not know (`RuntimeError`).
DAMAGE = (OSError, ValueError, KeyError, RuntimeError, EOFError, OverflowError, struct.error, zipfile.BadZipFile)


def metadata(description: dict) -> bytes:
    """A zip archive to append to a `.tflite` file: interpreters ignore it, `unzip` and clients read it.

    MediaPipe reads no compressed archive.
    """
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        texts = {
            "metadata.json": json.dumps(description, indent=1, ensure_ascii=False),
            "labels.txt": "".join(f"{name}\n" for name in description["classes"]),
        }
        for name, text in texts.items():
            archive.writestr(zipfile.ZipInfo(name), text)  # without the time: the same model gives the same bytes
    return stream.getvalue()


def parse_metadata(text: str) -> dict | None:
    """The description as a dict, or None if it is none."""
    try:
        return parse_json(text)
    except ValueError:
        return None


def read_metadata(path: Path) -> dict | None:
    """The description inside a `.tflite` file, or None; whatever it says is not to be trusted."""
    if not Path(path).is_file():
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            entry = archive.getinfo("metadata.json")
            encrypted = entry.flag_bits & 1
            if entry.file_size > LARGEST or entry.compress_type != zipfile.ZIP_STORED or encrypted:
                return None
            return parse_metadata(archive.read("metadata.json").decode())
    except DAMAGE:
        return None
