"""Watches a training for the signs of failure that the authors of the methods name to people who ask them.

Every finding is reported once: on the console, and in `notes.json` of the run folder, which the report shows.
"""

import math
from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from keras_uda.core.classes import IGNORE
from keras_uda.core.console import warn
from keras_uda.ops.resize import nearest
from keras_uda.runs.metrics_log import read_metrics
from keras_uda.runs.notes import add_note
from keras_uda.runs.stage import Stage
from keras_uda.segmenters.inference import logits_of
from keras_uda.training.callbacks.failure_signs import HEALTHY
from keras_uda.training.callbacks.failure_signs import LONG
from keras_uda.training.callbacks.failure_signs import WINNING_LOSS
from keras_uda.training.callbacks.failure_signs import accuracy_fell
from keras_uda.training.callbacks.failure_signs import discriminator_loss
from keras_uda.training.callbacks.failure_signs import discriminator_won
from keras_uda.training.callbacks.failure_signs import has_fallen
from keras_uda.training.callbacks.failure_signs import second_half
from keras_uda.training.callbacks.failure_signs import vanished_classes
from keras_uda.training.callbacks.log import LOG_EVERY
from keras_uda.training.callbacks.observations import Observations
from keras_uda.training.callbacks.step import StepCallback
from keras_uda.training.callbacks.step import numbers
from keras_uda.training.stage_data import Batches

CHECKS, IMAGES = 10, 8


