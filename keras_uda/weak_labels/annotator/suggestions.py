"""Where the segmenter of a run would have a person click in each image; asked once, then kept beside the tags."""

from pathlib import Path

import numpy as np

from keras_uda.core.console import progress
from keras_uda.weak_labels.annotator.kept import read_rows
from keras_uda.weak_labels.annotator.kept import write_rows
from keras_uda.weak_labels.annotator.prefill import read_or_black
from keras_uda.weak_labels.join import stored_size
from keras_uda.weak_labels.suggest import Suggester
from keras_uda.weak_labels.suggest import stored_pixel

NOWHERE = -1  # fills the rows of images with fewer places


def suggestions(model: Path, folder: Path, images: list[str], output: Path, count: int) -> dict[str, np.ndarray]:
    """The places of every image, the best first; kept beside the output.

    Args:
        model: folder of the run.
        folder: of the images.
        images: names below it.
        output: file of the tags.
        count: places of an image.
    Returns:
        image -> int32 (n, 2) of x, y in the stored image, n at most `count`; none for one that cannot be read.
    """
    suggest = Suggester(model)
    kept, key = output.with_suffix(".places.npz"), f"{suggest.key} {count}"
    found = read_places(kept, key)
    missing = [image for image in images if image not in found]
    for image in progress(missing, "looking for places", total=len(missing)):
        found[image] = places_in(folder / image, suggest, count)
    if missing:
        write_places(kept, found, key, count)
    return {image: found[image] for image in images}


def places_in(path: Path, suggest: Suggester, count: int) -> np.ndarray:
    """int32 (n, 2): x, y of the places in one image."""
    size = stored_size(path)
    places = suggest(read_or_black(path, suggest.size), count) if size else []
    return np.array([stored_pixel(place, suggest.size, size) for place in places], "int32").reshape(-1, 2)


def write_places(path: Path, places: dict[str, np.ndarray], key: str, count: int) -> None:
    """Keeps places for the next start; `key` says what they were made with."""
    rows = {image: np.full((count, 2), NOWHERE, "int32") for image in places}
    for image, some in places.items():
        rows[image][: len(some)] = some
    write_rows(path, rows, key)


def read_places(path: Path, key: str) -> dict[str, np.ndarray]:
    """The places that were kept, empty if there are none or they were made with something else."""
    rows = read_rows(path, key)
    if any(row.ndim != 2 for row in rows.values()):
        return {}
    return {image: row[row[:, 0] != NOWHERE] for image, row in rows.items()}
