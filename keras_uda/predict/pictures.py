"""Label maps as pictures: palette PNGs that a label reader reads back exactly, and overlays for people."""

import io
import math
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from PIL import ImageDraw
from PIL import ImageFont

from keras_uda.core.atomic import atomic_write
from keras_uda.core.console import printable
from keras_uda.core.errors import ArtefactError
from keras_uda.core.outside import opened

LEGEND_ROW, LEGEND_ROWS = 24, 32  # pixels of a row, rows of a column
LONGEST_NAME = 40


def overlay(image: np.ndarray, label_map: np.ndarray, palette: np.ndarray, opacity: float) -> np.ndarray:
    """Lays the colours of the classes over an image.

    Args:
        image: uint8 RGB (height, width, 3).
        label_map: uint8 (height, width), indices into `palette`.
        palette: uint8 (classes, 3).
        opacity: of the colours, 0 to 1.
    Returns:
        uint8 RGB (height, width, 3).
    """
    table = np.zeros((256, 3), np.uint8)
    table[: len(palette)] = palette
    return cv2.addWeighted(image, 1 - opacity, table[label_map], opacity, 0)


def legend(classes: Sequence[str], palette: np.ndarray) -> np.ndarray:
    """A swatch and the name of every class, in columns.

    Args:
        classes: names, by index.
        palette: uint8 (classes, 3).
    Returns:
        uint8 RGB (height, width, 3).
    """
    font, names = ImageFont.load_default(LEGEND_ROW * 0.6), [printable(name)[:LONGEST_NAME] for name in classes]
    column = LEGEND_ROW + math.ceil(max(map(font.getlength, names))) + LEGEND_ROW
    rows = min(len(names), LEGEND_ROWS)
    picture = Image.new("RGB", (column * math.ceil(len(names) / rows), rows * LEGEND_ROW), "white")
    pen = ImageDraw.Draw(picture)
    for index, name in enumerate(names):
        left, top = index // rows * column, index % rows * LEGEND_ROW
        box = left + 4, top + 4, left + LEGEND_ROW - 4, top + LEGEND_ROW - 4
        pen.rectangle(box, tuple(map(int, palette[index])), "black")
        pen.text((left + LEGEND_ROW + 4, top + LEGEND_ROW / 2), name, "black", font, anchor="lm")
    return np.asarray(picture)


def save_picture(path: Path, image: np.ndarray) -> None:
    """Writes an RGB image whole, as JPEG or PNG by its suffix."""
    atomic_write(path, encoded(image, path.suffix))


def encoded(image: np.ndarray, suffix: str) -> bytes:
    """An RGB image as JPEG (`.jpg`, `.jpeg`) or PNG."""
    stream = io.BytesIO()
    if suffix.lower() in (".jpg", ".jpeg"):
        Image.fromarray(image).save(stream, "JPEG", quality=92)
    else:
        Image.fromarray(image).save(stream, "PNG", compress_level=3)
    return stream.getvalue()


def save_label(path: Path, label_map: np.ndarray, palette: np.ndarray) -> None:
    """Writes a palette PNG whose pixel values are the class indices, whole or not at all."""
    stream = io.BytesIO()
    picture = Image.fromarray(label_map)
    table = np.zeros((256, 3), np.uint8)  # a full palette keeps Pillow at 8 bits per pixel
    table[: len(palette)] = palette
    picture.putpalette(table.tobytes())
    picture.save(stream, "PNG", compress_level=3)
    atomic_write(path, stream.getvalue())


def read_label(path: Path) -> np.ndarray:
    """Reads a file of `save_label` back, uint8 (height, width).

    Raises:
        ArtefactError: it is not one, or damaged.
    """
    try:
        with opened(path) as stream, Image.open(stream, formats=("PNG",)) as picture:
            if picture.mode not in ("P", "L"):
                raise ValueError(f"mode {picture.mode}")
            return np.asarray(picture)
    except Exception as error:  # Pillow raises OSError, SyntaxError, ValueError, struct.error for damage
        raise ArtefactError(path, f"not a label map ({error})", "Remove it and run again with --resume") from error
