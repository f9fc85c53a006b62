"""What a run is known by: the identity of its checkpoints, and the record beside its segmenters."""

import hashlib
import json
import os
import platform
import re
import shlex
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version
from pathlib import Path

import keras_uda
from keras_uda.config.names import BUILT_IN_DOMAINS
from keras_uda.config.names import NO_SOURCE
from keras_uda.config.schema import RunConfig
from keras_uda.config.several import domains_of
from keras_uda.config.stored import to_dict
from keras_uda.runs.stage import Stage
from keras_uda.segmenters.weights.record import make_record
from keras_uda.world.render import VERSION

PROGRAMS = {"train.py": ("train.py",), "__main__.py": ("-m", "keras_uda"), "keras-uda": ("-m", "keras_uda")}


def identity(run: RunConfig) -> dict[str, str]:
    """What a checkpoint must share with a run to continue it bit for bit."""
    import tensorflow as tf  # on use: versions and hashes are known without it

    devices = ",".join(sorted({device.device_type for device in tf.config.list_physical_devices()}))
    return {"config": config_hash(to_dict(run)), "devices": devices, **versions()}


def config_hash(content: dict) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def segmenter_record(stage: Stage, steps: int, **more: object) -> dict:
    """`segmenter.json` without the hash: what the network is, and where its weights come from.

    Args:
        stage: that trained it.
        steps: of the stage that are in it.
        more: further entries of the provenance.
    """
    run = stage.run
    training = {"stage": stage.name, "steps": steps, **more}
    provenance = {"run": stage.run_folder.path.name, "method": run.method, "seed": run.seed, "time": int(time.time())}
    provenance |= training | {side: called(run, side) for side in ("source", "target")}
    return make_record(run.segmenter, run.data.classes, run.data.target.size, provenance)


def called(run: RunConfig, side: str) -> str:
    """The data sets of a side by name, `sim+folder`; `none` without a source."""
    return "+".join(domain.name for domain in domains_of(run.data, side)) or NO_SOURCE


def versions() -> dict[str, str]:
    """What must stay the same for results to stay the same, bit for bit."""
    found = {"keras_uda": keras_uda.__version__, "python": platform.python_version()}
    return found | {package: version_of(package) for package in ("tensorflow", "keras", "numpy")}


def version_of(package: str) -> str:
    """What a package that is imported says of itself: TensorFlow is installed under several names. Else its record."""
    said = getattr(sys.modules.get(package), "__version__", None)
    try:
        return said or version(package)
    except PackageNotFoundError:
        return "absent"


def circumstances(run: RunConfig) -> dict:
    """What the numbers of a run depend on besides its configuration and versions.

    Returns:
        `command` (None where none was given), `world` (version of the built-in world, None where no domain is of it),
        `processor`, `threads`.
    """
    names = {domain.name for side in ("source", "target") for domain in domains_of(run.data, side)}
    world = VERSION if names & set(BUILT_IN_DOMAINS) else None
    return {"command": command(), "world": world, "processor": processor(), "threads": threads()}


def command() -> str | None:
    """The command line that this process was started with, if it was one of ours."""
    program = PROGRAMS.get(Path(sys.argv[0]).name)
    return shlex.join(["python", *program, *sys.argv[1:]]) if program else None


def processor() -> str:
    """What the machine calls its processor."""
    information = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*:\s*(.+)", information.read_text()) if information.exists() else None
    return found[1].strip() if found else platform.processor() or platform.machine()


def threads() -> int:
    """Processor cores that this process may use: as many threads TensorFlow takes."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def git_commit() -> str | None:
    """Commit of the checkout that runs, `-dirty` if it was changed; None outside a checkout."""
    here = Path(__file__).resolve().parent
    try:
        call = ["git", "-C", str(here), "describe", "--always", "--dirty", "--abbrev=12"]
        answer = subprocess.run(call, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() or None if answer.returncode == 0 else None
