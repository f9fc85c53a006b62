"""What the artefacts of an export cost on this machine: time, memory and size of each."""

from pathlib import Path

import numpy as np

from keras_uda.artefacts.manifest import read_manifest
from keras_uda.artefacts.manifest import require_unchanged
from keras_uda.artefacts.program import require_harmless
from keras_uda.artefacts.trial import require_runnable
from keras_uda.artefacts.turns import rows_of_turns
from keras_uda.config.field_types import parse_size
from keras_uda.export import parity
from keras_uda.world.render import render


def require_whole(folder: Path) -> None:
    """Raises `ArtefactError` if an artefact of an export is gone, was changed, does not run or is a program."""
    for entry in read_manifest(folder)["artefacts"].values():
        artefact = folder / entry["file"]
        require_unchanged(artefact, entry)
        if artefact.is_dir():
            require_harmless(artefact, listed=True, remedy="Ask for the run, and export it again")
        else:
            require_runnable(artefact)


def device_times(folder: Path, turns: int | None = None) -> list[dict]:
    """One row for each artefact of an export.

    Args:
        folder: that `export.py` wrote, and `require_whole` looked at.
        turns: None times each artefact in its own process; a number compares the `.tflite` files in so many turns.
    Returns:
        rows of `export`, `network`, `trained` (method, steps of its last stage, weights at its start), `size` (`WxH`),
        `file`, `milliseconds` (median of a frame), `ratio` (to the row that is the `reference`: the float32 `.tflite`,
        or the first artefact), with turns the quartiles of the ratio `low` and `high`, `megabytes`, `memory_mib` (peak
        of a process of its own), `agreement` (0 to 1), `miou` (0 to 1 or None) and `checked_on`, the last three as of
        the export.
    """
    content = read_manifest(folder)
    entries = content["artefacts"]
    times = rows_of_turns(folder, turns) if turns else []
    if turns:
        entries = {name: entry for name, entry in entries.items() if entry["file"].endswith(".tflite")}
    frames = np.stack([render("drive", index, parse_size(content["size"]), 0)[0] for index in range(2)])
    results = {name: parity.run_apart(folder / entry["file"], frames) for name, entry in entries.items()}
    standard = "tflite" if "tflite" in results else next(iter(results))
    reference = results[standard]
    shared = {"export": folder.name, "network": content["segmenter"]["architecture"], "size": content["size"]}
    shared["trained"] = trained(content)
    rows = [
        shared
        | {
            "file": entry["file"],
            "milliseconds": results[name].milliseconds,
            "reference": name == standard,
            "ratio": results[name].milliseconds / reference.milliseconds,
            "megabytes": entry["size_bytes"] / 1e6,
            "memory_mib": results[name].memory_mib,
            "agreement": entry["agreement"],
            "miou": entry["miou"],
            "checked_on": content["checked_on"]["from"],
        }
        for name, entry in entries.items()
    ]
    return [row | in_turns for row, in_turns in zip(rows, times, strict=True)] if turns else rows


def trained(content: dict) -> str:
    """`source_only, 300 steps, from imagenet`, of the record of an export."""
    provenance, start = content["provenance"], content.get("start", {}).get("weights", "unknown")
    return f"{provenance.get('method', 'unknown')}, {provenance.get('steps', '?')} steps, from {start}"


def reference_row(rows: list[dict]) -> dict:
    """The row of one export that the others are compared with."""
    return next(row for row in rows if row["reference"])
