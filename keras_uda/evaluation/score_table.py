"""The scores of `evaluation.json` as text, and the rows of means that every table of them has."""

import io
from collections.abc import Mapping
from collections.abc import Sequence

from keras_uda.evaluation.metrics import percent
from keras_uda.evaluation.models import MODELS


def table(content: Mapping) -> str:
    """The scores of `evaluation.json` as text for a terminal, in percent."""
    models = [model for model in MODELS if content.get(model)]
    if not models:
        return "No labels to score with: the report shows pictures, entropy and class shares instead."
    entries = [content[model] for model in models]
    rows = [(name, [entry["per_class_iou"][name] for entry in entries]) for name in content["classes"]]
    text = _text_table(["IoU in %", *(MODELS[model] for model in models)], rows, means(entries))
    gap = content.get("gap_closed")
    return text + ("" if gap is None else f"\nshare of the gap closed: {percent(gap, 0)} %")


def means(entries: Sequence[Mapping]) -> list[tuple[str, list[float | None]]]:
    """(what is averaged, its value for each of the models' entries), for tables."""
    rows = [("mIoU of this target's classes", [entry["miou"] for entry in entries])]
    rows += [(f"mIoU of {n} Cityscapes classes", [entry.get(f"miou_{n}") for entry in entries]) for n in (19, 16, 13)]
    for name in entries[0].get("class_sets", {}):
        rows.append((f"mean of {name}", [entry.get("class_sets", {}).get(name) for entry in entries]))
    for subset, part in entries[0].get("subsets", {}).items():
        parts = [entry.get("subsets", {}).get(subset, {}) for entry in entries]
        rows.append((f"mIoU on {subset}", [part.get("miou") for part in parts]))
        for name in part.get("class_sets", {}):
            rows.append((f"mean of {name} on {subset}", [p.get("class_sets", {}).get(name) for p in parts]))
    return rows


def _text_table(header: Sequence[str], *parts: Sequence) -> str:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, title in enumerate(header):
        grid.add_column(title, justify="right" if number else "left", no_wrap=True)
    for part in parts:
        for name, values in part:
            grid.add_row(name, *map(percent, values))
        grid.add_section()
    stream = io.StringIO()
    Console(file=stream, width=100, color_system=None, markup=False, emoji=False).print(grid)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines() if line.strip())
