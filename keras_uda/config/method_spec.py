"""The facts of a method and of an add-on, as their classes say them; no other module names a method."""

from typing import NamedTuple

from keras_uda.config.names import ADD_ONS
from keras_uda.config.names import EVERY_METHOD
from keras_uda.config.source_code import MISSING
from keras_uda.config.source_code import Argument
from keras_uda.config.source_code import arguments_of
from keras_uda.config.source_code import literals_of

METHODS_PACKAGE = "methods"
ADD_ONS_PACKAGE = "methods.add_ons"


class MethodFacts(NamedTuple):
    """What a class of `keras_uda.methods` says of itself; `methods/base.py` explains each.

    Args:
        arguments: its options.
    """

    trains: tuple[str, ...]
    reports: tuple[str, ...]
    level_reports: tuple[str, ...]
    reads: tuple[str, ...]
    reads_with: dict[str, dict[object, tuple[str, ...]]]
    read_beside: dict[str, str]
    measured: dict[str, str]
    passes: tuple[str, ...]
    scales: int
    target_labels: str
    policies: tuple[str, ...]
    official: dict[str, object]
    may_collapse: bool
    has_teacher: bool
    translates: bool
    trained_segmenter_for: str
    without_source: str
    arguments: dict[str, Argument]

    @property
    def trains_every_level(self) -> bool:
        """Whether an auxiliary head has a loss, which the log then shows; true where no segmenter is trained."""
        return bool(self.level_reports) or not self.trains_segmenter

    @property
    def trains_segmenter(self) -> bool:
        """Whether the segmenter learns; else it leaves the stage with the weights that it had."""
        return "segmenter" in self.trains

    @property
    def offers(self) -> tuple[str, ...]:
        """What the method has for add-ons."""
        return offers(self.passes, self.reads)


class AddOnFacts(NamedTuple):
    """What a class of `keras_uda.methods.add_ons` says of itself; `methods/add_ons/base.py` explains each."""

    needs: tuple[str, ...]
    needs_with: dict[str, dict[object, tuple[str, ...]]]
    reads: tuple[str, ...]
    reports: tuple[str, ...]
    keeps_start: bool
    measured: dict[str, str]
    arguments: dict[str, Argument]

    def needs_of(self, options: dict) -> tuple[str, ...]:
        """What it needs with these options: the given ones, defaults for the others."""
        values = {name: known.default for name, known in self.arguments.items()} | options
        return needed(self.needs, self.needs_with, values)


def to_measure(facts: MethodFacts | AddOnFacts, options: dict) -> tuple[str, ...]:
    """The options that are measured on the source labels, since `options` leave them open and others want them."""
    values = {name: known.default for name, known in facts.arguments.items()} | options
    wanted = (name for name, other in facts.measured.items() if not other or values[other])
    return tuple(name for name in wanted if name not in options)


def needed(needs: tuple[str, ...], needs_with: dict[str, dict[object, tuple[str, ...]]], values: dict) -> tuple:
    """`needs`, and what single values of options need besides.

    Args:
        needs, needs_with: facts of the add-on.
        values: option -> value.
    """
    more = [need for name, by_value in needs_with.items() for need in of_value(by_value, values.get(name))]
    return (*needs, *more)


def offers(passes: tuple[str, ...], reads: tuple[str, ...]) -> tuple[str, ...]:
    """What a method has for add-ons: outputs of its passes, and what its batches hold.

    Args:
        passes, reads: facts of the method.
    """
    beside = {"source": "source_label", "target": "target_image"}  # a pass has the images, too, but altered perhaps
    return (*passes, *(beside.get(one, one) for one in reads))


def method_facts(name: str) -> MethodFacts:
    """The facts of a method of `EVERY_METHOD`."""
    fields = [field for field in MethodFacts._fields if field != "arguments"]
    literals = literals_of(EVERY_METHOD, name, METHODS_PACKAGE, dict.fromkeys(fields, MISSING))
    return MethodFacts(**literals, arguments=arguments_of(EVERY_METHOD, name, METHODS_PACKAGE))


def of_value(by_value: dict[object, tuple[str, ...]], value: object) -> tuple[str, ...]:
    """What a value, which nobody has checked yet and which may be a list, brings with it; nothing for most."""
    return next((brings for known, brings in by_value.items() if known == value), ())


def add_on_facts(name: str) -> AddOnFacts:
    """The facts of an add-on of `ADD_ONS`."""
    fields = {"needs": (), "needs_with": {}, "reads": (), "reports": (), "keeps_start": False, "measured": {}}
    literals = literals_of(ADD_ONS, name, ADD_ONS_PACKAGE, fields)
    return AddOnFacts(**literals, arguments=arguments_of(ADD_ONS, name, ADD_ONS_PACKAGE))


def reads_of(stage) -> tuple[str, ...]:
    """What the batches of a stage must hold, with what its arguments and its add-ons make it read besides.

    Args:
        stage: `StageConfig`.
    """
    facts, more = method_facts(stage.method), []
    for argument, by_value in facts.reads_with.items():
        more += of_value(by_value, argument_of(stage, argument))
    for name in stage.add_ons:
        more += add_on_facts(name).reads if name in ADD_ONS else ()
    return tuple(dict.fromkeys((*facts.reads, *more)))


def learns_from_weak_labels(reads: tuple[str, ...]) -> bool:
    """Whether batches of this kind hold tags or points of target images."""
    return "weak" in reads or "points" in reads


def argument_of(stage, name: str) -> object:
    """The value of an argument of a stage's method: the configured one, else its default; None if it has no such one.

    Args:
        stage: `StageConfig`.
    """
    known = method_facts(stage.method).arguments.get(name)
    return None if known is None else stage.arguments.get(name, known.default)


def weak_kind(run) -> str | None:
    """Where the weak labels of a run come from (`pseudo`, `oracle`, `point`); None if no stage learns from any.

    Args:
        run: `RunConfig`.
    """
    if any("points" in reads_of(stage) for stage in run.stages.values()):
        return "point"
    kinds = (argument_of(stage, "weak") for stage in run.stages.values())
    return next((kind for kind in kinds if kind is not None), None)
