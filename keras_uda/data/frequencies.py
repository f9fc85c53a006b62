"""How often each class occurs, in frames of the world and in label files: `python -m keras_uda.data.frequencies`.

Two figures per class: its share of all pixels that have a class, and the share of frames that show it at all.
"""

import argparse
from pathlib import Path

import numpy as np

from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.classes import train_ids
from keras_uda.data.formats.class_map import load_class_map
from keras_uda.data.formats.labels import read_label
from keras_uda.world.appearance import LOOKS
from keras_uda.world.render import indices
from keras_uda.world.render import render

SIZE = (256, 192)
# 1 / ln(1.10 + share of the class): the weights in the released training of ERFNet (Romera et al., T-ITS 2018), made
# from Cityscapes' fine training labels. What is missing to 1 is not labelled.
ERFNET_WEIGHTS = (
    2.8149202,
    6.985003,
    3.7890394,
    9.942806,
    9.770207,
    9.511093,
    10.311357,
    10.026463,
    4.6323023,
    9.560806,
)
ERFNET_WEIGHTS += (7.8698215, 9.516873, 10.373731, 6.6616044, 10.260489, 10.287889, 10.289802, 10.405355, 10.138096)


def frequencies(labels) -> tuple[np.ndarray, np.ndarray]:
    """Share of pixels and share of frames of each class.

    Args:
        labels: uint8 (height, width) arrays of train ids, 255 = ignored.
    Returns:
        float (classes + 1,) twice, in percent; the last entry is what is ignored, as a share of all pixels.
    """
    pixels, frames, number = np.zeros(256), np.zeros(256), 0
    for label in labels:
        counts = np.bincount(label.ravel(), minlength=256)
        pixels, frames, number = pixels + counts, frames + (counts > 0), number + 1
    count = len(CITYSCAPES)
    share = np.append(100 * pixels[:count] / max(pixels[:count].sum(), 1), 100 * pixels[255] / max(pixels.sum(), 1))
    return share, 100 * np.append(frames[:count], frames[255]) / max(number, 1)


def frames_of(look: str, number: int):
    """The labels of the first training frames of a look."""
    return (render(look, index, SIZE)[1] for index in indices("train", number))


def files_of(folder: str):
    """The labels in the PNG files of `folder` (train ids) or `folder:map` (ids of a class map)."""
    place, _, name = folder.partition(":")
    paths = sorted(path for path in Path(place).rglob("*.png") if "instanceIds" not in path.name)
    class_map = load_class_map(name or None, None, None, CITYSCAPES) if name else None
    return (read_label(path, class_map or train_ids(CITYSCAPES), CITYSCAPES) for path in paths)


def cityscapes() -> tuple[np.ndarray, np.ndarray]:
    """Cityscapes' training labels: shares of pixels from published weights; shares of frames are unknown (nan)."""
    share = np.exp(1 / np.array(ERFNET_WEIGHTS)) - 1.10
    return np.append(100 * share / share.sum(), 100 * (1 - share.sum())), np.full(len(CITYSCAPES) + 1, np.nan)


def table(columns: dict[str, tuple[np.ndarray, np.ndarray]]) -> str:
    """Markdown: a row per class, `pixels / frames` in percent per column."""
    lines = ["| class | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for number, name in enumerate((*CITYSCAPES, "ignored")):
        cells = [_cell(share[number], frames[number]) for share, frames in columns.values()]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(share, frames):
    return f"{share:.2f}" if np.isnan(frames) else f"{share:.2f} / {frames:.0f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--looks", nargs="*", default=[look for look in LOOKS if look != "drive"])
    parser.add_argument("--frames", type=int, default=400, help="frames of each look")
    parser.add_argument("--labels", nargs="*", default=[], help="FOLDER or FOLDER:CLASS_MAP")
    options = parser.parse_args()
    columns = {f"`{look}`": frequencies(frames_of(look, options.frames)) for look in options.looks}
    columns |= {folder: frequencies(files_of(folder)) for folder in options.labels}
    columns |= {"Cityscapes": cityscapes()}
    print(table(columns))


if __name__ == "__main__":
    main()
