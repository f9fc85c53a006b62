"""What all methods share: the segmenter, the optimisers, one step on all parts, the log, target evaluation."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import nullcontext

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from keras_uda.core.classes import IGNORE
from keras_uda.core.errors import ConfigurationError
from keras_uda.data.prepared import Prepared
from keras_uda.losses.segmentation import cross_entropy
from keras_uda.losses.segmentation import known_labels
from keras_uda.methods.common.passes import Passes
from keras_uda.methods.step import Pass
from keras_uda.methods.step import Step
from keras_uda.methods.step import current_step
from keras_uda.ops.resize import upsample
from keras_uda.segmenters.blocks import remembering

# Outputs of a segmenter that have a loss of their own, and what their losses are called in the log: "adversarial_aux".
LEVELS = {"logits": "", "aux_logits": "_aux"}


class DomainAdaptation(keras.Model):
    """Adapts `segmenter` from labelled source images to unlabelled target images.

    A method adds its parts in `__init__` and writes its iteration as `train_step`, in the context of `step`. Its
    batches are `{"source": {"image", "label"}, "target": {"image"}}`, images 0..255 of any type.

    Attributes:
        segmenter: Functional, float RGB 0..255 -> dict of `logits` and, with a second level, `aux_logits`.
        levels: the outputs that are trained, main level first.
        optimizers: optimiser of each part, after `compile`.
        finite: bool variable, whether every loss, gradient and input of the last step was finite; if one was not, no
            part was updated.
        remarks: what a reader of the report must know of this form of the method.
        caption: what `pictures` shows.
    """

    # Facts, read from the source without importing it: literals only.
    trains = ("segmenter",)  # attributes that have their own optimiser
    reads = ("source", "target")  # of a batch; beside target images "label", "pseudo_label", "distribution", ...
    reads_with = {}  # argument -> value -> what it reads besides
    read_beside = {}  # argument -> the one without whose value (None) nothing reads it
    measured = {}  # argument measured on source labels unless it is given -> the one that wants it above 0; "": always
    passes = ("source", "target")  # what the segmenter passes of a step are called, in their order
    scales = 1  # 2: its segmenter fuses two scales (`segmenter.scales`)
    target_labels = "none"  # "none", "some" or "all" labels of the target that may be opened to train on
    policies = ()  # policies of pseudo-labels that it learns from; (): it reads none
    official = {}  # switches of `--preset official`: dotted key below the stage, or of the segmenter -> value
    reports = ()  # losses shown in the log
    level_reports = ("segmentation",)  # losses of every level shown in the log
    chance_loss = math.log(2)  # per domain, the loss of a discriminator that cannot tell the domains apart
    may_collapse = False  # whether one class may swallow the map although no stage before wrote labels
    translates = False  # whether its stage leaves translated source images: see `CyCADA.translator`
    trained_segmenter_for = ""  # argument, a weight: above 0 the stage must start from a segmenter that was trained
    has_teacher = False  # whether its second argument is the segmenter of an earlier stage
    without_source = ""  # the method that stages take in its place where there is no source; "": there is none
    remarks = ()
    caption = ""
    resize = staticmethod(upsample)  # of logits to the size of the images, in training

    def __init__(self, segmenter: keras.Model, **kwargs):
        kwargs.setdefault("name", type(self).__name__)  # Keras would count instances, and names are in the saved state
        super().__init__(**kwargs)
        self.segmenter = segmenter
        self.levels = [level for level in LEVELS if level in segmenter.output]
        names = [*self.reports, *(name + LEVELS[level] for level in self.levels for name in self.level_reports)]
        self.trackers = {name: keras.metrics.Mean(name) for name in names}
        self.classes = segmenter.output["logits"].shape[-1]
        self.miou = keras.metrics.MeanIoU(self.classes, name="miou", ignore_class=IGNORE, sparse_y_pred=False)
        self.finite = self.add_weight(shape=(), dtype="bool", initializer="ones", trainable=False, name="finite",
                                      aggregation="only_first_replica")  # fmt: skip
        self.add_ons = ()  # what a stage adds to the loss of the segmenter, set before `compile`
        self.class_weights = None  # of true labels: float32 (C,), set before the first step; None: 1 for all
        self._passes = Passes(segmenter)
        self.built = True  # the parts are built, and `call` cannot take a paired batch

    def compile(self, optimizers: dict[str, keras.optimizers.Optimizer], **kwargs):
        """Gives every part of `trains` its optimiser; `kwargs` are those of `keras.Model.compile`.

        Raises:
            ConfigurationError: an optimiser is missing or belongs to no part.
        """
        name = type(self).__name__
        remedy = f"It trains {', '.join(self.trains) or 'nothing'}: give one optimiser for each"
        missing = [part for part in self.trains if part not in optimizers]
        unknown = [part for part in optimizers if part not in self.trains]
        if missing:
            raise ConfigurationError(f"{name} has no optimiser for `{missing[0]}`", remedy)
        if unknown:
            raise ConfigurationError(f"{name} has no part `{unknown[0]}` that an optimiser could train", remedy)
        if any(layer.compute_dtype == "float16" for layer in self._flatten_layers()):
            # Keras would wrap only one of them, and only where the method itself has the policy.
            optimizers = {name: keras.optimizers.LossScaleOptimizer(one) for name, one in optimizers.items()}
        kwargs.setdefault("jit_compile", False)  # several times slower on CPU, and NaN instead of an error for bad ids
        super().compile(optimizer=optimizers.get("segmenter", "sgd"), auto_scale_loss=False, **kwargs)
        for name in (name for add_on in self.add_ons for name in add_on.log_names.values()):
            self.trackers[name] = keras.metrics.Mean(name)
        self.optimizers = {name: optimizers[name] for name in self.trains}  # fixed order: it is saved
        for name, optimizer in self.optimizers.items():
            optimizer.build(getattr(self, name).trainable_variables)  # else a resume loses its state

    @property
    def result(self) -> keras.Model:
        """The segmenter that a stage leaves: the trained one, or a slow average of it. Same layers, same weights."""
        return self.segmenter

    def call(self, images, training=False):
        return self.segmenter(images, training=training)["logits"]

    def begin(self, target: Prepared) -> None:
        """What a method wants to know of the target images before its first step; it may happen twice."""

    def pictures(self, batch) -> dict[str, np.ndarray]:
        """What the method can show of a batch besides predictions: name -> uint8 (n, H, W, 3)."""
        return {}

    def progress(self, steps: int):
        """Updates of the segmenter that are done, in units of `steps`: float32 scalar from 0."""
        return ops.cast(self.optimizers["segmenter"].iterations, "float32") / steps

    @contextmanager
    def step(self, batch) -> Iterator[Step]:
        """The context of `train_step`: it records, add-ons join at its end, then every part of `trains` is updated."""
        step = Step(self, batch)
        token = current_step.set(step)
        try:
            with step.tape:
                yield step
                step.join()
            step.update()
        finally:
            current_step.reset(token)

    def forward(self, *domains, update_statistics_from: tuple[int, ...] = (-1,)) -> list[dict]:
        """Outputs of the segmenter for each domain, in training: the next of its `passes`.

        Args:
            domains: images (batch, H, W, 3), 0..255.
            update_statistics_from: positions of the domains that live batch norm remembers, see `Passes`.
        Returns:
            For each domain: dict like `segmenter.output`.
        """
        return [one.outputs for one in self._run_passes(domains, update_statistics_from)]

    def segment(self, *domains) -> list[list]:
        """Logits of each domain in training, as a list with one map per level at the size of the images.

        Args:
            domains: images (batch, H, W, 3), 0..255.
        Returns:
            For each domain: list of float32 (batch, H, W, C), main level first.
        """
        return [one.logits for one in self._run_passes(domains)]

    def _run_passes(self, domains, update_statistics_from: tuple[int, ...] = (-1,)) -> list[Pass]:
        step = current_step.get()
        names = self.passes[len(step.passes) if step else 0 :][: len(domains)]
        source = names.index("source") if "source" in names and "target" in self.reads else None
        outputs = self._passes(domains, update_statistics_from, source)
        pairs = zip(domains, outputs, strict=True)
        passes = [Pass(images, output, self.levels, self.resize) for images, output in pairs]
        if step is not None:
            step.record(passes)
        return passes

    def labelled_loss(self, labels, logits):
        """Cross-entropy of labelled images, where rare classes weigh more if `data.class_weight_exponent` says so.

        Args:
            labels: integer (batch, H, W). logits: float (batch, H, W, C).
        """
        return cross_entropy(labels, logits, self.class_weights)

    def label_weights(self, labels):
        """What the pixels of labelled images weigh, float32 (batch, H, W): `class_weights` of their labels.

        Args:
            labels: integer (batch, H, W).
        """
        if self.class_weights is None:
            return ops.ones_like(labels, dtype="float32")
        return ops.take(ops.cast(self.class_weights, "float32"), known_labels(labels))

    def further_pass(self, images) -> Pass:
        """A pass in training besides those of `passes`, which live batch norm does not remember: for add-ons."""
        (outputs,) = self._passes((images,), ())
        return Pass(images, outputs, self.levels, self.resize)

    def further_loss(self, images, labels, weights):
        """Cross-entropy of a pass besides those of `passes`: for add-ons, which learn from images of their own.

        The pass is one in training, which live batch norm does not remember; the main level is trained.

        Args:
            images: (batch, H, W, 3), 0..255.
            labels: integer (batch, H, W).
            weights: float (batch, H, W), what each pixel counts.
        Returns:
            float32 scalar, the mean over all pixels.
        """
        return cross_entropy(labels, self.further_pass(images).logits[0], pixel_weights=weights)

    def update_statistics(self, images) -> None:
        """Shows live batch norm images that nothing is learnt from: where a method trains on altered ones alone."""
        step = current_step.get()
        if self._passes.live_batch_norms:
            with step.tape.stop_recording() if step else nullcontext():
                with remembering(self._passes.live_batch_norms, self._passes.target_share):
                    self.segmenter(ops.cast(images, "float32"), training=True)

    def report(self, **losses):
        """Running means for the log.

        Args:
            losses: name in `reports`, of the method or of an add-on -> scalar; name in `level_reports` -> list of
                scalars, main level first.
        Returns:
            dict of float32 scalars, `<name>` and `<name>_aux`.
        """
        for name, loss in losses.items():
            if name not in self.level_reports:
                self.trackers[name].update_state(loss)
                continue
            for level, of_level in zip(self.levels, loss, strict=True):
                self.trackers[name + LEVELS[level]].update_state(of_level)
        values = {name: tracker.result() for name, tracker in self.trackers.items()}
        if isinstance(self.distribute_strategy, tf.distribute.MultiWorkerMirroredStrategy):
            return {name: value[None] for name, value in values.items()}  # `fit` of Keras reduces axis 0 there
        return values

    def test_step(self, batch):
        images, labels = batch
        self.miou.update_state(labels, upsample(self(images), labels))
        return {"miou": self.miou.result()}

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """Nothing to build: under a strategy Keras would call the method on a paired batch, with means of labels."""
