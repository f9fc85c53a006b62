"""A stage of a run, made once and handed on: what it is asked to do, where its files lie, what is trained before it."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from keras_uda.config.data_schema import DataConfig
from keras_uda.config.method_spec import MethodFacts
from keras_uda.config.method_spec import method_facts
from keras_uda.config.method_spec import reads_of
from keras_uda.config.schema import RunConfig
from keras_uda.config.stage_schema import StageConfig
from keras_uda.config.stored import read_run_config
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import UsageError
from keras_uda.core.json_records import Record
from keras_uda.core.json_records import read_json
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.lineage import CONTINUES
from keras_uda.runs.record import Count


class Provenance(Record):
    """What is read of where weights come from."""

    steps: Count = 0


class SegmenterOrigin(Record):
    """What a stage reads of the record of its segmenter; `segmenters.weights.record` checks all of it."""

    provenance: Provenance


@dataclass(frozen=True)
class Stage:
    """One `fit` of one method.

    Args:
        run: the resolved configuration that the stage is part of.
        run_folder: of the run.
        number: from 0.
        name: a key of `run.stages`.
        config: its value there; with measured arguments once they are known.
        earlier: the stages before this one, in order.
    """

    run: RunConfig
    run_folder: RunFolder
    number: int
    name: str
    config: StageConfig
    earlier: tuple["Stage", ...] = dataclasses.field(default=(), repr=False)

    @property
    def method(self) -> str:
        return self.config.method

    @property
    def steps(self) -> int:
        return self.config.steps

    @property
    def steps_before(self) -> int:
        """Steps of all earlier stages, and of the runs that this one goes on from: so the order of the data goes on."""
        before = self.run_folder.record.get(CONTINUES, {}).get("steps", 0)
        return before + sum(stage.steps for stage in self.earlier)

    @cached_property
    def data(self) -> DataConfig:
        """The data of the run with the batch and the crop of the stage."""
        own = {"batch": self.config.batch, "crop": self.config.crop}
        return dataclasses.replace(self.run.data, **{key: value for key, value in own.items() if value is not None})

    @property
    def is_last(self) -> bool:
        return self.number == len(self.run.stages) - 1

    @property
    def folder(self) -> Path:
        return self.run_folder / "stages" / f"{self.number}_{self.name}"

    @cached_property
    def facts(self) -> MethodFacts:
        """What the method says of itself."""
        return method_facts(self.method)

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """What its batches must hold: domains, and what stands beside the target images."""
        return reads_of(self.config)

    @property
    def weak_kind(self) -> str:
        """What its weak labels are: `point`, or `oracle` for tags."""
        return "point" if "points" in self.reads else "oracle"

    @property
    def starts_trained(self) -> bool:
        """Whether it starts from a segmenter that was trained for the task, in an earlier stage or in another run."""
        follows = bool(self.earlier) and self.config.start == "previous"
        return follows or (self.config.weights is None and self.run.segmenter.weights not in ("imagenet", "none"))

    @property
    def teacher(self) -> "Stage | None":
        """The stage whose segmenter teaches: that of `teacher`, else the one before; None for the first stage."""
        return self._earlier(self.config.teacher)

    @property
    def labeller(self) -> "Stage | None":
        """The stage whose segmenter writes the pseudo-labels: that of `labelled_by`, else the teacher."""
        labels = self.config.pseudo_labels
        return self._earlier((labels and labels.labelled_by) or self.config.teacher)

    @cached_property
    def translator(self) -> "Stage | None":
        """The stage whose translations it trains on, of this run or of another one; None: it trains on none.

        Raises:
            UsageError: the other run is none, or has no such stage.
            ArtefactError: its configuration is damaged.
        """
        wanted = self.config.translations
        if wanted is None:
            return None
        other = None if wanted.run is None else Path(wanted.run)
        among = self.earlier if other is None else stages_of(read_run_config(other), RunFolder(other))
        found = [stage for stage in among if stage.facts.translates and wanted.by in (None, stage.name)]
        if not found:
            what = f"`{wanted.run}` has no stage{f' `{wanted.by}`' if wanted.by else ''} that translates images"
            raise UsageError(f"stages.{self.name}.translations.run", what, "Name a run that has one, or drop it")
        return found[-1]

    def _earlier(self, name: str | None) -> "Stage | None":
        if not self.earlier:
            return None
        return {stage.name: stage for stage in self.earlier}[name or self.earlier[-1].name]

    def provenance(self) -> dict | None:
        """Where the weights of the stage come from, as its record says; None until it is finished."""
        record = self.folder / "segmenter.json"
        return read_json(record, SegmenterOrigin, error=ArtefactError)["provenance"] if record.exists() else None

    def with_arguments(self, **arguments: object) -> "Stage":
        """The same stage with these arguments of its method; what the configuration gives stays."""
        config = dataclasses.replace(self.config, arguments=arguments | self.config.arguments)
        return dataclasses.replace(self, config=config)


def stages_of(run: RunConfig, folder: RunFolder) -> tuple[Stage, ...]:
    """All stages of a run, in order."""
    stages: tuple[Stage, ...] = ()
    for number, (name, config) in enumerate(run.stages.items()):
        stages += (Stage(run, folder, number, name, config, stages),)
    return stages


def trained_steps(stages: Sequence[Stage]) -> int:
    """Optimiser steps of all stages, as far as they are in the segmenter: a stage that collapsed went back."""
    return sum((stage.provenance() or {}).get("steps", stage.steps) for stage in stages)
