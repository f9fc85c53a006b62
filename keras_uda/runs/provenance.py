"""What a run is known by: the identity of its checkpoints, and the record beside its segmenters."""

import hashlib
import json
import platform
import subprocess
import time
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version
from pathlib import Path

import tensorflow as tf

import keras_uda
from keras_uda.config.schema import RunConfig
from keras_uda.config.stored import to_dict
from keras_uda.runs.folder import RunFolder
from keras_uda.segmenters.weights.record import make_record


def identity(run: RunConfig) -> dict[str, str]:
    """What a checkpoint must share with a run to continue it bit for bit."""
    devices = ",".join(sorted({device.device_type for device in tf.config.list_physical_devices()}))
    return {"config": config_hash(to_dict(run)), "devices": devices, **versions()}


def config_hash(content: dict) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def segmenter_record(run: RunConfig, folder: RunFolder, training: dict) -> dict:
    """`segmenter.json` without the hash: what the network is, and where its weights come from."""
    provenance = {"run": folder.path.name, "method": run.method, "seed": run.seed, "time": int(time.time()), **training}
    provenance |= {"source": run.data.source.name, "target": run.data.target.name}
    return make_record(run.segmenter, run.data.classes, run.data.target.size, provenance)


def trained_steps(run: RunConfig, folder: RunFolder) -> int:
    """Optimiser steps of all stages, as far as they are in the segmenter: a stage that collapsed went back."""
    ends = [read_stage(folder.stage(number, name)) for number, name in enumerate(run.stages)]
    return sum((end or {}).get("steps", stage.steps) for end, stage in zip(ends, run.stages.values(), strict=True))


def read_stage(place: Path) -> dict | None:
    """Provenance of a finished stage, None if it is not finished."""
    if not (place / "segmenter.json").exists():
        return None
    return json.loads((place / "segmenter.json").read_text())["provenance"]


def versions() -> dict[str, str]:
    """What must stay the same for results to stay the same, bit for bit."""
    found = {"keras_uda": keras_uda.__version__, "python": platform.python_version()}
    for package in ("tensorflow", "keras", "numpy"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "absent"
    return found


def git_commit() -> str | None:
    """Commit of the checkout that runs, `-dirty` if it was changed; None outside a checkout."""
    here = Path(__file__).resolve().parent
    try:
        call = ["git", "-C", str(here), "describe", "--always", "--dirty", "--abbrev=12"]
        answer = subprocess.run(call, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() or None if answer.returncode == 0 else None
