"""What replicas of a step tell each other, so that several of them take the step of one with the whole batch.

With one replica every function gives back what it was given, to the bit. The loss of a step is the mean over the
replicas of theirs (`methods.step`), each with an equal part of the batch.
"""

import tensorflow as tf


def count() -> int:
    """How many replicas take this step together; 1 outside of a step."""
    context = tf.distribute.get_replica_context()
    return 1 if context is None else context.num_replicas_in_sync


def mean_over_replicas(value):
    """The mean of a float tensor of every replica, with its gradient."""
    return _reduced(tf.distribute.ReduceOp.MEAN, value)


def sum_over_replicas(value):
    """The sum of a float or integer tensor of every replica, with its gradient."""
    return _reduced(tf.distribute.ReduceOp.SUM, value)


def any_of_replicas(values):
    """Where a bool tensor is true on any replica."""
    if count() == 1:
        return values
    return sum_over_replicas(tf.cast(values, "int32")) > 0


def _reduced(kind, value):
    if count() == 1:
        return value
    return tf.distribute.get_replica_context().all_reduce(kind, tf.convert_to_tensor(value))


def divisor(total):
    """What the sum over a replica's part of the batch is divided by, so that the mean over the replicas is the mean
    over the whole batch: the mean of the totals; 1 where nothing counts.

    Args:
        total: float scalar or (C,), weights of what counts in this part. It gets no gradient.
    """
    total = mean_over_replicas(tf.stop_gradient(total))
    return tf.where(total > 0, total, tf.ones_like(total))


def whole_batch(values):
    """The parts of all replicas behind each other, in the order of the batch; without gradient.

    Args:
        values: (n, ...), the same n on every replica; bool or numbers.
    """
    if count() == 1:
        return values
    values = tf.stop_gradient(tf.convert_to_tensor(values))
    if values.dtype == tf.bool:  # no collective takes it
        return whole_batch(tf.cast(values, "int32")) > 0
    return tf.distribute.get_replica_context().all_gather(values, axis=0)


def joined_batch(values):
    """`whole_batch` with its gradient: each replica gets that of its own part.

    Args:
        values: float (n, ...), the same static shape on every replica.
    """
    if count() == 1:
        return values
    values = tf.convert_to_tensor(values)
    own, place = values.shape[0], tf.distribute.get_replica_context().replica_id_in_sync_group
    before = tf.cast(place, "int32") * own
    borders = [[before, own * (count() - 1) - before], *([[0, 0]] * (len(values.shape) - 1))]
    return tf.ensure_shape(sum_over_replicas(tf.pad(values, borders)), [own * count(), *values.shape[1:]])


def own_part(values, number, axis: int = 0):
    """The part of this replica of what stands for the whole batch.

    Args:
        values: with `number` x replicas entries along `axis`.
        number: of images in a part.
        axis: of the images.
    """
    if count() == 1:
        return values
    place = tf.distribute.get_replica_context().replica_id_in_sync_group
    return tf.gather(values, tf.cast(place, "int32") * number + tf.range(number), axis=axis)


def next_of_batch(values):
    """For every image what belongs to the image before it in the whole batch, to the first what belongs to the last.

    Args:
        values: (n, ...), the same n on every replica. It gets no gradient.
    """
    rolled = tf.roll(tf.stop_gradient(whole_batch(values)), 1, axis=0)
    return own_part(rolled, tf.shape(values)[0])
