"""The configuration of a run that goes on where a finished one ended: its last stage, from its weights."""

import dataclasses

from keras_uda.config.data_schema import DataConfig
from keras_uda.config.method_spec import learns_from_weak_labels
from keras_uda.config.method_spec import method_facts
from keras_uda.config.method_spec import reads_of
from keras_uda.config.names import ENSEMBLE
from keras_uda.config.schema import RunConfig
from keras_uda.config.several import without_weak_labels
from keras_uda.config.stage_schema import StageConfig
from keras_uda.core.errors import UsageError


def continued(run: RunConfig, weights: str, folder: str | None = None) -> RunConfig:
    """The last stage of a run as a run of its own.

    Its optimisers and schedules begin again; the segmenter that earlier stages gave for a teacher or for pseudo-labels
    is now the one that the run starts from. What only earlier stages read is left out.

    Args:
        run: the finished one.
        weights: folder of its segmenter.
        folder: of the run, which has translations that its last stage trains on; None: that of `weights`.
    Raises:
        UsageError: an ensemble, which is not trained.
    """
    if run.segmenter.name == ENSEMBLE:
        raise UsageError(
            "--continue-from", f"{weights} is an ensemble, which is not trained", "Name one of its members"
        )
    name, last = list(run.stages.items())[-1]
    optimizers = {part: one for part, one in run.optimizers.items() if part in {"segmenter", *_parts(last)}}
    return dataclasses.replace(
        run,
        data=_without_unread(run.data, last),
        segmenter=dataclasses.replace(run.segmenter, weights=weights),
        optimizers=optimizers,
        stages={name: _alone(last, folder or weights)},
    )


def _parts(stage: StageConfig) -> tuple[str, ...]:
    return method_facts(stage.method).trains


def _alone(stage: StageConfig, folder: str) -> StageConfig:
    """A stage with no other before it; translations stay where they are, in the folder of the run."""
    labels = stage.pseudo_labels and dataclasses.replace(stage.pseudo_labels, labelled_by=None)
    translations = stage.translations
    if translations is not None and translations.run is None:
        translations = dataclasses.replace(translations, run=folder)
    alone = {"start": "previous", "weights": None, "teacher": None}
    return dataclasses.replace(stage, **alone, pseudo_labels=labels, translations=translations)


def _without_unread(data: DataConfig, stage: StageConfig) -> DataConfig:
    facts = method_facts(stage.method)
    if "source" not in facts.reads:
        data = dataclasses.replace(data, transforms={}, source=dataclasses.replace(data.source, sampler={}))
    if not learns_from_weak_labels(reads_of(stage)):
        data = without_weak_labels(data)
    return data if facts.target_labels == "some" else dataclasses.replace(data, labelled_images=None)
