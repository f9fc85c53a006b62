"""Teachers: slow copies of what is trained, and the one way in which they follow it."""

import math

import keras
import tensorflow as tf
from keras import ops


def slow_copy(model: keras.Layer) -> keras.Layer:
    """A copy with the same weights, which no optimiser trains but which can run in training mode.

    Args:
        model: Functional model, or a built layer that builds itself from its configuration.
    """
    copy = keras.models.clone_model(model) if isinstance(model, keras.Model) else type(model)(**model.get_config())
    for slow, fast in zip(copy.weights, model.weights, strict=True):
        slow.assign(fast)
        slow.trainable = False  # of the weight, not of its layer: a frozen batch norm would ignore its batch
    return copy


def warm_up_decay(decay, step):
    """Decay of a teacher that is the true average of the student until an exponential one is better.

        d(t) = min(1 - 1 / (t + 1), decay)

    Args:
        decay: number or scalar tensor.
        step: t, updates done before this one; at 0 the teacher becomes the student.
    Returns:
        float32 scalar.
    Source: Tarvainen and Valpola, Mean Teacher, 2017, https://arxiv.org/abs/1703.01780; `update_ema_variables` of
        github.com/vikolss/DACS trainUDA.py
    """
    return ops.minimum(1.0 - 1.0 / (ops.cast(step, "float32") + 1.0), decay)


def cosine_decay(progress, first: float):
    """Decay that grows from `first` to 1 over the training, so that the teacher comes to rest.

        d(p) = 1 - (1 - first) (cos(pi p) + 1) / 2

    Args:
        progress: p, share of the training that is done.
    Returns:
        float32 scalar.
    Source: Grill et al., BYOL, NeurIPS 2020, section 3.3, https://arxiv.org/abs/2006.07733
    """
    progress = ops.clip(ops.cast(progress, "float32"), 0.0, 1.0)
    return 1.0 - (1.0 - first) * (ops.cos(math.pi * progress) + 1.0) / 2.0


def resting_decay(progress, first: float, step):
    """`cosine_decay`, below that the `warm_up_decay` of the first steps.

    Args:
        progress, first: see `cosine_decay`.
        step: see `warm_up_decay`.
    """
    return warm_up_decay(cosine_decay(progress, first), step)


def without_dropout(teacher: keras.Model) -> None:
    """Lets a teacher keep all of its channels and branches in training mode."""
    for layer in teacher._flatten_layers():
        if isinstance(layer, (keras.layers.Dropout, keras.layers.SpatialDropout2D)):
            layer.rate = 0.0


def statistics_of(model: keras.Layer) -> list[keras.Variable]:
    """Moving statistics of batch norm: what a forward pass in training mode changes."""
    return [one for one in model.weights if one.name.startswith("moving_")]


def follow(slow: keras.Layer, fast: keras.Layer, decay, *, finite, statistics: bool) -> None:
    """One step of the teacher towards the student.

        w_slow <- decay w_slow + (1 - decay) w_fast;   batch statistics: those of the student, or left alone

    Args:
        slow: of `slow_copy`.
        fast: what it is a copy of.
        decay: float or float scalar tensor in [0, 1].
        finite: bool scalar; where it is False nothing moves.
        statistics: copy what the student does not train (moving statistics), as ProDA does; without it the teacher
            keeps its own, as DACS does.
    """
    trained = {id(variable) for variable in fast.trainable_variables}
    pairs = [(s, f, id(f) in trained) for s, f in zip(slow.weights, fast.weights, strict=True)]

    def across_replicas(distribution, decay, finite):
        decay, finite = (distribution.experimental_local_results(one)[0] for one in (decay, finite))
        for slow_one, fast_one, is_trained in pairs:
            if is_trained:
                distribution.extended.update(slow_one.value, move_towards, args=(fast_one.value, decay, finite))
            elif statistics:
                distribution.extended.update(slow_one.value, move_towards, args=(fast_one.value, 0.0, finite))

    arguments = (ops.cast(decay, "float32"), ops.cast(finite, "bool"))
    tf.distribute.get_replica_context().merge_call(across_replicas, args=arguments)


def move_towards(slow, fast, decay, finite):
    """slow <- decay slow + (1 - decay) fast, where finite."""
    decay = tf.cast(decay, slow.dtype)
    return slow.assign(tf.where(finite, decay * slow + (1 - decay) * fast, slow))
