"""`train.py --dry-run`: the resolved configuration, one timed step per stage, expected duration, memory and disk."""

import shutil
import time
from pathlib import Path

from keras_uda.config.schema import RunConfig
from keras_uda.config.schema import parse_size
from keras_uda.config.stored import to_dict
from keras_uda.core.console import duration
from keras_uda.core.console import say
from keras_uda.core.memory import peak_memory
from keras_uda.core.strict_yaml import dump_yaml
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.stage import Stage
from keras_uda.runs.stage import stages_of

CHECKPOINTS_AT_ONCE = 3


def dry_run(run: RunConfig) -> None:
    """Prints what a run would take; writes nothing. The steps are taken on random images of the real size."""
    from keras_uda.core import runtime
    from keras_uda.runs.provenance import identity
    from keras_uda.training.build import build_method
    from keras_uda.training.build import initial_segmenter
    from keras_uda.training.state import TrainingState

    runtime.set_up(run.seed)
    say(dump_yaml(to_dict(run)))
    segmenter = initial_segmenter(run)
    total, checkpoint = 0.0, 0
    for stage in stages_of(run, RunFolder("unused")):
        method = build_method(stage, segmenter)
        state = TrainingState(Path("unused"), method, identity(run))
        seconds = step_seconds(stage, method)
        total += seconds * stage.steps
        checkpoint = max(checkpoint, state.bytes())
        expected = f"{stage.steps} steps of {seconds:.2f} s = {duration(seconds * stage.steps)}"
        say(f"stage {stage.name}: {stage.method}, {expected}")
        if stage.config.pseudo_labels is not None:
            size = label_bytes(stage, segmenter.stride) / 2**20
            taken = f"labels of at most {size:.2f} MiB for every target image, and a pass over all of them"
            say(f"stage {stage.name}: {taken}")
    memory = peak_memory() / 2**30
    disk = checkpoint * (CHECKPOINTS_AT_ONCE * len(run.stages)) / 2**20
    free = shutil.disk_usage(".").free / 2**30
    say(f"expected duration {duration(total)} for the method itself, plus baselines and scoring")
    say(f"peak memory {memory:.1f} GiB; checkpoints about {disk:.0f} MiB of disk ({free:.0f} GiB free)")


def label_bytes(stage: Stage, stride: int) -> int:
    """Disk for the labels of one target image, uncompressed: a byte per pixel, and two per class of a soft label."""
    width, height = parse_size(stage.run.data.target.size)
    soft = 2 * len(stage.run.data.classes) * -(-width // stride) * -(-height // stride)
    return width * height + (soft if "soft_label" in stage.reads else 0)


def step_seconds(stage: Stage, method) -> float:
    """Seconds of one optimiser step: the second of two, on random images of the configured sizes."""
    from keras_uda.data.random_batch import random_batch

    batch = random_batch(stage.reads, stage.run.data, method.segmenter.stride)
    method.make_train_function()
    for _ in range(2):
        began = time.perf_counter()
        logs = method.train_function(iter([batch]))
        [float(value) for value in logs.values()]
    return time.perf_counter() - began
