"""How often each class occurs, in frames of the world and in label files: `python -m keras_uda.data.frequencies`.

Two figures per class: its share of all pixels that have a class, and the share of frames that show it at all.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from keras_uda.core.classes import CITYSCAPES
from keras_uda.world.appearance import LOOKS
from keras_uda.world.render import indices
from keras_uda.world.render import render

SIZE = (256, 192)


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


def files_of(folder: Path):
    """The labels in the PNG files of a folder, in train ids."""
    return (cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in sorted(folder.rglob("*.png")))


def table(columns: dict[str, tuple[np.ndarray, np.ndarray]]) -> str:
    """Markdown: a row per class, `pixels / frames` in percent per column."""
    lines = ["| class | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for number, name in enumerate((*CITYSCAPES, "ignored")):
        cells = [f"{share[number]:.2f} / {frames[number]:.0f}" for share, frames in columns.values()]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--looks", nargs="*", default=[look for look in LOOKS if look != "drive"])
    parser.add_argument("--frames", type=int, default=400, help="frames of each look")
    parser.add_argument("--labels", nargs="*", type=Path, default=[], help="folders of label files in train ids")
    options = parser.parse_args()
    columns = {f"`{look}`": frequencies(frames_of(look, options.frames)) for look in options.looks}
    columns |= {folder.name: frequencies(files_of(folder)) for folder in options.labels}
    print(table(columns))


if __name__ == "__main__":
    main()
