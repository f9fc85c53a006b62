"""What a step of one configuration costs: it takes turns with `source_only`, each in a process of its own."""

import dataclasses
import math

from keras_uda.config.names import NO_SOURCE
from keras_uda.config.schema import RunConfig
from keras_uda.config.stored import to_dict
from keras_uda.core.errors import UdaError
from keras_uda.runs.provenance import config_hash
from keras_uda.runs.provenance import git_commit
from keras_uda.runs.provenance import threads
from keras_uda.runs.provenance import versions
from keras_uda.training.baselines import baseline_hash
from keras_uda.training.baselines import baseline_of
from keras_uda.training.step_table import StepRow
from keras_uda.training.step_timer import Rates
from keras_uda.training.step_timer import Ready
from keras_uda.training.step_timer import StepTimer
from keras_uda.training.step_timer import turns

ENDLESS = 10**6  # steps


class References:
    """`source_only` beside the rows: one process at a time, kept while the rows need the same one.

    Args:
        debug, processor_time: of `StepTimer`, also for the rows beside it.
    """

    def __init__(self, debug: bool = False, processor_time: bool = False):
        self.debug, self.processor_time, self._timer, self._hash = debug, processor_time, None, None

    def timer(self, run: RunConfig) -> StepTimer:
        return StepTimer(run, self.debug, self.processor_time)

    def beside(self, run: RunConfig) -> StepTimer:
        """A process that is ready to take steps of source-only with the network, sizes and optimiser of `run`."""
        reference = endless(baseline_of(run, "source_only"))
        if self._timer is None or self._hash != baseline_hash(reference):
            self.close()
            self._timer, self._hash = self.timer(reference), baseline_hash(reference)
            self._timer.ready()
        return self._timer

    def close(self) -> None:
        if self._timer is not None:
            self._timer.close()
        self._timer = None

    def __enter__(self) -> "References":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def endless(run: RunConfig) -> RunConfig:
    """The configuration with so many steps that no schedule comes to its end while steps are timed."""
    stages = {name: dataclasses.replace(stage, steps=ENDLESS) for name, stage in run.stages.items()}
    return dataclasses.replace(run, stages=stages)


def measured(
    run: RunConfig,
    references: References,
    count: int,
    *,
    beside: RunConfig | None = None,
    rates: bool = False,
) -> StepRow:
    """What a step costs.

    Args:
        run: its configuration; the last stage is timed.
        references: what it takes turns with.
        count: of turns.
        beside: whose `source_only` it takes turns with; None: that of the run.
        rates: measure pipeline and inference, too.
    Raises:
        UdaError: a process ended; its own line is on stderr.
    """
    try:
        reference = references.beside(beside or run)
        with references.timer(endless(run)) as timer:
            ready = timer.ready()
            pairs = turns(timer, reference, count)
            row = row_of(run, ready, pairs, [timer.peak_memory, reference.peak_memory], references.processor_time)
            return with_rates(row, timer.rates(), reference.rates().inference) if rates else row
    except UdaError:
        references.close()  # it may be the one that ended
        raise


def row_of(
    run: RunConfig, ready: Ready, pairs: list[tuple[float, float]], peaks: list[float], processor_time: bool
) -> StepRow:
    own, other = zip(*pairs, strict=True)
    memory = [None if math.isnan(peak) else peak for peak in peaks]
    return StepRow(
        config=config_hash(to_dict(run)),
        setting=setting(run),
        seconds=list(own),
        reference_seconds=list(other),
        peak_memory=memory[0],
        reference_peak_memory=memory[1],
        machine=f"{machine()}{', in processor time' if processor_time else ''}",
        **ready._asdict(),
    )


def with_rates(row: StepRow, rates: Rates, reference_inference: float) -> StepRow:
    return row.model_copy(update={**rates._asdict(), "reference_inference": reference_inference})


def setting(run: RunConfig) -> str:
    """`efficientnet_lite0, 256x192, batch 4`; the size is that of crops where there are some."""
    data = run.data
    sizes = dict.fromkeys(data.crop or side.size for side in (data.source, data.target) if side.name != NO_SOURCE)
    return f"{run.segmenter.name}, {' and '.join(sizes)}, batch {data.batch}"


def machine() -> str:
    """What the figures are of, in words."""
    known = versions()
    names = ("tensorflow", "keras", "keras_uda")
    commit = git_commit()
    text = ", ".join(f"{name} {known[name]}" for name in names)
    return f"{text}{f' (commit {commit})' if commit else ''}, processor cores: {threads()}"
