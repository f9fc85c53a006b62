"""`predict`: a model on images, folders and footage -> overlays and label maps."""

from keras_uda.api.predict import run
from keras_uda.config.parser import Parser


def parser() -> Parser:
    description = "Runs a model on an image, a folder of images or footage, and lays its classes over them."
    parser = Parser(prog="python -m keras_uda predict", description=description)
    text = "image, folder of images, video, camera:0, or world:drive (a built-in clip)"
    parser.add_argument("--input", metavar="PATH", required=True, help=text)
    parser.add_argument("--model", metavar="PATH", help="run folder, export folder, SavedModel, .tflite or .onnx file")
    text = "served model, http://HOST:8501 or grpc://HOST:8500 [/v1/models/NAME[/versions/N|/labels/L]]"
    parser.add_argument("--server", metavar="URL", help=text)
    parser.add_argument("--encode", choices=("jpeg", "png"), default="jpeg", help="how frames travel to the server")
    parser.add_argument("--in-flight", type=int, default=4, metavar="N", help="frames on the way to the server")
    text = "longest wait for one frame from the server, including retries"
    parser.add_argument("--timeout", type=float, default=30.0, metavar="SECONDS", help=text)
    text = "folder, or a file of the kind of the input (default: predictions/<input>-<n>)"
    parser.add_argument("--output", metavar="PATH", help=text)
    parser.add_argument("--labels", action="store_true", help="write a palette PNG of class indices for every frame")
    text = "ids in the label pictures, for official evaluators: a shipped class map (cityscapes, ...) or a YAML file"
    parser.add_argument("--ids", metavar="MAP", help=text)
    text = (
        "for large frames: windows of the network's size that overlap by this share of their width (default: %(const)s)"
    )
    parser.add_argument("--window", nargs="?", type=float, const=0.25, metavar="OVERLAP", help=text)
    text = "footage and a run: its normalisation follows the frames, the statistics it was trained with fade"
    parser.add_argument("--adapt", choices=("statistics",), help=text)
    text = "footage: save the frames of lowest confidence for tagging (default: 5, 0 saves none)"
    parser.add_argument("--hardest", type=int, metavar="N", help=text)
    parser.add_argument("--frames", type=int, metavar="N", help="footage: stop after so many frames")
    text = "footage with several video streams: which one, from 0 (default: the one with most pixels)"
    parser.add_argument("--stream", type=int, metavar="N", help=text)
    parser.add_argument("--opacity", type=float, default=0.5, metavar="0..1", help="of the colours over the image")
    parser.add_argument("--resume", action="store_true", help="keep what an interrupted call has done")
    parser.add_argument("--overwrite", action="store_true", help="replace outputs that exist")
    parser.add_argument("--trust-model", action="store_true", help="run a SavedModel that export.py did not write")
    parser.add_argument("--allow-url", action="store_true", help="read footage from a network address")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    return parser


def main(arguments: list[str]) -> None:
    run(parser().parse_args(arguments))
