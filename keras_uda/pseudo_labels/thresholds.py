"""How certain a prediction must be to become a label: thresholds from the confidences of all target images.

Memory does not grow with the number of images: confidences are kept one by one while they are few (the threshold is
then a value of the sorted list), and in histograms from then on.
"""

import numpy as np

EXACT_VALUES = 2**22
# A bin holds confidences whose distance to 1 has the same exponent and the same first 11 bits, so that a threshold is
# off by at most 1/2048 of its distance to 1. Where most pixels are certain, equal steps would hold them all in one bin.
DROPPED_BITS = 12
NEAREST_TO_1 = int(np.float32(2.0**-24).view(np.uint32)) >> DROPPED_BITS
BINS = (int(np.float32(1.0).view(np.uint32)) >> DROPPED_BITS) - NEAREST_TO_1 + 2


def per_class_subsample(label_map: np.ndarray, every: int) -> np.ndarray:
    """Positions in the flattened map: of each class its first, (1 + every)-th, ... pixel in row-major order.

    Args:
        label_map: uint8 (H, W).
        every: 1 takes all.
    """
    flat = label_map.ravel()
    order = np.argsort(flat, kind="stable")
    counts = np.bincount(flat, minlength=1)
    rank = np.arange(flat.size) - np.repeat(np.cumsum(counts) - counts, counts)
    return order[rank % every == 0]


class Confidences:
    """The confidences of the pixels that were predicted as each class.

    Args:
        classes: number of classes.
        every: every n-th pixel of a class in an image is kept.
        exact: how many values are kept one by one before they go into histograms.

    Attributes:
        sizes: int64 (C,), how many confidences are kept of each class.
        pixels: int64 (C,), how many pixels were predicted as each class.
    """

    def __init__(self, classes: int, every: int = 4, exact: int = EXACT_VALUES):
        self.every, self.exact = every, exact
        self.sizes, self.pixels = np.zeros(classes, "int64"), np.zeros(classes, "int64")
        self._values: list[np.ndarray] = []
        self._classes: list[np.ndarray] = []
        self._histogram: np.ndarray | None = None

    def add(self, label_map: np.ndarray, confidence: np.ndarray) -> None:
        """One image.

        Args:
            label_map: uint8 (H, W), the predicted class.
            confidence: float32 (H, W), its probability (times a prior), 0 to 1.
        """
        kept = per_class_subsample(label_map, self.every)
        classes, values = label_map.ravel()[kept], confidence.ravel()[kept].astype("float32")
        self.pixels += np.bincount(label_map.ravel(), minlength=len(self.pixels))
        self.sizes += np.bincount(classes, minlength=len(self.sizes))
        self._classes.append(classes)
        self._values.append(values)
        if self._histogram is not None or self.sizes.sum() > self.exact:
            self._fold()

    def _fold(self) -> None:
        if self._histogram is None:
            self._histogram = np.zeros((len(self.sizes), BINS), "int64")
        classes, values = self._kept()
        np.add.at(self._histogram, (classes, bin_of(values)), 1)
        self._classes, self._values = [], []

    def _kept(self) -> tuple[np.ndarray, np.ndarray]:
        if len(self._values) != 1:
            self._classes = [np.concatenate([np.empty(0, "uint8"), *self._classes])]
            self._values = [np.concatenate([np.empty(0, "float32"), *self._values])]
        return self._classes[0], self._values[0]

    def thresholds(self, portion: float, *, balanced: bool = True, extra_zero: bool = False) -> np.ndarray:
        """Least confidence of each class so that `portion` of its pixels pass.

            n_c = floor(portion * N_c);   kappa_c = the n_c-th largest confidence, 1 if n_c = 0

        Args:
            portion: in (0, 1].
            balanced: each class on its own; else one threshold for all classes together.
            extra_zero: N_c counts one more confidence, of 0 (and one more again where all classes are one list). If it
                is the n_c-th, which is so with portion 1, kappa_c is 1: as released, nothing gets a label.
        Returns:
            float32 (C,), in (0, 1].
        Source: Zou et al., CBST, ECCV 2018, algorithm 2, https://arxiv.org/abs/1810.07911; the released code rounds
            down, the paper to the nearest
        """
        count = len(self.sizes)
        if balanced:
            wanted = np.floor(portion * (self.sizes + extra_zero)).astype("int64")
            return np.array([self._largest([c], wanted[c]) for c in range(count)], "float32")
        wanted = int(np.floor(portion * (self.sizes.sum() + extra_zero * (count + 1))))
        return np.full(count, self._largest(list(range(count)), wanted), "float32")

    def _largest(self, of: list[int], place: int) -> float:
        """The `place`-th largest confidence among the classes `of`; 1 if none is asked for, or more than there are."""
        if not 0 < place <= int(self.sizes[of].sum()):
            return 1.0
        if self._histogram is not None:
            return smallest_of_bin(int(np.searchsorted(np.cumsum(self._histogram[of].sum(0)), place))) or 1.0
        classes, values = self._kept()
        values = values[np.isin(classes, of)]
        return float(np.partition(values, len(values) - place)[len(values) - place]) or 1.0


def bin_of(confidence: np.ndarray) -> np.ndarray:
    """The bin of confidences in 0..1: number 0 holds 1 itself, the last one 0."""
    distance = np.maximum(np.float32(1.0) - confidence, np.float32(0.0))
    bits = np.ascontiguousarray(distance).view(np.uint32).astype("int64") >> DROPPED_BITS
    return np.maximum(bits - NEAREST_TO_1 + 1, 0)


def smallest_of_bin(number: int) -> float:
    """The smallest confidence of a bin."""
    if number == 0:
        return 1.0
    bits = min(((number + NEAREST_TO_1) << DROPPED_BITS) - 1, int(np.float32(1.0).view(np.uint32)))
    distance = np.float64(np.array(bits, np.uint32).view(np.float32))
    # Confidences from 1/2 on are multiples of 2**-24.
    return float(np.ceil((1.0 - distance) * 2**24) / 2**24)
