"""Several replicas that train one model: parts of a batch, a state that all have, and what to do when one is lost."""

import tensorflow as tf

from keras_uda.config.schema import RunConfig
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import ServerError
from keras_uda.core.errors import UsageError
from keras_uda.training.state import TrainingState


def require_whole_parts(run: RunConfig, strategy: tf.distribute.Strategy) -> None:
    """Raises `UsageError` where a batch cannot be divided into equal parts."""
    replicas, batches = strategy.num_replicas_in_sync, {"data.batch": run.data.batch}
    batches |= {f"stages.{name}.batch": stage.batch for name, stage in run.stages.items() if stage.batch is not None}
    for key, batch in batches.items():
        if batch % replicas:
            more = -(-batch // replicas) * replicas
            what = f"{batch} images of each domain cannot be divided among {replicas} replicas"
            raise UsageError(key, what, f"Set it to {more}, or use fewer devices")


def restore_together(state: TrainingState) -> int:
    """Loads the newest generation that is whole on every worker; with one worker the newest of all.

    A worker that was killed may be a generation behind the others, which go back to what it has.

    Returns:
        Its step; 0 if there is none yet.
    Raises:
        ArtefactError: a worker has no longer what another one has.
    """
    _, manifest = state.latest()
    own = manifest.get("step", 0)
    step = least_over_workers(own)
    if step == 0:
        return 0
    found = state.restore_latest(step)
    if found != step:
        what = f"the newest state that all workers have is of step {step}, and it is not here"
        raise ArtefactError(state.folder, what, "Copy the folder of the worker that is behind, or start anew")
    return found


def least_over_workers(value: int) -> int:
    """The smallest of what the workers say; with one worker its own."""
    strategy = tf.distribute.get_strategy()
    if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy) or strategy.num_replicas_in_sync == 1:
        return value

    @tf.function
    def of_all():
        gather = lambda: tf.distribute.get_replica_context().all_gather(tf.constant([value]), axis=0)  # noqa: E731
        return strategy.run(gather)

    answers = strategy.experimental_local_results(of_all())[0]
    return int(answers.numpy().min())


def worker_lost() -> ServerError | None:
    """The error of a worker whose neighbour has gone; None where there are no workers."""
    if not isinstance(tf.distribute.get_strategy(), tf.distribute.MultiWorkerMirroredStrategy):
        return None
    remedy = "Run the same command on every worker again: they continue from the newest state that all of them have"
    return ServerError("multiworker", "another worker was lost", remedy)
