"""`evaluate`: scores a run or an exported model, on the run's own held-out frames or on any labelled data."""

from keras_uda.api.evaluate import CHANGEABLE
from keras_uda.api.evaluate import score
from keras_uda.config.changes import parse_changes
from keras_uda.config.changes import parser_of_changes
from keras_uda.config.parser import Parser
from keras_uda.runs.folder import RunFolder

EXAMPLE = "--data.target.name folder --data.target.root DIR"


def parser() -> Parser:
    text = "Scores a run or an exported model, and source-only beside it, on its own held-out frames or on others:"
    parser = parser_of_changes("evaluate", f"{text} {EXAMPLE}", CHANGEABLE)
    text = "export folder, SavedModel, .tflite or .onnx file, run as `predict` does"
    parser.add_argument("--model", metavar="PATH", help=text)
    parser.add_argument("--source-only", metavar="DIR", help="run to put beside it (default: the one trained for it)")
    parser.add_argument("--split", metavar="NAME", help="of the target (default: the first one that has labels)")
    text = "frames in windows of the size of the network that share this part of their width (default: %(const)s)"
    parser.add_argument("--window", nargs="?", type=float, const=0.25, metavar="OVERLAP", help=text)
    parser.add_argument("--flip", action="store_true", help="look at the mirror image of every frame as well")
    parser.add_argument("--output", metavar="DIR", required=True, help="new folder for evaluation.json and the report")
    parser.add_argument("--trust-model", action="store_true", help="run a SavedModel that export.py did not write")
    return parser


def main(arguments: list[str]) -> None:
    flags, changes = parse_changes(parser(), arguments, CHANGEABLE)
    score(flags, changes, RunFolder(flags.output))
