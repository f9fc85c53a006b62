"""What an export says of itself: what holds for all of its artefacts, how they were checked, and the table of it."""

import os
import time
from pathlib import Path

from keras_uda.artefacts import manifest
from keras_uda.config.segmenter_spec import start_licence
from keras_uda.core.errors import ArtefactError
from keras_uda.evaluation import metrics
from keras_uda.export import parity
from keras_uda.export.calibration import Calibration
from keras_uda.export.check_frames import CheckFrames
from keras_uda.export.tails import tails_of
from keras_uda.export.write import Wanted
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.provenance import processor
from keras_uda.segmenters.weights.record import read_record

LONGEST_CHAIN = 20
KEPT_OF_RUN = ("method", "weak", "seed", "git_commit", "versions", "started", "seconds")
PEERS = ("tflite_int8", "tflite_int8_aeq")  # of the converter, and of ai-edge-quantizer


def describe(run: Path, record: dict, wanted: Wanted) -> dict:
    """What holds for all artefacts of an export: classes, input and output, where the weights come from."""
    entries = RunFolder(run).record
    branch = {"branch": wanted.branch} if record["arguments"].get("scales") == 2 else {}
    return {
        "format": 1,
        "run": run.resolve().name,
        "classes": record["classes"],
        "palette": record["palette"],
        "size": record["size"],
        "input": manifest.INPUT,
        "outputs": manifest.outputs_of(next(iter(tails_of(wanted.outputs, wanted.argmax))).names),
        "preprocessing": record["preprocessing"],
        "segmenter": {key: record[key] for key in ("architecture", "arguments", "sha256")} | branch,
        "provenance": record["provenance"] | {key: entries[key] for key in KEPT_OF_RUN if key in entries},
        "licence": wanted.licence,
        "start": start_of(record["arguments"]),
    }


def start_of(arguments: dict, links: int = LONGEST_CHAIN) -> dict[str, str]:
    """What the weights of a run began with, and its licence, for `export.json`.

    Args:
        arguments: of a segmenter.
        links: runs that may have begun with one another; a record may name itself.
    """
    members = arguments.get("members") or ()
    first = start_of(members[0], links) if members else None
    if first is not None:
        return first
    weights = arguments["weights"]
    if weights == "none":
        return {"weights": "random", "licence": "none: nothing of anybody else"}
    if weights == "imagenet":
        return {"weights": "imagenet", "licence": start_licence(arguments["name"])}
    try:
        if not links:
            raise ArtefactError(weights, f"the end of {LONGEST_CHAIN} runs that began with one another", "")
        record, _ = read_record(Path(weights))
    except ArtefactError:
        return {"weights": Path(weights).name, "licence": "not stated: the weights are no longer at hand"}
    if "imported_from" in record["provenance"]:
        name = str(record["provenance"]["imported_from"])
        return {"weights": name, "licence": f"that of {name}: see its publisher"}
    return start_of(record["arguments"], links - 1)


def facts_of_check(frames: CheckFrames, reference: parity.Maps, calibration: Calibration) -> dict:
    """When, where and on what the artefacts were checked."""
    return {
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": {"processor": processor(), "cores": os.cpu_count()},
        "checked_on": {"frames": len(frames.images), "labelled": frames.labels is not None, "from": frames.origin},
        "calibrated_on": calibration.used,
        "keras": {"latency_ms": round(reference.milliseconds, 3), "miou": parity.miou(reference, frames)},
    }


def peers(results: dict[str, dict]) -> str | None:
    """Which of two int8 files by different quantisers is the better one here; None without both."""
    if not set(PEERS) <= set(results):
        return None
    worse, better = sorted((results[name] for name in PEERS), key=lambda one: one["agreement"])
    figures = [f"{one['file']} {100 * one['agreement']:.2f} %" for one in (better, worse)]
    return f"of the int8 files, {figures[0]} of the pixels as Keras against {figures[1]}: take the first"


def table(content: dict) -> str:
    """The checks of an export, one line per artefact, with units."""
    entries, failed = content["artefacts"].values(), content.get("failed", {}).values()
    width = max(22, *(len(entry["file"]) + 2 for entry in (*entries, *failed)))
    lines = [f"checked on {content['checked_on']['frames']} frames ({content['checked_on']['from']}):"]
    lines += [f"  {'artefact':<{width}}{'MB':>8}{'ms/frame':>10}{'same pixels':>13}{'mIoU %':>8}"]
    for entry in entries:
        megabytes, agreement = f"{entry['size_bytes'] / 1e6:.2f}", f"{100 * entry['agreement']:.3f} %"
        miou = metrics.percent(entry["miou"])
        lines.append(f"  {entry['file']:<{width}}{megabytes:>8}{entry['latency_ms']:>10.1f}{agreement:>13}{miou:>8}")
    for entry in failed:
        lines.append(f"  {entry['file']:<{width}}not published: {entry['why']}")
    keras, miou = content["keras"], metrics.percent(content["keras"]["miou"])
    lines.append(f"  {'(Keras)':<{width}}{'':>8}{keras['latency_ms']:>10.1f}{'':>13}{miou:>8}")
    return "\n".join(lines)
