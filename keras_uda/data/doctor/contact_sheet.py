"""One picture of some samples of each domain, beside each its label in colours."""

import numpy as np
from PIL import Image

from keras_uda.core.classes import colourise
from keras_uda.core.errors import DataError
from keras_uda.data.cache.conversion import encode_png
from keras_uda.data.doctor.examine import Examination
from keras_uda.data.doctor.examine import draw
from keras_uda.data.formats.images import read_image
from keras_uda.data.formats.labels import read_label
from keras_uda.data.readers.pairing import Pair

TILE = 240
TILES_PER_ROW = 3
ROWS = 4


def contact_sheet(results: list[Examination]) -> bytes:
    """PNG: some images of each split, beside each its label in colours where labels were read."""
    bands = [band for result in results if result.domain is not None for band in _bands(result)]
    if not bands:
        raise DataError("--sheet", "no domain could be opened", "Repair the data first")
    width = max(band.shape[1] for band in bands)
    padded = [np.pad(band, ((0, 4), (0, width - band.shape[1]), (0, 0))) for band in bands]
    return encode_png(np.concatenate(padded))


def _bands(result: Examination) -> list[np.ndarray]:
    pairs = result.domain.pairs
    wanted = np.linspace(0, len(pairs) - 1, min(len(pairs), TILES_PER_ROW * ROWS)).round().astype(int)
    tiles = [tile for place in wanted for tile in _tiles(result, pairs[place])]
    rows = [tiles[start : start + TILES_PER_ROW] for start in range(0, len(tiles), TILES_PER_ROW)]
    bands = []
    for row in rows:
        height = max(tile.shape[0] for tile in row)
        bands.append(np.concatenate([np.pad(t, ((0, height - t.shape[0]), (0, 4), (0, 0))) for t in row], axis=1))
    return bands


def _tiles(result: Examination, pair: Pair) -> list[np.ndarray]:
    try:
        image, label = _load(result, pair)
    except DataError:
        return []
    tile = _scaled(image, Image.Resampling.BILINEAR)
    if label is None:
        return [tile]
    coloured = _scaled(colourise(label, result.domain.classes), Image.Resampling.NEAREST)
    return [np.concatenate([tile, coloured[: tile.shape[0]]], axis=1)] if coloured.shape == tile.shape else [tile]


def _load(result: Examination, pair: Pair) -> tuple[np.ndarray, np.ndarray | None]:
    domain = result.domain
    if domain.built_in:
        return draw(domain, pair.frame)
    read = any(finding.pixels is not None for finding in result.findings)
    label = read_label(pair.label, domain.class_map, domain.classes) if read and pair.label else None
    return read_image(pair.image), label


def _scaled(image: np.ndarray, method: Image.Resampling) -> np.ndarray:
    height, width = image.shape[:2]
    return np.asarray(Image.fromarray(image).resize((TILE, max(1, round(TILE * height / width))), method))
