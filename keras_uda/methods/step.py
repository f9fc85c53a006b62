"""One step of a method: what is recorded, what add-ons join with, and one update of all parts at its end."""

from contextvars import ContextVar
from functools import cached_property
from typing import Any
from typing import NamedTuple

import keras
import tensorflow as tf
from keras import ops

from keras_uda.methods.common.finite import all_finite
from keras_uda.methods.common.finite import apply_if
from keras_uda.ops.resize import upsample

# The step that runs: one for each thread, because replicas of a strategy take turns within a step.
current_step = ContextVar("current_step", default=None)


class PseudoLabels(NamedTuple):
    """What a teacher says of the unaltered target images of a batch.

    A method that labels them within its step publishes it as `step.pseudo_labels` before its losses, so that an add-on
    needs no pass of its own.

    Attributes:
        label: int32 (batch, H, W).
        confidence: float32 (batch, H, W), largest probability of the teacher.
        weight: float32 (batch, H, W), what each pixel counts, margins included; None if the method has no such weights.
    """

    label: Any
    confidence: Any
    weight: Any = None

    @classmethod
    def of_logits(cls, logits) -> "PseudoLabels":
        """First choice and its probability, without weights, of logits (batch, H, W, C) at the size of the images."""
        probabilities = ops.softmax(ops.stop_gradient(ops.cast(logits, "float32")))
        return cls(ops.cast(ops.argmax(probabilities, -1), "int32"), ops.max(probabilities, -1))


class Pass:
    """What went through the segmenter, and what came out.

    Attributes:
        images: (batch, H, W, 3), 0..255.
        outputs: dict like `segmenter.output`.
        resize: logits, images -> logits at the size of the images: the method's own.
    """

    def __init__(self, images, outputs: dict, levels: list[str], resize=upsample):
        self.images, self.outputs, self.levels, self.resize = images, outputs, levels, resize

    @cached_property
    def logits(self) -> list:
        """float32 (batch, H, W, C) for each level, main level first."""
        return [self.resize(self.outputs[level], self.images) for level in self.levels]


class Step:
    """Records a step; at its end the add-ons join, and every part moves by its own loss.

    Every gradient is taken before any update, and if a loss, a gradient or an image is not finite, no part is updated.

    Args:
        method: a `DomainAdaptation`, compiled.
        batch: of the step.

    Attributes:
        passes: name in the method's `passes` -> `Pass`, of all passes so far.
        logged: what add-ons log -> float32 scalar.
        pseudo_labels: of the target images, if the method makes them within its step.
        source_label: of the images of the pass `source`; a method that cuts or moves them says how the labels went.
    """

    def __init__(self, method: keras.Model, batch: dict):
        self.method, self.batch = method, batch
        self.tape = tf.GradientTape(persistent=True)
        self.passes, self.logged = {}, {}
        self.part_losses = {}
        self.pseudo_labels: PseudoLabels | None = None
        self.source_label = batch.get("source", {}).get("label")

    @property
    def segmenter(self) -> keras.Model:
        return self.method.segmenter

    @property
    def teacher(self) -> keras.Model | None:
        """The teacher of the method, if it has one."""
        return getattr(self.method, "teacher", None)

    @property
    def outputs(self) -> dict[str, dict]:
        """Outputs of the segmenter in the passes of the method, by their names."""
        return {name: one.outputs for name, one in self.passes.items()}

    def logits(self, name: str) -> list:
        """Logits of a pass at the size of its images: float32 (batch, H, W, C) for each level, main level first."""
        return self.passes[name].logits

    def record(self, passes: list[Pass]) -> None:
        """Keeps the next passes under the names that the method gives them."""
        names = self.method.passes[len(self.passes) :][: len(passes)]
        assert len(names) == len(passes), f"{type(self.method).__name__}.passes names too few passes of its step"
        self.passes |= dict(zip(names, passes, strict=True))

    def losses(self, **part_losses) -> None:
        """The loss of each part, float scalar. Its gradient goes to that part alone."""
        self.part_losses = part_losses

    def join(self) -> None:
        """Adds what the add-ons say to the loss of the segmenter, before the tape closes."""
        made, named = tuple(self.passes), self.method.passes
        assert made == named, f"the passes of the step are {made}, those of {type(self.method).__name__}.passes {named}"
        for add_on in self.method.add_ons:
            loss, logged = add_on.loss(self)
            self.part_losses["segmenter"] += add_on.weight * loss
            self.logged |= {add_on.log_names[name]: value for name, value in logged.items()}

    def update(self) -> None:
        """One step of each part. A weight that its loss does not reach is left alone, as PyTorch does.

        Losses are divided by the number of replicas, whose gradients add up.
        """
        method, updates = self.method, []
        for part, loss in self.part_losses.items():
            optimizer, variables = method.optimizers[part], getattr(method, part).trainable_variables
            scale = optimizer.scale_loss(ops.ones_like(loss) / method.distribute_strategy.num_replicas_in_sync)
            gradients = self.tape.gradient(loss, variables, scale)
            reached = [pair for pair in zip(gradients, variables, strict=True) if pair[0] is not None]
            assert reached, f"the loss of {part} reaches none of its weights"
            updates.append((optimizer, *zip(*reached, strict=True)))
        finite = all_finite([*self.part_losses.values(), *self._sums_of_inputs()], updates)
        method.finite.assign(finite)
        apply_if(finite, updates)
        for add_on in method.add_ons:
            add_on.after(method)

    def _sums_of_inputs(self) -> list:
        """One number for each input that can be no number: a crop could leave the bad pixel out of every loss."""
        domains = [self.batch[domain] for domain in ("source", "target") if domain in self.method.reads]
        values = [value for domain in domains for value in domain.values()]
        return [ops.sum(ops.cast(value, "float32")) for value in values if tf.as_dtype(value.dtype).is_floating]

    def report(self, **losses) -> dict:
        """What `train_step` returns: see `DomainAdaptation.report`."""
        return self.method.report(**losses, **self.logged)
