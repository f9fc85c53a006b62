"""Everything that a run would read, looked at before anything is read, trained or written."""

from keras_uda.config.method_spec import learns_from_weak_labels
from keras_uda.config.schema import RunConfig
from keras_uda.data.look import look_at_data
from keras_uda.evaluation.also import look_at_also
from keras_uda.runs.folder import NOWHERE
from keras_uda.runs.stage import stages_of
from keras_uda.runs.teachers import require_weights
from keras_uda.training.translating import require_translations
from keras_uda.weak_labels.look import look_at_weak_labels


def look_at_inputs(run: RunConfig) -> None:
    """Raises what training would say of its files, as far as it is known without reading images.

    Args:
        run: the configuration.
    Raises:
        DataError: roots, splits, lists, tags, points, translations. ArtefactError: weights. UsageError: class maps.
        ResourceError: the cache cannot be written.
    """
    stages = stages_of(run, NOWHERE)
    require_weights(run)
    look_at_data(run.data, [stage.facts for stage in stages])
    look_at_also(run)
    for stage in stages:
        if learns_from_weak_labels(stage.reads):
            look_at_weak_labels(run.data, stage.weak_kind)
        require_translations(stage)
