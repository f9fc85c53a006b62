"""`predict`: a model on images, folders and footage -> overlays and label maps."""

import dataclasses

from keras_uda.config.command_line import Parser
from keras_uda.core.errors import UsageError


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
    flags = parser().parse_args(arguments)
    check_flags(flags)
    from keras_uda.data.formats.class_ids import read_class_ids
    from keras_uda.data.formats.images import SUFFIXES
    from keras_uda.data.formats.images import read_upright
    from keras_uda.predict.run import Request
    from keras_uda.predict.run import Tools
    from keras_uda.predict.run import predict

    request = Request(**{field.name: getattr(flags, field.name) for field in dataclasses.fields(Request)})
    predict(request, Tools(SUFFIXES, read_upright, open_model, read_class_ids, {"world:drive": open_drive}))


def open_model(path: str, trust: bool):
    """`artefacts.open_model`, imported when input and output are known to be right."""
    from keras_uda.artefacts import open_model as models

    return models.open_model(path, trust)


def open_drive():
    """The built-in drive, imported when it is asked for."""
    from keras_uda.world.clip import DriveClip

    return DriveClip()


def check_flags(flags) -> None:
    """What can be told before anything is opened."""
    if not 0 <= flags.opacity <= 1:
        raise UsageError("--opacity", f"{flags.opacity} is not between 0 and 1", "Give for example 0.5")
    if flags.resume and flags.overwrite:
        raise UsageError("--resume", "means to keep what --overwrite would remove", "Drop one of them")
    if flags.model is None and flags.server is None:
        remedy = "Give a run folder, an export folder, a SavedModel, a .tflite or .onnx file, or --server URL"
        raise UsageError("--model", "is missing", remedy)
    if flags.model is not None and flags.server is not None:
        raise UsageError("--server", "runs the model that is served, not --model", "Drop one of them")
    if not 1 <= flags.in_flight <= 64:
        raise UsageError("--in-flight", f"{flags.in_flight} is not between 1 and 64", "Give for example 4")
    if not 0 < flags.timeout <= 3600:
        raise UsageError("--timeout", f"{flags.timeout} is not a wait in seconds up to 3600", "Give for example 30")
    if flags.window is not None and not 0 <= flags.window <= 0.9:
        raise UsageError("--window", f"{flags.window} is not a part between 0 and 0.9", "Give for example 0.25")
    if flags.window is not None and flags.server is not None:
        what = "needs the confidence of every pixel, and servers send one number per frame"
        raise UsageError("--window", what, "Use --model, or leave --window out")
    if flags.ids is not None and not flags.labels:
        raise UsageError("--ids", "says what --labels writes", "Add --labels")
    for name, least, of in (("hardest", 0, "frames"), ("frames", 1, "frames"), ("stream", 0, "streams, from 0")):
        value = getattr(flags, name)
        if value is not None and value < least:
            raise UsageError(f"--{name}", f"{value} is not a number of {of}", f"Give {least} or more")
