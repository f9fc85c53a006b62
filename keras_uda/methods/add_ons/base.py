"""What a stage adds to any method: a further loss on the passes that the method makes anyway."""

import keras

from keras_uda.config.method_spec import needed
from keras_uda.config.method_spec import offers
from keras_uda.config.names import ADD_ONS
from keras_uda.config.names import resolve
from keras_uda.core.errors import ConfigurationError
from keras_uda.methods.step import Step


class AddOn(keras.layers.Layer):
    """Adds a loss to that of the segmenter, inside the tape of a step; no method knows of it.

    An add-on writes `loss` and, if it owns something that follows the training (a teacher, a memory), `after`. What it
    owns are its variables and sub-layers, made in `__init__`: they are in every checkpoint and in no export. It keeps
    neither the method nor the segmenter, which the step hands it.

        method.add_ons = (ClassPrior(method, weights=(0.01,), source_ratios=ratios),)   # before `compile`

    Args:
        method: a `DomainAdaptation` that it is for.
    Raises:
        ConfigurationError: the method has not what it needs.

    Attributes:
        levels: outputs of the segmenter that are trained, main level first.
        weight: factor of its loss; 1 where it has a weight for each level.
        log_names: name in `reports` -> its name in the log, another one where the method logs one of that name.
    """

    # Facts, read from the source without importing it: literals only.
    needs = ()  # of the method: its `passes`, "source_label", "target_image", or what it `reads` beside images
    needs_with = {}  # option -> value -> what it needs besides
    measured = {}  # option measured on source labels unless it is given -> the one that wants it above 0; "": always
    reads = ()  # what target batches must hold for it beside what the method reads: "points", ...
    reports = ()  # what it logs
    keeps_start = False  # whether it holds the segmenter to the weights that the stage starts from
    weight = 1.0

    def __init__(self, method: keras.Model, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        check_needs(type(self), method)
        self.classes, self.levels = method.classes, method.levels
        taken = method.trackers
        self.log_names = {name: f"{name}_added" if name in taken else name for name in self.reports}
        self.built = True

    def loss(self, step: Step) -> tuple:
        """The loss, float32 scalar, without `weight`; and what the log shows, name in `reports` -> scalar."""
        raise NotImplementedError

    def after(self, method: keras.Model) -> None:
        """After the update of all parts; `method.finite` says whether there was one."""


def check_needs(kind: type[AddOn], method: keras.Model, options: dict | None = None) -> None:
    """Raises ConfigurationError where a method has not what an add-on needs, with the values of its options."""
    name, host = kind.__name__, type(method).__name__
    if "segmenter" not in method.trains:
        raise ConfigurationError(f"{name} adds to the loss of the segmenter, which {host} does not train")
    if kind.reads and method.target_labels == "all":
        what = f"{name} reads {', '.join(kind.reads)}, but {host} has the label of every target pixel"
        raise ConfigurationError(what, "Use another method")
    offered = offers(method.passes, method.reads)
    missing = [need for need in needed(kind.needs, kind.needs_with, options or {}) if need not in offered]
    if missing:
        what = f"{name} needs `{missing[0]}`, which {host} does not have"
        raise ConfigurationError(what, f"Use a method that has it; this one has {', '.join(offered)}")


def build_add_ons(configs: dict[str, dict], method: keras.Model) -> tuple[AddOn, ...]:
    """The add-ons of a stage, in the order of its configuration.

    Args:
        configs: name in `ADD_ONS` -> keyword arguments of its class.
        method: not compiled yet.
    Raises:
        ConfigurationError: the method has not what one needs, or an argument cannot be meant.
    """
    return tuple(resolve(ADD_ONS, name, "methods.add_ons")(method, **options) for name, options in configs.items())
