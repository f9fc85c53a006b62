"""`export.py`: run folder -> SavedModel, LiteRT files, serving folder, each checked against Keras before it is seen."""

from keras_uda.api.export import publish
from keras_uda.config.names import ARGMAX
from keras_uda.config.names import BRANCHES
from keras_uda.config.names import FORMATS
from keras_uda.config.names import OPTIONAL_FORMATS
from keras_uda.config.names import OPTIONAL_QUANTIZATIONS
from keras_uda.config.names import OUTPUTS
from keras_uda.config.names import QUANTIZATIONS
from keras_uda.config.parser import Parser
from keras_uda.core.console import say


def parser() -> Parser:
    parser = Parser(prog="export.py", description="Exports a run and proves that it is the same model.")
    parser.add_argument("--run", metavar="DIR", help="run folder (default: the newest finished one)")
    parser.add_argument("--output", metavar="DIR", help="new folder (default: exports/<run>-<n>)")
    text = f"what to write (default: {' '.join(FORMATS)}); onnx needs the extra of that name"
    parser.add_argument("--formats", nargs="+", choices=FORMATS + OPTIONAL_FORMATS, default=list(FORMATS), help=text)
    text = "one .tflite file each; int8 is calibrated on target images, int8_aeq is that of ai-edge-quantizer, "
    text += "selective keeps sensitive layers in float, uint8 is integers from end to end"
    parser.add_argument(
        "--quantize", nargs="+", choices=(*QUANTIZATIONS, *OPTIONAL_QUANTIZATIONS), default=["none"], help=text
    )
    text = "target images that int8 is calibrated on"
    parser.add_argument("--calibration", type=int, default=100, metavar="N", help=text)
    text = "parts of names of layers that int8 keeps in float, beside both ends of the network"
    parser.add_argument("--float-layers", nargs="+", default=[], metavar="NAME", help=text)
    text = "of the SavedModel: the size of the network, or any size, resized in the graph"
    parser.add_argument("--input-size", choices=("fixed", "free"), default="fixed", help=text)
    text = "of a segmenter with two scales: both, or the cheap one alone, which sees the image at half scale"
    parser.add_argument("--branch", choices=BRANCHES, default=BRANCHES[0], help=text)
    text = "what an artefact gives: label map and confidence, the label map alone, or logits at the stride"
    parser.add_argument("--outputs", nargs="+", choices=OUTPUTS, default=list(OUTPUTS[:1]), help=text)
    text = "where a pixel gets its class: at the size of the frame, at half of it, or at the stride of the network"
    parser.add_argument("--argmax", nargs="+", choices=ARGMAX, default=list(ARGMAX[:1]), help=text)
    text = "licence of the weights, written into every artefact"
    parser.add_argument("--licence", default="not stated", metavar="TEXT", help=text)
    text = "also publish for TensorFlow Serving: BASE/<name>/<version>/, without BASE into the export folder"
    parser.add_argument("--serving", nargs="?", const="", default=None, metavar="BASE", help=text)
    parser.add_argument("--name", default="segmenter", metavar="NAME", help="of the served model")
    parser.add_argument("--version", type=int, metavar="N", help="of the served model (default: the highest + 1)")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    return parser


def main(arguments: list[str]) -> None:
    folder = publish(parser().parse_args(arguments))
    say(f"next: python -m keras_uda predict --input drive.mp4 --model {folder}")
    from keras_uda.export.publish import require_whole

    require_whole(folder)
