"""The verbs: `python -m keras_uda <verb> ...`. Each is a module in `commands/`, imported when it is called."""

import importlib
import logging
import sys

from keras_uda import __version__
from keras_uda.core.errors import LOWER
from keras_uda.core.errors import UsageError
from keras_uda.core.errors import did_you_mean
from keras_uda.core.errors import guard
from keras_uda.core.signals import end_on_sigterm

VERBS = {
    "train": "adapt a segmenter (same as train.py)",
    "evaluate": "score a run or an export, on its own or other labelled data",
    "export": "run -> SavedModel, LiteRT, serving folder (same as export.py)",
    "predict": "run a model on images, folders, footage",
    "select": "choose a checkpoint of a run trained with --select",
    "ensemble": "average the logits of finished runs into one model",
    "frames": "cut clips into a folder of images to adapt to",
    "doctor": "check the data before training",
    "report": "write report.html of a run again",
    "benchmark": "step time, pipeline, export latencies, tables of methods",
    "weak-labels": "make, check, annotate, budget: image tags and points",
    "import-weights": "published PyTorch checkpoints into ours",
}
USAGE = "usage: python -m keras_uda VERB ... (VERB --help tells its flags)\n\n" + "\n".join(
    f"  {verb:<15} {text}" for verb, text in VERBS.items()
)

# What a verb without a batch does about too little memory.
ELSE = "End other programs, or take a machine with more memory"
WITH_LESS_MEMORY = {"train": LOWER, "benchmark": LOWER, "export": "Name fewer --formats, or end other programs"}

ANSWERS = dict.fromkeys(("-h", "--help", "help"), USAGE) | {"--version": f"keras_uda {__version__}"}


def main(arguments: list[str] | None = None) -> int:
    """Runs one verb and returns its exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments and arguments[0] in ANSWERS:
        print(ANSWERS[arguments[0]])
        return 0
    remedy = WITH_LESS_MEMORY.get(arguments[0] if arguments else "", ELSE)
    return guard(lambda: end_on_sigterm(lambda: _dispatch(arguments)), "--debug" in arguments, remedy)


def _dispatch(arguments: list[str]) -> None:
    verb = arguments[0] if arguments else None
    if verb is None:
        raise UsageError("python -m keras_uda", "a verb is missing", f"Use one of {', '.join(VERBS)}")
    if verb not in VERBS:
        raise UsageError(verb, "not a verb", did_you_mean(verb, VERBS))
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # without a home it says where its fonts are kept instead
    module = importlib.import_module(f"keras_uda.commands.{verb.replace('-', '_')}")
    module.main(arguments[1:])


if __name__ == "__main__":
    sys.exit(main())
