"""What a model said of the images of an annotation, kept for the next start: one array with a row for each image."""

import io
import json
from pathlib import Path

import numpy as np

from keras_uda.core.arrays import opened_arrays
from keras_uda.core.atomic import atomic_write
from keras_uda.core.errors import UdaError
from keras_uda.core.json_records import Record
from keras_uda.core.json_records import parse_json


class Kept(Record):
    """What the rows are of."""

    key: str
    images: list[str]


def write_rows(path: Path, rows: dict[str, np.ndarray], key: str) -> None:
    """Keeps rows of one shape and type; `key` says what they were made with."""
    stream = io.BytesIO()
    names = np.frombuffer(json.dumps({"key": key, "images": list(rows)}).encode(), "uint8")
    np.savez_compressed(stream, names=names, rows=np.stack(list(rows.values())))
    atomic_write(path, stream.getvalue())


def read_rows(path: Path, key: str) -> dict[str, np.ndarray]:
    """The rows that were kept, empty if there are none or they were made with something else."""
    try:
        with opened_arrays(path) as arrays:
            names = parse_json(arrays.read("names", "uint8", (None,)).tobytes(), Kept)
            rows = arrays.read("rows", shape=(len(names["images"]), *[None] * (len(arrays.declared["rows"].shape) - 1)))
        return dict(zip(names["images"], rows, strict=True)) if names["key"] == key else {}
    except (UdaError, ValueError):
        return {}
