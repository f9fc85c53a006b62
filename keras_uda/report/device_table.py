"""The table and the picture of `benchmark export`: accuracy against time on a device, made of its JSON file alone."""

from collections.abc import Sequence

from keras_uda.report.figures import INK
from keras_uda.report.figures import MUTED
from keras_uda.report.figures import RULE
from keras_uda.report.figures import new_figure

HEADER = "| network | trained | size | file | mIoU % | time, ratio | ms here | MB | MiB | same pixels % |"
COLOURS = ("#0b7285", "#d8a13a", "#7a4d9e", "#c9462e", "#0c8a61", "#4a5560")
KINDS = {"SavedModel": "s", "float32": "o", "float16": "D", "dynamic": "^", "int8": "v", "uint8": "<"}
MARKERS = {"saved_model": "s", "_int8": "v", "_uint8": "<", "_float16": "D", "_dynamic": "^"}


def device_markdown(content: dict) -> str:
    """The page of a file of `benchmark export --output`.

    Args:
        content: of the JSON file: `rows` as of `export/device_times.py`, `turns` or None, `processor`, `threads`,
            `commit`, `versions`.
    """
    where = f"{content['processor']}, {content['threads']} threads, commit {content['commit'] or 'unknown'}"
    versions = ", ".join(f"{name} {version}" for name, version in content["versions"].items())
    lines = [HEADER, "|---" * HEADER.count(" |") + "|", *map(_line, content["rows"])]
    turns = content["turns"]
    flags, times = (f"--turns {turns} ", IN_TURNS.format(turns=turns)) if turns else ("", APART)
    return INTRODUCTION.format(where=where, versions=versions, flags=flags, times=times) + "\n".join(lines) + "\n"


INTRODUCTION = """# Adapted segmenters on a device

Made by `python -m keras_uda benchmark export --export DIR ... {flags}--output DIR` from `device.json`; edit neither.
{where}; {versions}.

{times}
*Trained*: method, steps of its last stage, and the weights that it started from; the mIoU of networks that were not
trained alike is no comparison of them. *MiB*: peak memory of a process that runs the file. mIoU and *same pixels* are
of the check of the export, on the frames of its run.

![mIoU against time](device.png)

"""
APART = """One frame at a time, median, each artefact in a process of its own. *Time, ratio*: to the float32 `.tflite`
of the same network, measured in the same run; milliseconds are those of this machine."""
IN_TURNS = """One frame at a time, in processor time of one thread, the files of a network in {turns} turns, so that
other work on the machine hardly matters. *Time, ratio*: to the float32 `.tflite` of the same network in the same turn,
median (quartiles); milliseconds are those of this machine."""


def _line(row: dict) -> str:
    miou = "n/a" if row["miou"] is None else f"{100 * row['miou']:.1f}"
    ratio = f"{row['ratio']:.2f}" + (f" ({row['low']:.2f} to {row['high']:.2f})" if "low" in row else "")
    cells = [row["network"], row["trained"], row["size"], f"`{row['file']}`", miou, ratio]
    cells.append(f"{row['milliseconds']:.1f}")
    cells += [f"{row['megabytes']:.2f}", f"{row['memory_mib']:.0f}", f"{100 * row['agreement']:.2f}"]
    return f"| {' | '.join(cells)} |"


def device_figure(rows: Sequence[dict]):
    """mIoU against the time of a frame; a colour for each export, a marker for each kind of file; None without mIoU."""
    scored = [row for row in rows if row["miou"] is not None]
    if not scored:
        return None
    figure = new_figure(7.2, 4.2)
    axes = figure.subplots()
    for number, export in enumerate(dict.fromkeys(row["export"] for row in scored)):
        colour = COLOURS[number % len(COLOURS)]
        mine = [row for row in scored if row["export"] == export]
        label = f"{mine[0]['network']}, {mine[0]['size']}"
        for row in mine:
            place = row["milliseconds"], 100 * row["miou"]
            axes.plot(*place, _marker(row["file"]), color=colour, markersize=6, label=label)
            label = None
    for part, marker in KINDS.items():
        if any(_marker(row["file"]) == marker for row in scored):
            axes.plot([], [], marker, color=MUTED, markersize=6, label=part)
    axes.set_xscale("log")
    axes.set_xlabel("milliseconds of a frame on this machine", color=INK)
    axes.set_ylabel("mIoU of the frames of the check [%]", color=INK)
    axes.grid(color=RULE, linewidth=0.8)
    axes.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def _marker(file: str) -> str:
    return next((marker for part, marker in MARKERS.items() if part in file), "o")
