"""Updates that happen for all parts on all replicas, or not at all."""

import keras
import tensorflow as tf
from keras import ops


def all_finite(losses, steps):
    """Whether every loss, and every gradient that is not watched by a loss scale, is finite on every replica.

    Args:
        losses: float scalars.
        steps: list of (optimiser, gradients, variables).
    Returns:
        bool scalar, the same on every replica.
    """
    watched = list(losses)
    for optimizer, gradients, _ in steps:
        # An overflow in float16 is no fault: the loss scale skips that update and drops.
        if not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
            watched += [ops.sum(gradient) for gradient in gradients]
    faults = ops.sum(ops.cast(~ops.isfinite(ops.stack([ops.cast(value, "float32") for value in watched])), "int32"))
    context = tf.distribute.get_replica_context()
    if context.num_replicas_in_sync > 1:
        faults = context.all_reduce(tf.distribute.ReduceOp.SUM, faults)
    return faults == 0


def apply_if(finite, steps) -> None:
    """Applies the gradients of every part if `finite`, else leaves weights and optimisers as they are.

    Optimisers synchronise replicas, which a condition inside a replica forbids: the condition is taken across them.

    Args:
        finite: bool scalar, the same on every replica.
        steps: list of (optimiser, gradients, variables).
    """
    optimizers = [optimizer for optimizer, _, _ in steps]
    variables = [variables for _, _, variables in steps]

    def update(gradients):
        for optimizer, of_part, part in zip(optimizers, gradients, variables, strict=True):
            optimizer.apply(of_part, part)

    def across_replicas(distribution, finite, gradients):
        def update_replicas():
            distribution.extended.call_for_each_replica(update, args=(gradients,))

        tf.cond(distribution.experimental_local_results(finite)[0], update_replicas, lambda: None)

    gradients = [gradients for _, gradients, _ in steps]
    tf.distribute.get_replica_context().merge_call(across_replicas, args=(finite, gradients))


def undo_unless(finite, variables, before) -> None:
    """Gives statistics that a forward pass moved their old values back, where the step does not count.

    Args:
        finite: bool scalar.
        variables: what may have moved.
        before: their values at the beginning of the step.
    """
    for variable, value in zip(variables, before, strict=True):
        variable.assign(ops.where(finite, variable, value))
