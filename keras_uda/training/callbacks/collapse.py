"""Collapse: one class swallows the map, because wrong labels confirm themselves. What was healthy is kept."""

import numpy as np

from keras_uda.core.console import warn
from keras_uda.data.decoding import evaluation_frames
from keras_uda.data.prepared import Prepared
from keras_uda.runs.notes import add_note
from keras_uda.runs.stage import Stage
from keras_uda.segmenters.inference import label_map_of
from keras_uda.training.callbacks.observations import Observations
from keras_uda.training.callbacks.step import StepCallback
from keras_uda.training.callbacks.step import is_checkpoint
from keras_uda.training.state import TrainingState

IMAGES = 8
FILE = "observations.json"


class Collapsed(Exception):
    """One class takes more of the target images than it can have.

    Args:
        step: after which it was observed.
        name: of the class.
        share: of the pixels that are predicted as it.
        healthy: the last step at which no class did; None if there was none to the end of the stage.
    """

    def __init__(self, step: int, name: str, share: float, healthy: int | None):
        super().__init__(f"`{name}` takes {share:.0%} of the pixels at step {step}")
        self.healthy = healthy


class StopOnCollapse(StepCallback):
    """Observes the predictions on a few target images, without labels, before every checkpoint.

    Healthy: the largest class takes less than half way between `largest_share` and the whole image. A trained segmenter
    starts healthy; one that starts untrained is given time until it is, at most to its last step. What a class takes
    then, if it is more, counts from then on as the largest share: labels may be chosen with a prior, and other images
    hold other classes.
    The last healthy generation is kept; one that a signal left between two observations is not taken for healthy.

    Args:
        stage: that is trained.
        state: of the stage; the observations are in its folder.
        target: images of the stage.
        largest_share: of the pixels, that one class had when the pseudo-labels were made, or has in the source labels.
    """

    def __init__(self, first_step: int, stage: Stage, state: TrainingState, target: Prepared, largest_share: float):
        super().__init__(first_step)
        self.stage, self.state, self.largest_share = stage, state, largest_share
        self.classes, self.trained = stage.run.data.classes, stage.starts_trained
        self.observations = Observations(state.folder / FILE, first_step)
        self.images = np.stack([image for _, image, _ in evaluation_frames(target, IMAGES)])

    def on_train_begin(self, logs: dict | None = None) -> None:
        if not self.observations.lines:
            self.observations.add(self.first_step, share=self.largest()[1])
        self.state.kept = self.healthy_step()

    def after_step(self, step: int, logs: dict) -> None:
        if not is_checkpoint(self.stage, step):
            return
        name, share = self.largest()
        self.observations.add(step, share=share)
        self.state.kept = self.healthy_step()
        if share > self.limit() and (self.state.kept is not None or step == self.stage.steps):
            raise Collapsed(step, name, share, self.state.kept)

    def limit(self) -> float:
        """The largest share that is healthy."""
        limit = (1 + self.largest_share) / 2
        if self.trained:
            first = [line["share"] for line in self.observations.lines if not line["step"]]
        else:
            first = [line["share"] for line in self.observations.lines if line["step"] and line["share"] <= limit]
        return max(limit, (1 + first[0]) / 2) if first else limit

    def healthy_step(self) -> int | None:
        """The step of the last healthy observation; None before the first."""
        lines = [line for line in self.observations.lines if line["step"] or self.trained]
        return max((line["step"] for line in lines if line["share"] <= self.limit()), default=None)

    def largest(self) -> tuple[str, float]:
        """The class that most pixels are predicted as, and its share."""
        label_maps = label_map_of(self.model.segmenter, self.images)
        counts = np.bincount(label_maps.ravel(), minlength=len(self.classes))
        return self.classes[int(counts.argmax())], float(counts.max() / counts.sum())


def report_collapse(stage: Stage, collapse: Collapsed, kept: int) -> None:
    """Warns on the console and in the notes of the run; `kept` is the step of the state that the stage ends with."""
    if collapse.healthy is None:
        outcome = "It did from the beginning on, so there is no healthy state to go back to"
        remedy = "Lower its learning rate, or train longer"
    else:
        outcome = f"The stage ends with its last healthy state, of step {kept}"
        remedy = "Lower its learning rate, or the `portion` of its pseudo-labels"
    text = f"stage {stage.name}: {collapse}: it has taken over the prediction. {outcome}. {remedy}."
    warn(text)
    add_note(stage.run_folder.path, f"{stage.name}/collapse", text[0].upper() + text[1:], "warning")
