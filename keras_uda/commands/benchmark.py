"""`benchmark`: how fast a configuration trains here, in ratios; `benchmark methods`: tables of scores."""

import importlib
import time

from keras_uda.config.command_line import Parser
from keras_uda.config.command_line import add_run_flags
from keras_uda.config.command_line import run_config
from keras_uda.config.schema import RunConfig
from keras_uda.core.console import say
from keras_uda.core.memory import peak_memory
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.stage import Stage
from keras_uda.runs.stage import stages_of

SUBCOMMANDS = {"methods": "benchmark_methods", "export": "benchmark_export"}
MATRIX = 2048
TIMED_STEPS = 10
TIMED_BATCHES = 50


def main(arguments: list[str]) -> None:
    if arguments and arguments[0] in SUBCOMMANDS:
        importlib.import_module(f"keras_uda.commands.{SUBCOMMANDS[arguments[0]]}").main(arguments[1:])
        return
    description = "Times one configuration on this machine. Subcommands: " + ", ".join(SUBCOMMANDS)
    parser = Parser(prog="python -m keras_uda benchmark", description=description)
    add_run_flags(parser)
    run, _ = run_config(parser, arguments)
    benchmark(run)


def benchmark(run: RunConfig) -> None:
    """Prints step time, images/s, memory, pipeline rate and the share of this machine's matrix-multiply rate."""
    from keras_uda.core import runtime
    from keras_uda.data.random_batch import random_batch
    from keras_uda.training.build import build_method
    from keras_uda.training.build import initial_segmenter
    from keras_uda.training.build import precisions

    runtime.set_up(run.seed)
    stage = stages_of(run, RunFolder("unused"))[-1]
    segmenter = initial_segmenter(run)
    method = build_method(stage, segmenter)
    step = median_step(method, random_batch(stage.reads, run.data, segmenter.stride))
    batches = pipeline_rate(stage)
    rate = matrix_rate()
    images = 2 * run.data.batch
    say(f"{stage.method}, {run.segmenter.name}, batch {run.data.batch}+{run.data.batch}, {run.data.target.size}:")
    say(f"  step           {step:.3f} s, {images / step:.1f} images/s, precision {precisions(run)}")
    say(f"  pipeline       {batches:.1f} batches/s, {batches * step:.1f} x the rate of the step")
    say(f"  matrix rate    {rate / 1e9:.0f} GFLOP/s of float32 here; a step lasts {step * rate / 1e9:.0f} GFLOP of it")
    say(f"  peak memory    {peak_memory() / 2**30:.2f} GiB")


def median_step(method, batch: dict) -> float:
    """Seconds of an optimiser step, the median of some after two for tracing."""
    method.make_train_function()
    seconds = []
    for _ in range(TIMED_STEPS + 2):
        began = time.perf_counter()
        [float(value) for value in method.train_function(iter([batch])).values()]
        seconds.append(time.perf_counter() - began)
    return sorted(seconds[2:])[TIMED_STEPS // 2]


def pipeline_rate(stage: Stage) -> float:
    """Batches per second of the data pipeline alone: that of training, without labels that are made for the stage."""
    from keras_uda.data.domains import Domains
    from keras_uda.data.ledger import LabelLedger
    from keras_uda.training.stage_data import StageData
    from keras_uda.training.stage_data import batches_of

    domains = Domains(stage.run.data, LabelLedger())
    data = StageData(*domains.of(stage.facts), partner=domains.partner_of(stage.facts))
    batches = iter(batches_of(stage, data)(0, TIMED_BATCHES + 5))
    for _ in range(5):
        next(batches)
    began = time.perf_counter()
    count = sum(1 for _ in batches)
    return count / (time.perf_counter() - began)


def matrix_rate() -> float:
    """Floating-point operations per second of a float32 matrix product on this machine."""
    import tensorflow as tf

    matrix = tf.random.normal((MATRIX, MATRIX))
    product = tf.function(lambda a: tf.reduce_sum(tf.matmul(a, a)))
    float(product(matrix))
    began = time.perf_counter()
    for _ in range(5):
        float(product(matrix))
    return 5 * 2 * MATRIX**3 / (time.perf_counter() - began)
