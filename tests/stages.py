"""Stages without a run behind them, for tests of what serves a stage."""

from pathlib import Path

from keras_uda.config.data_schema import DataConfig
from keras_uda.config.schema import RunConfig
from keras_uda.config.schema import SegmenterConfig
from keras_uda.config.stage_schema import StageConfig
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.stage import Stage
from keras_uda.runs.stage import stages_of


def make_stages(
    folder: Path,
    weights: str = "none",
    classes: tuple[str, ...] = ("road", "car"),
    checkpoint_every: int = 100,
    **configs: StageConfig | str,
) -> tuple[Stage, ...]:
    """The stages of a run in `folder`.

    Args:
        weights: of the segmenter.
        classes, checkpoint_every: of the run.
        configs: name -> configuration of each stage, or the name of its method.
    """
    configs = {name: StageConfig(method=one) if isinstance(one, str) else one for name, one in configs.items()}
    segmenter = SegmenterConfig(name="tiny", weights=weights)
    options = {"data": DataConfig(classes=classes), "checkpoint_every": checkpoint_every}
    run = RunConfig(segmenter=segmenter, stages=configs, **options)
    return stages_of(run, RunFolder(folder))


def make_stage(folder: Path, method: str = "advent", steps: int = 100, trained: bool = False, **more) -> Stage:
    """A run of one stage, named `adapt`."""
    weights = "runs/first" if trained else "none"
    return make_stages(folder, weights, adapt=StageConfig(method=method, steps=steps), **more)[0]
