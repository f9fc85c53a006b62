"""Collapse: one class swallows the map, because wrong labels confirm themselves. What was healthy is kept."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from keras_uda.core.console import warn
from keras_uda.data.decoding import evaluation_frames
from keras_uda.data.prepared import Prepared
from keras_uda.runs.notes import add_note
from keras_uda.segmenters.inference import label_map_of
from keras_uda.training.callbacks.observations import Looks
from keras_uda.training.callbacks.step import StepCallback
from keras_uda.training.state import TrainingState

IMAGES = 8
LOOKS = "looks.json"


class Collapsed(Exception):
    """One class takes more of the target images than it can have.

    Args:
        step: after which it was seen.
        name: of the class.
        share: of the pixels that are predicted as it.
        healthy: the last step at which no class did; None if there was none to the end of the stage.
    """

    def __init__(self, step: int, name: str, share: float, healthy: int | None):
        super().__init__(f"`{name}` takes {share:.0%} of the pixels at step {step}")
        self.healthy = healthy


class StopOnCollapse(StepCallback):
    """Looks at a few target images, without labels, before every checkpoint.

    Healthy: the largest class takes less than half way between `largest_share` and the whole image. A trained segmenter
    starts healthy; one that starts untrained is given time until it is, at most to its last step. What a class takes
    then, if it is more, counts from then on as the largest share: labels may be chosen with a prior, and other images
    hold other classes.
    The generation of the last healthy look is kept; one that a signal left between two looks is not taken for healthy.

    Args:
        last_step: of the stage.
        every: steps between two checkpoints.
        target: images of the stage.
        classes: names.
        largest_share: of the pixels, that one class had when the pseudo-labels were made, or has in the source labels.
        state: of the stage; the looks are in its folder.
        trained: whether the stage starts from a trained segmenter; what another predicts first says nothing.
    """

    def __init__(
        self,
        first_step: int,
        last_step: int,
        every: int,
        target: Prepared,
        classes: Sequence[str],
        largest_share: float,
        state: TrainingState,
        trained: bool,
    ):
        super().__init__(first_step)
        self.last_step, self.every, self.classes = last_step, every, classes
        self.largest_share, self.state, self.trained = largest_share, state, trained
        self.looks = Looks(state.folder / LOOKS, first_step)
        self.images = np.stack([image for _, image, _ in evaluation_frames(target, IMAGES)])

    def on_train_begin(self, logs: dict | None = None) -> None:
        if not self.looks.lines:
            self.looks.add(self.first_step, share=self.largest()[1])
        self.state.kept = self.healthy_step()

    def after_step(self, step: int, logs: dict) -> None:
        if step % self.every and step != self.last_step:
            return
        name, share = self.largest()
        self.looks.add(step, share=share)
        self.state.kept = self.healthy_step()
        if share > self.limit() and (self.state.kept is not None or step == self.last_step):
            raise Collapsed(step, name, share, self.state.kept)

    def limit(self) -> float:
        """The largest share that is healthy."""
        limit = (1 + self.largest_share) / 2
        if self.trained:
            first = [line["share"] for line in self.looks.lines if not line["step"]]
        else:
            first = [line["share"] for line in self.looks.lines if line["step"] and line["share"] <= limit]
        return max(limit, (1 + first[0]) / 2) if first else limit

    def healthy_step(self) -> int | None:
        """The step of the last healthy look; None before the first."""
        counted = [line for line in self.looks.lines if line["step"] or self.trained]
        return max((line["step"] for line in counted if line["share"] <= self.limit()), default=None)

    def largest(self) -> tuple[str, float]:
        """The class that most pixels are predicted as, and its share."""
        label_maps = label_map_of(self.model.segmenter, self.images)
        counts = np.bincount(label_maps.ravel(), minlength=len(self.classes))
        return self.classes[int(counts.argmax())], float(counts.max() / counts.sum())


def tell(folder: Path, stage: str, collapse: Collapsed, kept: int) -> None:
    """Says it on the console and in the notes of the run."""
    if collapse.healthy is None:
        outcome = "It did from the beginning on, so there is no healthy state to go back to"
        remedy = "Lower its learning rate, or train longer"
    else:
        outcome = f"The stage ends with its last healthy state, of step {kept}"
        remedy = "Lower its learning rate, or the `portion` of its pseudo-labels"
    text = f"stage {stage}: {collapse}: it swallows the others. {outcome}. {remedy}."
    warn(text)
    add_note(folder, f"{stage}/collapse", text[0].upper() + text[1:], "warning")
