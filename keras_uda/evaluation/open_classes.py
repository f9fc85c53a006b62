"""Classes that the target's labels name and the segmenter does not have: how many pixels, and what it calls them.

They are not scored. A segmenter can only give them a name that is wrong, and which one is worth knowing.
"""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from keras_uda.core.outside import opened
from keras_uda.evaluation.metrics import percent

if TYPE_CHECKING:  # the report says what was counted, and runs no network
    from keras_uda.data.domains import OpenLabels
    from keras_uda.segmenters.inference import Prediction

SHOWN = 3  # predicted classes of each
TOLD = 6  # open classes in a sentence


class OpenCounts:
    """Counts of the pixels of open classes.

    Args:
        labels: that tell them apart.
        classes: of the segmenter.
    """

    def __init__(self, labels: "OpenLabels", classes: Sequence[str]):
        self.labels, self.classes = labels, tuple(classes)
        self.pixels = np.zeros(len(labels.names), "int64")
        self.labelled = 0
        self.predicted: dict[str, np.ndarray] = {}

    def add(self, who: str, frame: "Prediction") -> None:
        """One frame of a model; pixels are counted with the first model."""
        with opened(self.labels.files[frame.name]) as stream, Image.open(stream, formats=("PNG",)) as file:
            label = np.asarray(file).astype("int64")
        count, classes = len(self.labels.names), len(self.classes)
        numbers = label - classes
        is_open = (numbers >= 0) & (numbers < count)
        pairs = classes * numbers[is_open] + frame.label_map[is_open]
        matrix = np.bincount(pairs, minlength=count * classes).reshape(count, classes)
        first = next(iter(self.predicted), who) == who
        self.predicted[who] = self.predicted.get(who, 0) + matrix
        if first:
            self.pixels += matrix.sum(1)
            self.labelled += int((label < classes + count).sum())

    def to_json(self) -> dict:
        """Open class that occurs -> its pixels, its share of the labelled ones, and what each model calls it."""
        found = {}
        for number in np.flatnonzero(self.pixels):
            predicted = {who: self._called(matrix[number]) for who, matrix in self.predicted.items()}
            share = float(self.pixels[number] / self.labelled)
            found[self.labels.names[number]] = {
                "pixels": int(self.pixels[number]),
                "share": share,
                "predicted": predicted,
            }
        return found

    def _called(self, counts: np.ndarray) -> dict[str, float]:
        largest = [number for number in np.argsort(-counts, kind="stable")[:SHOWN] if counts[number]]
        return {self.classes[number]: float(counts[number] / counts.sum()) for number in largest}


def sentence(content: Mapping, who: str) -> str:
    """What became of the open classes, in words.

    Args:
        content: as `to_json` makes it.
        who: the model that is spoken of.
    """
    texts, largest = [], sorted(content.items(), key=lambda item: -item[1]["share"])
    for name, one in largest[:TOLD]:
        called = [f"{other} {percent(share, 0)} %" for other, share in one["predicted"].get(who, {}).items()]
        texts.append(f"{name} ({percent(one['share'])} % of the labelled pixels; called {', '.join(called)})")
    texts += [f"{len(largest) - TOLD} smaller ones"] if len(largest) > TOLD else []
    return f"Classes that the network does not have, not scored: {'; '.join(texts)}."
