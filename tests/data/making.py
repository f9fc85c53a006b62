"""Small data sets on disk, and files in every odd form that people have."""

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from keras_uda.config.data_schema import DomainConfig
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.errors import DataError
from keras_uda.data.cache.prepare import prepare
from keras_uda.data.domain import open_domain

SIZE = (65, 33)
ODD_NAMES = ("plain", "two words", "größe 道路", "a[1]*?b", "line\nbreak", "sub/deep er/x")


def picture(seed: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)


def ids(seed: int, values=range(19), size: tuple[int, int] = SIZE) -> np.ndarray:
    return np.random.default_rng(seed).choice(list(values), (size[1], size[0])).astype(np.uint8)


def save(path: Path, pixels: np.ndarray, **options) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)
    return path


def make_folder(root: Path, names=None, split: str = "train", seed: int = 0, labels: bool = True) -> Path:
    """8 pairs of 65x33 under a root with spaces and other letters: `images/<split>` and `labels/<split>`."""
    for number, name in enumerate(names or [f"{i:04d}" for i in range(8)]):
        save(root / "images" / split / f"{name}.png", picture(seed + number))
        if labels:
            save(root / "labels" / split / f"{name}.png", ids(seed + number, [0, 2, 8, 10, 13, 255]))
    return root


def domain(root: Path, split: str = "train", name: str = "folder", classes=CITYSCAPES, **fields):
    return open_domain(DomainConfig(name=name, root=str(root), **fields), classes, split)


def names(opened) -> list[str]:
    """Of the pairs of a domain."""
    return [pair.name for pair in opened.pairs]


def refuse(*arguments, **fields) -> DataError:
    """The error that `domain` raises."""
    with pytest.raises(DataError) as caught:
        domain(*arguments, **fields)
    return caught.value


def prepared(root: Path, split: str = "train", size=SIZE, labels: bool = True, **options):
    return prepare(domain(root, split), size, None, labels=labels, **options)


def save_palette(path: Path, values: np.ndarray) -> Path:
    """GTA5's form: indices with a palette of unrelated colours."""
    image = Image.fromarray(values, "P")
    image.putpalette(np.random.default_rng(1).integers(0, 256, 768, np.uint8).tolist())
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)
    return path


def save_synthia(path: Path, values: np.ndarray) -> Path:
    """16-bit PNG of three channels: class, instance, nothing."""
    pixels = np.zeros((*values.shape, 3), np.uint16)
    pixels[..., 2], pixels[..., 1] = values, np.arange(values.size).reshape(values.shape)  # OpenCV has BGR order
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), pixels)
    return path


def png(width: int, height: int, bits: int, colour_type: int, rows: bytes | None = None) -> bytes:
    """A PNG made by hand: any depth, any claim of size; no pixel data unless given."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(rows if rows is not None else b"\0" * 100))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + data + chunk(b"IEND", b"")
