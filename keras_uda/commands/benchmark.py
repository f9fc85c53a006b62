"""`benchmark`: how fast a configuration trains here, in ratios; subcommands make tables of all."""

import importlib

from keras_uda.config.command_line import add_run_flags
from keras_uda.config.command_line import run_config
from keras_uda.config.parser import Parser
from keras_uda.config.schema import RunConfig
from keras_uda.core.console import say
from keras_uda.core.memory import peak_memory
from keras_uda.runs.folder import NOWHERE
from keras_uda.runs.stage import stages_of

SUBCOMMANDS = {
    "methods": "benchmark_methods",
    "steps": "benchmark_steps",
    "all": "benchmark_all",
    "scaling": "benchmark_scaling",
    "compare": "benchmark_compare",
    "export": "benchmark_export",
    "server": "benchmark_server",
    "stream": "benchmark_stream",
}


def main(arguments: list[str]) -> None:
    if "--compare" in arguments:
        named = arguments[0] if arguments[0] in SUBCOMMANDS else None
        arguments = ["compare", *arguments[named is not None :]]
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
    from keras_uda.core import runtime  # isort: skip - TensorFlow is set up before anything else imports it
    from keras_uda.training import timing
    from keras_uda.training.build import initial_segmenter
    from keras_uda.training.build import precisions
    from keras_uda.training.precision_note import warn_of_slow_precision

    runtime.set_up(run.seed)
    warn_of_slow_precision(run)
    stage = stages_of(run, NOWHERE)[-1]
    method, batch = timing.method_and_batch(stage, initial_segmenter(run))
    step = timing.step_seconds(method, batch, timed=11, untimed=2)
    batches, rate, images = timing.pipeline_rate(stage), timing.matrix_rate(), run.data.batch * len(batch)
    sizes = "+".join([str(run.data.batch)] * len(batch))
    say(f"{stage.method}, {run.segmenter.name}, batch {sizes}, {run.data.target.size}:")
    say(f"  step           {step:.3f} s, {images / step:.1f} images/s")
    say("  precision      {} of the segmenter, {} of other parts".format(*precisions(run)))
    say(f"  pipeline       {batches:.1f} batches/s, {batches * step:.1f} x the rate of the step")
    say(f"  matrix rate    {rate / 1e9:.0f} GFLOP/s of float32 here; a step equals {step * rate / 1e9:.0f} GFLOP")
    say(f"  peak memory    {peak_memory() / 2**30:.2f} GiB")
