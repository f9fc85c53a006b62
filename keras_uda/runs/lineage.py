"""A run that goes on from another: what was trained before it, for the order of its data and for its baselines."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from keras_uda.config.schema import RunConfig
from keras_uda.config.stage_schema import StageConfig
from keras_uda.config.stored import read_run_config
from keras_uda.core.errors import UsageError
from keras_uda.runs.folder import RunFolder

CONTINUES = "continues"  # key of `run.json`


def origin_of(folder: RunFolder) -> dict:
    """What a run that goes on from `folder` keeps in its record.

    Returns:
        `run` (the folder), `weights` (what the first run of all began with), `steps` and `source_steps` (of all runs
        before).
    """
    run, before = read_run_config(folder.path), folder.record.get(CONTINUES, {})
    return {
        "run": str(folder.path),
        "weights": before.get("weights", run.segmenter.weights),
        "steps": before.get("steps", 0) + sum(stage.steps for stage in run.stages.values()),
        "source_steps": before.get("source_steps", 0) + run.source_steps,
    }


def weights_of(folder: RunFolder) -> Path:
    """Where the segmenter lies that a finished run trained; under `--keep better` the run may have published another.

    Raises:
        UsageError: not a finished run.
    """
    if not folder.finished or not (folder / "config.yaml").exists():
        remedy = "Finish it with the same train.py command, or name a finished run"
        raise UsageError("--continue-from", f"{folder.path} is not a finished run", remedy)
    stages = list(read_run_config(folder.path).stages)
    last = folder / "stages" / f"{len(stages) - 1}_{stages[-1]}" if stages else folder.path
    published_another = folder.record.get("kept") == "source_only"
    return last if published_another and (last / "segmenter.json").exists() else folder.path


def whole_run(run: RunConfig, record: Mapping) -> RunConfig:
    """The configuration as if all had been trained at once: what baselines must have as many batches as.

    Args:
        run: the configuration of a run.
        record: its `run.json`.
    """
    before = record.get(CONTINUES)
    if not before:
        return run
    stages = {"": StageConfig(method="source_only", steps=before["source_steps"])} if before["source_steps"] else {}
    segmenter = dataclasses.replace(run.segmenter, weights=before.get("weights", run.segmenter.weights))
    return dataclasses.replace(run, segmenter=segmenter, stages=stages | dict(run.stages))
