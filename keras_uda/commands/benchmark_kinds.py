"""The rows of `benchmark all` beside those of methods: add-ons, networks, samplers and transforms, and growth."""

from collections.abc import Callable
from typing import NamedTuple

from keras_uda.commands.benchmark_rows import Row
from keras_uda.commands.benchmark_rows import chosen_rows
from keras_uda.commands.benchmark_rows import resolved
from keras_uda.commands.benchmark_rows import rows_of_method
from keras_uda.config.command_line import default_config
from keras_uda.config.field_types import parse_size
from keras_uda.config.names import ADD_ONS
from keras_uda.config.names import BASELINES
from keras_uda.config.names import SAMPLERS
from keras_uda.config.names import SEGMENTERS
from keras_uda.config.names import TRANSFORMS

HOST = "minent"  # of add-ons: the cheapest method that passes images of both domains
FACTORS = (0.5, 1.0, 2.0)  # of the sides of an image
IMAGES = (100, 1600)  # drawn from, per domain


class Asked(NamedTuple):
    """What rows depend on.

    Args:
        passed_on: flags of `train.py` that hold for all rows.
        growing: method that `growth` is of.
        teacher: run folder that `distil` learns from, or None.
    """

    passed_on: list[str]
    growing: str
    teacher: str | None


def rows_of_kinds(kinds: list[str], asked: Asked) -> list[Row]:
    """The rows of some of `KINDS`, in this order."""
    return [row for kind in kinds for row in KINDS[kind](asked)]


def add_ons(asked: Asked) -> list[Row]:
    given = {"distil": ("--stages.adapt.add_ons.distil.teacher", asked.teacher)} if asked.teacher else {}
    rows = [(name, row) for name in ADD_ONS for row in rows_of_method(f"{HOST}+{name}")]
    return [row._replace(flags=(*row.flags, *given.get(name, ()))) for name, row in rows]


def segmenters(_: Asked) -> list[Row]:
    flags = ("--segmenter.weights", "none", "--segmenter.name")
    return [of_source_only(f"segmenter:{name}", *flags, name) for name in SEGMENTERS]


def samplers(_: Asked) -> list[Row]:
    return [of_source_only(f"sampler:{name}", "--data.source.sampler", f"{{{name}: {{}}}}") for name in SAMPLERS]


def transforms(_: Asked) -> list[Row]:
    return [of_source_only(f"transform:{name}", "--data.transforms", f"{{{name}: {{}}}}") for name in TRANSFORMS]


def growth(asked: Asked) -> list[Row]:
    """A method at other sizes, batches, numbers of classes and of images, beside `source_only` as it is."""
    growing, row = asked.growing, rows_of_method(asked.growing)[0]._replace(plain=True)
    data = resolved(row, asked.passed_on).data
    width, height = parse_size(data.target.size)
    sizes = [f"{int(width * factor)}x{int(height * factor)}" for factor in FACTORS]
    batches = [max(1, data.batch // 2), 2 * data.batch]
    flags = {f"size:{size}": ("--data.size", size) for size in sizes}
    flags |= {f"batch:{batch}": ("--data.batch", str(batch)) for batch in batches}
    for number in IMAGES:
        flags[f"images:{number}"] = ("--data.source.frames", str(number), "--data.target.frames", str(number))
    rows = [row._replace(name=f"{growing}:{name}", strong=strong) for name, strong in flags.items()]
    numbers = [max(2, len(data.classes) // 2), min(254, 4 * len(data.classes))]
    return [*rows, *(row._replace(name=f"{growing}:classes:{number}", classes=number) for number in numbers)]


def of_source_only(name: str, *flags: str) -> Row:
    """`source_only` with flags, beside `source_only` without them."""
    return Row(name, default_config(BASELINES[0]), strong=flags, plain=True)


KINDS: dict[str, Callable[[Asked], list[Row]]] = {
    "methods": lambda _: chosen_rows(None, None),
    "add_ons": add_ons,
    "segmenters": segmenters,
    "samplers": samplers,
    "transforms": transforms,
    "growth": growth,
}
