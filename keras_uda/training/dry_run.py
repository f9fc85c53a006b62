"""`train.py --dry-run`: the resolved configuration, one timed step per stage, expected duration, memory and disk."""

from keras_uda.core import runtime  # first: it keeps TensorFlow from greeting on stderr

# isort: split
import shutil

from keras_uda.config.schema import RunConfig
from keras_uda.config.schema import parse_size
from keras_uda.config.stored import to_dict
from keras_uda.core.console import duration
from keras_uda.core.console import say
from keras_uda.core.memory import peak_memory
from keras_uda.core.strict_yaml import dump_yaml
from keras_uda.runs.folder import NOWHERE
from keras_uda.runs.stage import Stage
from keras_uda.runs.stage import stages_of
from keras_uda.training.build import initial_segmenter
from keras_uda.training.timing import method_and_batch
from keras_uda.training.timing import state_bytes
from keras_uda.training.timing import step_seconds

CHECKPOINTS_AT_ONCE = 3


def dry_run(run: RunConfig) -> None:
    """Prints what a run would take; writes nothing. The steps are taken on random images of the real size."""
    runtime.set_up(run.seed)
    say(dump_yaml(to_dict(run)))
    segmenter = initial_segmenter(run)
    total, checkpoint = 0.0, 0
    for stage in stages_of(run, NOWHERE):
        method, batch = method_and_batch(stage, segmenter)
        seconds = step_seconds(method, batch)
        total += seconds * stage.steps
        checkpoint = max(checkpoint, state_bytes(stage, method))
        say(f"stage {stage.name}: {stage.method}, {duration_text(stage.steps, seconds)}")
        if stage.config.pseudo_labels is not None:
            size = label_bytes(stage, segmenter.stride) / 2**20
            taken = f"labels of at most {size:.2f} MiB for every target image, and a pass over all of them"
            say(f"stage {stage.name}: {taken}")
    others = f"baselines of {run.source_steps} steps and scoring" if run.baselines == "all" else "scoring"
    say(f"expected duration {duration(total)} for the method itself, plus {others}")
    say(memory_and_disk(checkpoint * CHECKPOINTS_AT_ONCE * len(run.stages)))


def duration_text(steps: int, seconds: float) -> str:
    return f"{steps} steps of {seconds:.2f} s = {duration(seconds * steps)}"


def memory_and_disk(checkpoint_bytes: int) -> str:
    memory, free = peak_memory() / 2**30, shutil.disk_usage(".").free / 2**30
    disk = f"checkpoints about {checkpoint_bytes / 2**20:.0f} MiB of disk ({free:.0f} GiB free)"
    return f"peak memory {memory:.1f} GiB; {disk}"


def label_bytes(stage: Stage, stride: int) -> int:
    """Disk for the labels of one target image, uncompressed: a byte per pixel, and two per class of a soft label."""
    width, height = parse_size(stage.run.data.target.size)
    soft = 2 * len(stage.run.data.classes) * -(-width // stride) * -(-height // stride)
    return width * height + (soft if "soft_label" in stage.reads else 0)
