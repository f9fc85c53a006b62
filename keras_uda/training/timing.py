"""How long training takes on this machine: a step, the pipeline that feeds it, and a matrix product beside them."""

import math
import statistics
import time
from collections.abc import Callable

import keras
import tensorflow as tf

from keras_uda.core.errors import ConfigurationError
from keras_uda.core.errors import UsageError
from keras_uda.data.domains import Domains
from keras_uda.data.ledger import LabelLedger
from keras_uda.data.random_batch import random_batch
from keras_uda.runs.provenance import identity
from keras_uda.runs.stage import Stage
from keras_uda.segmenters.inference import logits_of
from keras_uda.training.build import build_method
from keras_uda.training.stage_data import StageData
from keras_uda.training.stage_data import batches_of
from keras_uda.training.state import TrainingState

MATRIX = 2048
UNTIMED_BATCHES, TIMED_BATCHES = 5, 50
Clock = Callable[[], float]  # seconds: `time.perf_counter`, or `time.process_time` on a machine that others use


def method_and_batch(stage: Stage, segmenter: keras.Model) -> tuple[keras.Model, dict]:
    """The compiled method of a stage, and a batch for it: random images of the real size."""
    return build_method(stage, segmenter), random_batch(stage.reads, stage.data, segmenter.stride)


def trained_numbers(method: keras.Model) -> int:
    """How many numbers the optimisers of a method train, in all parts."""
    variables = [variable for part in method.trains for variable in getattr(method, part).trainable_variables]
    return sum(math.prod(variable.shape) for variable in variables)


def state_bytes(stage: Stage, method: keras.Model) -> int:
    """Bytes of a checkpoint: the segmenter, other parts, teachers, slots of the optimisers."""
    return TrainingState(stage.folder, method, identity(stage.run)).bytes()


def step_seconds(
    method: keras.Model, batch: dict, timed: int = 1, untimed: int = 1, clock: Clock | None = None
) -> float:
    """Seconds of an optimiser step: the median of `timed` ones after `untimed` ones, of which the first is traced.

    Raises:
        UsageError: the method cannot take such a batch.
    """
    method.make_train_function()
    clock, seconds = clock or time.perf_counter, []
    for _ in range(untimed + timed):
        began = clock()
        try:
            [float(value) for value in method.train_function(iter([batch])).values()]
        except ConfigurationError as error:
            raise UsageError("configuration", error.what, error.remedy) from error
        seconds.append(clock() - began)
    return statistics.median(seconds[untimed:])


def inference_seconds(
    segmenter: keras.Model, size: tuple[int, int], timed: int = 7, clock: Clock | None = None
) -> float:
    """Seconds from one frame to its label map, upsampled: the median of `timed` ones after a traced one.

    Args:
        segmenter: in any precision.
        size: (width, height) of the frame.
        timed: frames.
    """
    predict = tf.function(lambda image: tf.argmax(logits_of(segmenter, image, image), -1))
    frame, seconds = tf.zeros((1, size[1], size[0], 3), "uint8"), []
    clock = clock or time.perf_counter
    for _ in range(1 + timed):
        began = clock()
        predict(frame).numpy()
        seconds.append(clock() - began)
    return statistics.median(seconds[1:])


def pipeline_rate(stage: Stage, clock: Clock | None = None) -> float:
    """Batches per second of the data pipeline alone: that of training, without labels that are made for the stage."""
    domains = Domains(stage.run.data, LabelLedger())
    data = StageData(*domains.of(stage.facts), partner=domains.partner_of(stage.facts))
    batches = iter(batches_of(stage, data)(0, UNTIMED_BATCHES + TIMED_BATCHES))
    for _ in range(UNTIMED_BATCHES):
        next(batches)
    clock = clock or time.perf_counter
    began = clock()
    count = sum(1 for _ in batches)
    return count / (clock() - began)


def matrix_rate() -> float:
    """Floating-point operations per second of a float32 matrix product on this machine."""
    matrix = tf.random.normal((MATRIX, MATRIX))
    product = tf.function(lambda a: tf.reduce_sum(tf.matmul(a, a)))
    float(product(matrix))
    began = time.perf_counter()
    for _ in range(5):
        float(product(matrix))
    return 5 * 2 * MATRIX**3 / (time.perf_counter() - began)