class Coach(StepCallback):
    """Observes the logged losses, and ten times a stage the predictions on a few training images of both domains.

    A trained start is observed before the first step. Target images are observed without labels. The observations are
    kept in the run folder: a resumed run knows them.

    Args:
        stage: that is trained.
        batches: of it.
    """

    def __init__(self, first_step: int, stage: Stage, batches: Batches):
        super().__init__(first_step)
        self.stage, self.folder, self.classes = stage, stage.run_folder.path, stage.run.data.classes
        self.batches, self.every = batches, max(LOG_EVERY, stage.steps // CHECKS)
        self.observations = Observations(self.folder / "observations" / f"{stage.name}.json", first_step)
        lines = [line for line in read_metrics(self.folder / "metrics.jsonl") if line["stage"] == stage.name]
        lines = [line for line in lines if line["step"] <= first_step]
        self.losses = [loss for line in lines if (loss := discriminator_loss(line)) is not None]
        self.adversarial = [line["adversarial"] for line in lines if "adversarial" in line]

    def on_train_begin(self, logs: dict | None = None) -> None:
        for number, remark in enumerate(self.model.remarks):
            add_note(self.folder, f"{self.stage.name}/remark/{number}", remark)
        if self.stage.starts_trained and not self.observations.lines:
            self.check_predictions(self.first_step)

    def after_step(self, step: int, logs: dict) -> None:
        if step % LOG_EVERY == 0:
            self.check_losses(step, numbers(logs))
        if step == self.stage.steps:
            self.check_whole_stage()
        if step % self.every == 0 or step == self.stage.steps:
            self.check_predictions(step)

    def check_losses(self, step: int, logs: dict[str, float]) -> None:
        loss = discriminator_loss(logs)
        if loss is None:
            return
        self.losses.append(loss)
        self.adversarial += [logs["adversarial"]] if "adversarial" in logs else []
        chance = self.model.chance_loss
        least = WINNING_LOSS * chance / math.log(2)
        if discriminator_won(self.losses, least):
            # With 0.2 to 0.5 the authors of AdaptSegNet are content; nobody states it of other losses.
            healthy = ", and 0.2 to 0.5 is healthy" if chance == math.log(2) else ""
            self.warn(
                "discriminator",
                f"the discriminator has won: its loss has been below {least:.2g} for {LONG * LOG_EVERY} steps (step "
                f"{step}: {loss:.2g}; it cannot tell the domains apart at {chance:.2g}{healthy}). The segmenter "
                "learns almost nothing from it. Lower the learning rate or the channels of the discriminator.",
            )

    def check_whole_stage(self) -> None:
        """Notes at the end of the stage: a discriminator that taught little, and an adversarial loss that fell."""
        loss = second_half(self.losses)
        if self.model.chance_loss == math.log(2) and loss is not None and not HEALTHY[0] <= loss <= HEALTHY[1]:
            text = (
                f"the discriminator's loss was {loss:.2g} in the second half of the stage; 0.2 to 0.5 is healthy, and "
                "at 0.69 it cannot tell the domains apart. "
            )
            if loss > HEALTHY[1]:
                text += "The segmenter learnt little from it. Train longer, or raise the discriminator's learning rate."
            else:
                text += "It is close to winning. Lower its learning rate or its channels."
            self.note("discriminator/range", text)
        if has_fallen(self.adversarial):
            self.note(
                "adversarial",
                f"the adversarial loss fell from {np.mean(self.adversarial[:LONG]):.2g} to "
                f"{np.mean(self.adversarial[-LONG:]):.2g}; it should rise slowly while the discriminator learns. The "
                "segmenter is ahead of the discriminator. Lower the adversarial weight.",
            )

    def check_predictions(self, step: int) -> None:
        source, target = self.observe()
        accuracy = None if source is None else float(source)
        self.observations.add(step, accuracy=accuracy, shares=None if target is None else target.tolist())
        accuracies = self.observations.of("accuracy")
        shares = [np.array(share) for share in self.observations.of("shares")]
        if accuracy_fell(accuracies):
            best, now = max(accuracies), accuracies[-1]
            self.warn(
                "source",
                f"accuracy on source images is falling: {now:.0%} of the pixels at step {step}, {best:.0%} before. The "
                "adaptation outweighs the labels. Lower its weight, or the learning rate of the segmenter.",
            )
        for index in vanished_classes(shares):
            self.warn(
                f"vanished/{self.classes[index]}",
                f"`{self.classes[index]}` has vanished from the predictions on target images: up to "
                f"{max(share[index] for share in shares):.1%} of the pixels before, none in the last two checks "
                f"(step {step}). Entropy and adversarial terms do not recover a class. Lower their weight, train "
                "longer on the source first, or add a class-ratio prior (`add_ons: {class_prior: {}}` of the stage).",
            )

    def observe(self) -> tuple[float | None, np.ndarray | None]:
        """(pixel accuracy on source images, shares of the classes predicted on target images), None without them."""
        right, shares = [], []
        for batch in self.sample():
            if "source" in batch:
                scores, predicted = self.predict(batch["source"]["image"])
                labels = np.asarray(nearest(batch["source"]["label"], scores))
                right.append((labels == predicted)[labels != IGNORE])
            if "target" in batch:
                _, predicted = self.predict(batch["target"]["image"])
                shares.append(np.bincount(predicted.ravel(), minlength=len(self.classes)) / predicted.size)
        pixels = np.concatenate(right) if right else np.zeros(0)
        return pixels.mean() if pixels.size else None, np.mean(shares, axis=0) if shares else None

    def sample(self) -> Iterator[dict]:
        """The first batches of the stage with `IMAGES` images per domain, or a little more."""
        count = 0
        for batch in self.batches(0, IMAGES):
            yield batch
            count += len(next(iter(batch.values()))["image"])
            if count >= IMAGES:
                return

    def predict(self, images):
        logits = logits_of(self.model.segmenter, images)
        return logits, np.asarray(tf.argmax(logits, -1))

    def note(self, key: str, text: str) -> None:
        add_note(self.folder, f"{self.stage.name}/{key}", f"Stage {self.stage.name}: {text}")

    def warn(self, key: str, text: str) -> None:
        if add_note(self.folder, f"{self.stage.name}/{key}", f"Stage {self.stage.name}: {text}", "warning"):
            warn(f"stage {self.stage.name}: {text}")
