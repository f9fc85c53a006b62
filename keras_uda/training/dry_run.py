"""`train.py --dry-run`: a timed step per stage, expected duration, memory and disk, then the configuration."""

from keras_uda.core import runtime  # first: it keeps TensorFlow from greeting on stderr

# isort: split
import math
import shutil
from typing import NamedTuple

from keras_uda.config.field_types import parse_size
from keras_uda.config.names import BASELINES
from keras_uda.config.schema import RunConfig
from keras_uda.config.stored import to_dict
from keras_uda.core.console import duration
from keras_uda.core.console import say
from keras_uda.core.memory import peak_memory
from keras_uda.core.strict_yaml import dump_yaml
from keras_uda.runs.folder import NOWHERE
from keras_uda.runs.stage import Stage
from keras_uda.runs.stage import stages_of
from keras_uda.training.baselines import baseline_of
from keras_uda.training.baselines import baselines_of
from keras_uda.training.baselines import known_baselines
from keras_uda.training.build import initial_segmenter
from keras_uda.training.look import look_at_inputs
from keras_uda.training.precision_note import warn_of_slow_precision
from keras_uda.training.timing import method_and_batch
from keras_uda.training.timing import state_bytes
from keras_uda.training.timing import step_seconds

CHECKPOINTS_AT_ONCE = 3


class Cost(NamedTuple):
    """What some stages take.

    Args:
        seconds: of training.
        checkpoint_bytes: of the largest checkpoint.
        lines: a text for each stage.
    """

    seconds: float
    checkpoint_bytes: int
    lines: list[str]


def dry_run(run: RunConfig) -> None:
    """Prints what a run would take, then its configuration; writes nothing.

    What it would read is looked at, and refused as training would refuse it; no image is read.
    The steps are taken on random images of the real size; those of the baselines, which are trained unless they are
    there, too.
    """
    runtime.set_up(run.seed)
    look_at_inputs(run)
    warn_of_slow_precision(run)
    own = cost_of(run)
    missing = untrained_baselines(run)
    beside = cost_of(baseline_of(run, BASELINES[0])) if missing else Cost(0.0, 0, [])
    say(expected(run, own, beside, missing))
    for line in own.lines:
        say(f"  {line}")
    others = beside.checkpoint_bytes * len(missing)
    say(memory_and_disk(CHECKPOINTS_AT_ONCE * (own.checkpoint_bytes * len(run.stages) + others)))
    say(dump_yaml(to_dict(run)))


def untrained_baselines(run: RunConfig) -> list[str]:
    """The baselines that training would make first."""
    if run.baselines == "none":
        return []
    known = known_baselines(run)
    return [name for name in baselines_of(run) if name not in known]


def expected(run: RunConfig, own: Cost, beside: Cost, missing: list[str]) -> str:
    """The first line: how long it takes in all."""
    total = own.seconds + len(missing) * beside.seconds
    if not missing:
        return f"expected duration {duration(total)}, plus scoring"
    parts = f"{duration(own.seconds)} for {run.method}, {duration(total - own.seconds)} for {' and '.join(missing)}"
    return f"expected duration {duration(total)} ({parts} of {run.source_steps} steps), plus scoring"


def cost_of(run: RunConfig) -> Cost:
    """One timed step of every stage, and the size of its checkpoints."""
    segmenter, cost = initial_segmenter(run), Cost(0.0, 0, [])
    for stage in stages_of(run, NOWHERE):
        method, batch = method_and_batch(stage, segmenter)
        seconds = step_seconds(method, batch)
        lines = [f"stage {stage.name}: {stage.method}, {duration_text(stage.steps, seconds)}"]
        if stage.config.pseudo_labels is not None:
            size = label_bytes(stage, segmenter.stride) / 2**20
            taken = f"labels of at most {size:.2f} MiB for every target image, and a pass over all of them"
            lines.append(f"stage {stage.name}: {taken}")
        if stage.facts.translates:
            size = image_bytes(stage) / 2**20
            taken = f"at most {size:.2f} MiB for every source image, which it translates at its end"
            lines.append(f"stage {stage.name}: {taken}; its steps are no source batches")
        largest = max(cost.checkpoint_bytes, state_bytes(stage, method))
        cost = Cost(cost.seconds + seconds * stage.steps, largest, cost.lines + lines)
    return cost


def duration_text(steps: int, seconds: float) -> str:
    return f"{steps} steps of {seconds:.2f} s = {duration(seconds * steps)}"


def memory_and_disk(checkpoint_bytes: int) -> str:
    memory, free = peak_memory() / 2**30, shutil.disk_usage(".").free / 2**30
    held = "not known on this system" if math.isnan(memory) else f"{memory:.1f} GiB"
    disk = f"checkpoints about {checkpoint_bytes / 2**20:.0f} MiB of disk ({free:.0f} GiB free)"
    return f"peak memory {held}; {disk}"


def label_bytes(stage: Stage, stride: int) -> int:
    """Disk for the labels of one target image, uncompressed: a byte per pixel, and two per class of a soft label."""
    width, height = parse_size(stage.run.data.target.size)
    soft = 2 * len(stage.run.data.classes) * -(-width // stride) * -(-height // stride)
    return width * height + (soft if "soft_label" in stage.reads else 0)


def image_bytes(stage: Stage) -> int:
    """Disk for one translated source image, uncompressed."""
    width, height = parse_size(stage.run.data.source.size)
    return 3 * width * height
