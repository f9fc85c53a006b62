"""Adapted against source-only on target frames without labels: which of the two to believe, and where adapting hurt."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import NamedTuple

import keras
import numpy as np

from keras_uda.config.names import DEFAULT_SCORE
from keras_uda.core.console import progress
from keras_uda.data.decoding import evaluation_frames
from keras_uda.data.prepared import Prepared
from keras_uda.evaluation import metrics
from keras_uda.evaluation.label_free import large_classes
from keras_uda.evaluation.label_free import mirror_iou
from keras_uda.evaluation.metrics import percent
from keras_uda.evaluation.mirror import TwoViews
from keras_uda.evaluation.mirror import two_views
from keras_uda.evaluation.models import ADAPTED
from keras_uda.evaluation.models import SOURCE_ONLY

FRAMES = 60
SMALLEST_MOVE = 0.004  # share of the pixels


class Move(NamedTuple):
    """Pixels that source-only gives to one class and the adapted segmenter to another.

    Args:
        before, after: the classes.
        share: of all pixels.
        kept_before, kept_after: share of them for which source-only, and the adapted segmenter, says the same in the
            mirror image.
    """

    before: str
    after: str
    share: float
    kept_before: float
    kept_after: float

    @property
    def doubtful(self) -> bool:
        """Whether source-only stands to its answer better."""
        return self.kept_after < self.kept_before


class UnlabelledComparison:
    """Counts of two segmenters on the same frames.

    Args:
        classes: names.
        merge: predicted class -> class that it counts as.
    """

    def __init__(self, classes: Sequence[str], merge: Mapping[str, str]):
        empty = np.zeros((len(classes), len(classes)), "int64")
        self.classes, self.merge, self.frames = list(classes), metrics.merge_map(classes, merge), 0
        self.mirrored = {who: empty.copy() for who in (SOURCE_ONLY, ADAPTED)}  # rows mirror image, columns image
        self.moved = empty.copy()  # rows source-only, columns adapted
        self.kept = {who: empty.copy() for who in (SOURCE_ONLY, ADAPTED)}  # of `moved`: the same in the mirror image

    def add(self, source_only: TwoViews, adapted: TwoViews) -> None:
        """One frame."""
        views = {who: TwoViews(*self.merge[list(v)]) for who, v in ((SOURCE_ONLY, source_only), (ADAPTED, adapted))}
        pairs = len(self.classes) * views[SOURCE_ONLY].label_map.astype("int64") + views[ADAPTED].label_map
        self.moved += self._counts(pairs)
        for who, (label_map, mirrored) in views.items():
            self.mirrored[who] += metrics.confusion(mirrored, label_map, len(self.classes))
            self.kept[who] += self._counts(pairs[label_map == mirrored])
        self.frames += 1

    def _counts(self, pairs: np.ndarray) -> np.ndarray:
        return np.bincount(pairs.ravel(), minlength=self.moved.size).reshape(self.moved.shape)

    def score(self, who: str) -> float:
        """Mean IoU with its answers for mirror images, over the classes that source-only sees; a lost one counts 0."""
        return mirror_iou(self.mirrored[who], large_classes(self.mirrored[SOURCE_ONLY]))

    @property
    def better(self) -> str:
        """Which of the two to believe; the adapted one where both are alike."""
        return SOURCE_ONLY if self.score(ADAPTED) < self.score(SOURCE_ONLY) else ADAPTED

    def shares(self, who: str) -> dict[str, float]:
        """Class -> share of the pixels."""
        counts = self.moved.sum(1 if who == SOURCE_ONLY else 0)
        return {name: float(count / self.moved.sum()) for name, count in zip(self.classes, counts, strict=True)}

    def moves(self) -> list[Move]:
        """The moves of at least 1/250 of the pixels, largest first."""
        least, found = SMALLEST_MOVE * self.moved.sum(), []
        for before, after in np.argwhere(self.moved >= max(1, least)):
            if before != after:
                number = self.moved[before, after]
                kept = [float(self.kept[who][before, after] / number) for who in (SOURCE_ONLY, ADAPTED)]
                share = float(number / self.moved.sum())
                found.append(Move(self.classes[before], self.classes[after], share, *kept))
        return sorted(found, key=lambda move: -move.share)

    def sentences(self) -> dict[str, str]:
        """Class -> what became of it and seems wrong, in words, for every class of a doubtful move."""
        said: dict[str, list[str]] = {}
        for move in self.moves():
            if move.doubtful:
                text = f"{percent(move.share)} % became {move.after} and seem wrong"
                said.setdefault(move.before, []).append(text)
        return {name: f"{self._change_of(name)}; {', '.join(texts)}" for name, texts in said.items()}

    def _change_of(self, name: str) -> str:
        before, after = self.shares(SOURCE_ONLY)[name], self.shares(ADAPTED)[name]
        verb = "shrank" if after < before else "grew"
        return f"{name} {verb} from {percent(before)} % to {percent(after)} % of the pixels"

    def describe(self) -> str:
        """What came out, in a few sentences."""
        before, after = (percent(self.score(who)) for who in (SOURCE_ONLY, ADAPTED))
        verdict = "seems to have HURT" if self.better == SOURCE_ONLY else "seems to have helped"
        scores = f"IoU with their own answers for mirror images is {before} % for source-only, {after} % for adapted"
        text = f"Without labels, on {self.frames} target frames, adapting {verdict}: {scores}."
        return " ".join([text, *(f"Doubtful: {sentence}." for sentence in self.sentences().values())])

    def to_json(self) -> dict:
        """What stands in `evaluation.json` under `without_labels`."""
        models = {who: {"score": self.score(who), "shares": self.shares(who)} for who in self.mirrored}
        moves = [move._asdict() | {"doubtful": move.doubtful} for move in self.moves()]
        return {"frames": self.frames, "score": DEFAULT_SCORE, **models, "better": self.better, "moves": moves}


def compare(
    source_only: keras.Model, adapted: keras.Model, frames: Prepared, classes: Sequence[str], merge: Mapping[str, str]
) -> UnlabelledComparison:
    """Both segmenters on the same frames; no label is opened.

    Args:
        source_only, adapted: float32 segmenters of the same classes.
        frames: of the target; up to 60 of them, spread evenly, are looked at.
        classes: names.
        merge: predicted class -> class that it counts as.
    """
    found = UnlabelledComparison(classes, merge)
    images = evaluation_frames(frames, FRAMES)
    both = (two_views(model, (image for _, image, _ in images)) for model in (source_only, adapted))
    for one, other in progress(zip(*both, strict=True), "comparing with source-only, without labels", len(images)):
        found.add(one, other)
    return found
