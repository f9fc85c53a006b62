"""What a model said of the images of an annotation, kept for the next start: one array with a row for each image."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np

from keras_uda.core.atomic import atomic_write


def write_rows(path: Path, rows: dict[str, np.ndarray], key: str) -> None:
    """Keeps rows of one shape and type; `key` says what they were made with."""
    stream = io.BytesIO()
    names = np.frombuffer(json.dumps({"key": key, "images": list(rows)}).encode(), "uint8")
    np.savez_compressed(stream, names=names, rows=np.stack(list(rows.values())))
    atomic_write(path, stream.getvalue())


def read_rows(path: Path, key: str) -> dict[str, np.ndarray]:
    """The rows that were kept, empty if there are none or they were made with something else."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            names = json.loads(archive["names"].tobytes())
            return dict(zip(names["images"], archive["rows"], strict=True)) if names["key"] == key else {}
    except (OSError, ValueError, KeyError, TypeError, IndexError, zipfile.BadZipFile):
        return {}
