"""`evaluate`: scores a finished run again, on its own held-out frames or on those of another root."""

import dataclasses

from keras_uda.config.command_line import Parser
from keras_uda.config.stored import read_run_config
from keras_uda.core.console import say
from keras_uda.core.errors import UsageError
from keras_uda.runs.folder import RunFolder
from keras_uda.runs.folder import newest_run


def main(arguments: list[str]) -> None:
    parser = Parser(prog="python -m keras_uda evaluate", description="Scores the segmenter of a run again.")
    parser.add_argument("--run", metavar="DIR", help="run folder (default: the newest finished one)")
    parser.add_argument("--split", metavar="NAME", help="another split of the target")
    parser.add_argument("--output", metavar="DIR", required=True, help="new folder for evaluation.json and frames/")
    parser.add_argument("--debug", action="store_true")
    flags = parser.parse_args(arguments)
    folder = RunFolder(flags.run) if flags.run else newest_run(finished=True)
    run = read_run_config(folder.path)
    output = RunFolder(flags.output)
    if output.path.exists():
        raise UsageError("--output", f"{output.path} exists", "Name a new folder")
    if flags.split:
        target = dataclasses.replace(run.data.target, eval_split=flags.split)
        run = dataclasses.replace(run, data=dataclasses.replace(run.data, target=target))
    evaluate(run, folder, output)
    say(f"scores: {output / 'evaluation.json'}")


def evaluate(run, folder: RunFolder, output: RunFolder) -> None:
    from keras_uda.core import runtime
    from keras_uda.data.domains import Domains
    from keras_uda.data.ledger import LabelLedger
    from keras_uda.evaluation.evaluate import evaluate_run
    from keras_uda.segmenters.build import load_segmenter

    runtime.set_up(run.seed)
    segmenter, _ = load_segmenter(folder.path)
    with output.claimed():
        evaluate_run(run, output, Domains(run.data, LabelLedger(["evaluation"])), segmenter, {})
