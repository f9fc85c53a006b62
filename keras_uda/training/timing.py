"""How long training takes on this machine: a step, the pipeline that feeds it, and a matrix product beside them."""

import statistics
import time

import keras
import tensorflow as tf

from keras_uda.data.domains import Domains
from keras_uda.data.ledger import LabelLedger
from keras_uda.runs.stage import Stage
from keras_uda.training.stage_data import StageData
from keras_uda.training.stage_data import batches_of

MATRIX = 2048
UNTIMED_BATCHES, TIMED_BATCHES = 5, 50


def step_seconds(method: keras.Model, batch: dict, timed: int = 1, untimed: int = 1) -> float:
    """Seconds of an optimiser step: the median of `timed` ones after `untimed` ones, of which the first is traced."""
    method.make_train_function()
    seconds = []
    for _ in range(untimed + timed):
        began = time.perf_counter()
        [float(value) for value in method.train_function(iter([batch])).values()]
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds[untimed:])


def pipeline_rate(stage: Stage) -> float:
    """Batches per second of the data pipeline alone: that of training, without labels that are made for the stage."""
    domains = Domains(stage.run.data, LabelLedger())
    data = StageData(*domains.of(stage.facts), partner=domains.partner_of(stage.facts))
    batches = iter(batches_of(stage, data)(0, UNTIMED_BATCHES + TIMED_BATCHES))
    for _ in range(UNTIMED_BATCHES):
        next(batches)
    began = time.perf_counter()
    count = sum(1 for _ in batches)
    return count / (time.perf_counter() - began)


def matrix_rate() -> float:
    """Floating-point operations per second of a float32 matrix product on this machine."""
    matrix = tf.random.normal((MATRIX, MATRIX))
    product = tf.function(lambda a: tf.reduce_sum(tf.matmul(a, a)))
    float(product(matrix))
    began = time.perf_counter()
    for _ in range(5):
        float(product(matrix))
    return 5 * 2 * MATRIX**3 / (time.perf_counter() - began)
