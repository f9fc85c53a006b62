"""`train.py --dry-run`: the resolved configuration, one timed step per stage, expected duration, memory and disk."""

import shutil
import time
from pathlib import Path

import numpy as np

from keras_uda.config.method_spec import reads_of
from keras_uda.config.schema import RunConfig
from keras_uda.config.schema import StageConfig
from keras_uda.config.schema import parse_size
from keras_uda.config.stored import to_dict
from keras_uda.core.console import duration
from keras_uda.core.console import say
from keras_uda.core.memory import peak_memory
from keras_uda.core.strict_yaml import dump_yaml

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
    for name, stage in run.stages.items():
        method = build_method(run, stage, segmenter)
        state = TrainingState(Path("unused"), method, identity(run))
        seconds = step_seconds(run, stage, method)
        total += seconds * stage.steps
        checkpoint = max(checkpoint, state.bytes())
        say(f"stage {name}: {stage.method}, {stage.steps} steps of {seconds:.2f} s = {duration(seconds * stage.steps)}")
        if stage.pseudo_labels is not None:
            size = label_bytes(run, stage, segmenter.stride) / 2**20
            say(f"stage {name}: labels of at most {size:.2f} MiB for every target image, and a pass over all of them")
    memory = peak_memory() / 2**30
    disk = checkpoint * (CHECKPOINTS_AT_ONCE * len(run.stages)) / 2**20
    free = shutil.disk_usage(".").free / 2**30
    say(f"expected duration {duration(total)} for the method itself, plus baselines and scoring")
    say(f"peak memory {memory:.1f} GiB; checkpoints about {disk:.0f} MiB of disk ({free:.0f} GiB free)")


def label_bytes(run: RunConfig, stage: StageConfig, stride: int) -> int:
    """Disk for the labels of one target image, uncompressed: a byte per pixel, and two per class of a soft label."""
    width, height = parse_size(run.data.target.size)
    soft = 2 * len(run.data.classes) * -(-width // stride) * -(-height // stride)
    return width * height + (soft if stage.pseudo_labels.soft else 0)


def step_seconds(run: RunConfig, stage: StageConfig, method) -> float:
    """Seconds of one optimiser step: the second of two, on random images of the configured sizes."""
    batch = random_batch(run, stage)
    method.make_train_function()
    for _ in range(2):
        began = time.perf_counter()
        logs = method.train_function(iter([batch]))
        [float(value) for value in logs.values()]
    return time.perf_counter() - began


def random_batch(run: RunConfig, stage: StageConfig) -> dict:
    """A batch of the contract with random content, as the stage gets it."""
    generator = np.random.default_rng(0)
    batch = {}
    for side in ("source", "target"):
        width, height = parse_size(getattr(run.data, side).size)
        image = generator.integers(0, 256, (run.data.batch, height, width, 3), "uint8")
        label = generator.integers(0, len(run.data.classes), (run.data.batch, height, width)).astype("uint8")
        batch[side] = {"image": image, "label": label}
    if run.method not in ("oracle",):
        del batch["target"]["label"]
    if stage.pseudo_labels is not None:
        batch["target"] |= pseudo_labels(run, stage, generator)
    if "weak" in reads_of(stage):
        batch["target"]["weak"] = np.ones((run.data.batch, len(run.data.classes)), "float32")
        batch["target"]["points"] = np.zeros((run.data.batch, len(run.data.classes), 3), "int32")
    return batch


def pseudo_labels(run: RunConfig, stage: StageConfig, generator: np.random.Generator) -> dict:
    """What stands beside target images that an earlier segmenter labelled."""
    width, height = parse_size(run.data.target.size)
    count, classes = run.data.batch, len(run.data.classes)
    labels = {"pseudo_label": generator.integers(0, classes, (count, height, width)).astype("uint8")}
    if stage.pseudo_labels.policy == "landmarks":
        labels["distribution"] = np.full((count, classes), 1 / classes, "float32")
    if stage.pseudo_labels.label_entropy or stage.pseudo_labels.soft:
        coarse = -(-height // 8), -(-width // 8)
        labels["soft_label"] = generator.integers(0, 65536, (count, *coarse, classes)).astype("uint16")
    return labels
