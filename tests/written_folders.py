"""For tests of a folder that a stage fills file by file: images to begin with, a kill at a point, what is there."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from keras_uda.core import atomic
from keras_uda.data.cache.conversion import encode_png
from keras_uda.data.prepared import Prepared
from keras_uda.runs import stage_files


class Killed(BaseException):
    """Stands for SIGKILL inside one process."""


def made_images(folder: Path, names: list[str], size: tuple[int, int]) -> Prepared:
    """Random images, `0.png` and so on, that are called `names`; size: (width, height)."""
    rng = np.random.default_rng(0)
    images = [folder / f"{number}.png" for number in range(len(names))]
    for image in images:
        image.write_bytes(encode_png(rng.integers(0, 256, (size[1], size[0], 3)).astype("uint8")))
    return Prepared([str(image) for image in images], None, names, size, digests=names)


@contextmanager
def killed_at(point: str, passage: int = 1) -> Iterator[None]:
    """What runs inside must be killed when it passes the point for the n-th time."""
    passages = []

    def kill(name):
        passages.append(name)
        if passages.count(point) == passage:
            raise Killed

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        for module in (stage_files, atomic):
            patch.setattr(module, "fault_point", kill)
        yield


@contextmanager
def compiled_once(module, name: str) -> Iterator[None]:
    """In a module of generation, the function of this name compiles one graph for the same arguments, and the same
    images are decoded once."""
    evaluation_frames, decoded = module.evaluation_frames, {}

    def frames(images, most=None):
        key = (*images.names, *images.images, most)
        if key not in decoded:
            decoded[key] = list(evaluation_frames(images, most))
        return decoded[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, name, functools.cache(getattr(module, name)))
        patch.setattr(module, "evaluation_frames", frames)
        yield


def content(place: Path) -> dict[str, bytes]:
    """Relative path -> bytes of every file."""
    return {str(path.relative_to(place)): path.read_bytes() for path in sorted(place.rglob("*")) if path.is_file()}


def written(place: Path, files: dict[str, bytes]) -> Path:
    """A folder with this `content`."""
    for name, data in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(data)
    return place
