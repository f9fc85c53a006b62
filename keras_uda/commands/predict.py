"""`predict`: a model on images, folders and footage -> overlays and label maps."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keras_uda.config.command_line import Parser
from keras_uda.core.console import quiet
from keras_uda.core.console import say_line
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.core.files import list_files

HARDEST = 5


def parser() -> Parser:
    description = "Runs a model on an image, a folder of images or footage, and lays its classes over them."
    parser = Parser(prog="python -m keras_uda predict", description=description)
    parser.add_argument("--input", metavar="PATH", required=True, help="image, folder of images, video, or camera:0")
    parser.add_argument("--model", metavar="PATH", help="run folder, export folder, SavedModel, .tflite or .onnx file")
    text = "served model, http://HOST:8501 or grpc://HOST:8500 [/v1/models/NAME[/versions/N|/labels/L]]"
    parser.add_argument("--server", metavar="URL", help=text)
    parser.add_argument("--encode", choices=("jpeg", "png"), default="jpeg", help="how frames travel to the server")
    parser.add_argument("--in-flight", type=int, default=4, metavar="N", help="frames on the way to the server")
    text = "longest wait for one frame from the server, all tries together"
    parser.add_argument("--timeout", type=float, default=30.0, metavar="SECONDS", help=text)
    text = "folder, or a file of the kind of the input (default: predictions/<input>-<n>)"
    parser.add_argument("--output", metavar="PATH", help=text)
    parser.add_argument("--labels", action="store_true", help="write a palette PNG of class indices for every frame")
    text = "large frames: windows of the size of the network that share this part of their width (default: %(const)s)"
    parser.add_argument("--window", nargs="?", type=float, const=0.25, metavar="OVERLAP", help=text)
    text = "footage: save the frames of lowest confidence for tagging (default: 5, 0 saves none)"
    parser.add_argument("--hardest", type=int, metavar="N", help=text)
    parser.add_argument("--frames", type=int, metavar="N", help="footage: stop after so many frames")
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
    predict(flags)


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
    for name, least in (("hardest", 0), ("frames", 1)):
        value = getattr(flags, name)
        if value is not None and value < least:
            raise UsageError(f"--{name}", f"{value} is not a number of frames", f"Give {least} or more")


def predict(flags) -> None:
    """Looks at input and output first, opens the model then, runs last."""
    from keras_uda.predict.inputs import stem_of
    from keras_uda.predict.outputs import next_folder
    from keras_uda.predict.remedies import Call
    from keras_uda.predict.remedies import advice

    kind = kind_of(flags.input)
    for name in ("hardest", "frames"):
        if getattr(flags, name) is not None and kind in ("folder", "image"):
            raise UsageError(f"--{name}", "is for footage, and the input is none", "Leave it out")
    given = frozenset(f"--{name}" for name in ("resume", "overwrite", "server") if getattr(flags, name))
    chosen = next_folder(stem_of(flags.input)) if not flags.output else None
    flags.output = flags.output or str(chosen)
    with advice(Call(kind, given, chosen)):
        {"folder": predict_folder, "image": predict_image}.get(kind, predict_footage)(flags)


def kind_of(name: str) -> str:
    """`camera`, `footage`, `folder` or `image`, by the look of the input."""
    from keras_uda.data.formats.images import SUFFIXES
    from keras_uda.predict.inputs import CAMERA
    from keras_uda.predict.inputs import OTHER_PICTURES
    from keras_uda.predict.inputs import file_of

    source, pictures = file_of(name), {*SUFFIXES, *OTHER_PICTURES} - {".gif"}  # a .gif alone is footage
    if source is None:
        return "camera" if name.startswith(CAMERA) else "footage"
    return "folder" if source.is_dir() else "image" if source.suffix.lower() in pictures else "footage"


def predict_folder(flags) -> None:
    from keras_uda.data.formats.images import SUFFIXES
    from keras_uda.data.formats.images import read_upright
    from keras_uda.predict import images as serving
    from keras_uda.predict import outputs
    from keras_uda.predict.inputs import OTHER_PICTURES

    source = Path(flags.input)
    # The reader refuses what it cannot read one by one, so that nothing of the user is left out silently.
    files = list_files(source, (*SUFFIXES, *OTHER_PICTURES), irregular=True)
    if not files:
        raise DataError(source, f"no {', '.join(SUFFIXES)} file in this folder", "Name a folder of images or a video")
    target = outputs.of_folder(Path(flags.output), source, files, flags.labels)
    with open_predictor(flags, target) as predictor:
        serving.predict_folder(files, source, read_upright, predictor, target, flags.resume)


def predict_image(flags) -> None:
    from keras_uda.data.formats.images import read_upright
    from keras_uda.predict import images as serving
    from keras_uda.predict import outputs

    source = Path(flags.input)
    read_upright(source)
    target = outputs.of_image(Path(flags.output), source, flags.labels)
    with open_predictor(flags, target) as predictor:
        serving.predict_image(source, read_upright, predictor, target)


def predict_footage(flags) -> None:
    from keras_uda.predict import footage as serving
    from keras_uda.predict import outputs
    from keras_uda.predict.inputs import file_of
    from keras_uda.predict.inputs import stem_of
    from keras_uda.predict.video import write

    source = open_footage(flags)
    try:
        output, clip = Path(flags.output), file_of(flags.input)
        target = outputs.of_video(output, clip, stem_of(flags.input), write.SUFFIXES, flags.labels)
        write.check_writer(target.overlay)
        hardest = HARDEST if flags.hardest is None else flags.hardest
        with open_predictor(flags, target) as predictor:
            serving.predict_footage(source, predictor, target, serving.Wanted(flags.resume, flags.frames, hardest))
    finally:
        source.close()


def open_footage(flags):
    """A `Video` or a `Camera`."""
    from keras_uda.predict.inputs import CAMERA

    if not flags.input.startswith(CAMERA):
        from keras_uda.predict.video.read import Video

        return Video(flags.input, flags.allow_url)
    if flags.resume:
        raise UsageError("--resume", "a camera does not show its frames again", "Name a new --output")
    from keras_uda.predict.video.camera import Camera

    camera = Camera(flags.input)
    say_line(f"{camera.name}: Ctrl-C ends the recording")
    return camera


@contextmanager
def open_predictor(flags, target) -> Iterator:
    """Opens the model and claims the outputs; tells at the end how a server did."""
    if flags.server is None:
        yield local_predictor(flags, target)
        return
    model = connect(flags)
    try:
        yield served_predictor(model, flags, target)
    finally:
        model.close()
        if model.latencies:
            say_line(model.summary())


def local_predictor(flags, target):
    import numpy as np

    from keras_uda.artefacts.open_model import open_model
    from keras_uda.predict.images import FramePrediction
    from keras_uda.predict.images import Predictor
    from keras_uda.predict.images import whole_frames
    from keras_uda.predict.windows import windows_of_any_size

    model = open_model(flags.model, flags.trust_model)
    claim(flags, target, model.sha256, model.classes)
    width, height = model.size
    say_line(f"{model.kind} model at {width}x{height}, {len(model.classes)} classes")

    def maps(frame):
        label_maps, confidences = model.run(frame[None])
        return label_maps[0], confidences[0]

    if model.kind == "tflite":
        with quiet():  # LiteRT greets with its first frame; this one is for that alone
            maps(np.zeros((height, width, 3), np.uint8))

    def named(label_map, confidence):
        return FramePrediction(label_map, float(confidence.mean()) / 255, model.sha256[:16])

    if flags.window is None:
        run = whole_frames(lambda frame: named(*maps(frame)), model.size)
    else:
        merged = windows_of_any_size(maps, model.size, flags.window)
        run = lambda image: named(*merged(image))  # noqa: E731
    return Predictor(run, model.palette, flags.opacity, classes=tuple(model.classes))


def claim(flags, target, model: str, classes) -> None:
    """Makes the output folders and writes down what this call is; see `existing.claim`."""
    from keras_uda.predict import existing
    from keras_uda.predict import inputs

    identity = {"input": inputs.name_of(flags.input), "fingerprint": inputs.fingerprint(flags.input)}
    identity |= {"model": model, "classes": list(classes), "window": flags.window}
    existing.claim(target, existing.Existing(flags.resume, flags.overwrite), identity)


def connect(flags):
    """The model behind `--server`; asks it what it is."""
    from keras_uda.predict.server.address import parse_address
    from keras_uda.predict.server.model import ServerModel

    address = parse_address(flags.server)
    if address.scheme == "grpc":
        from keras_uda.predict.server.grpc import Grpc as Transport
    else:
        from keras_uda.predict.server.rest import Rest as Transport
    return ServerModel(address, Transport(address), flags.timeout, flags.encode)


def served_predictor(model, flags, target):
    from keras_uda.predict.images import Predictor
    from keras_uda.predict.images import whole_frames

    about = model.about
    claim(flags, target, about["model"], about["classes"])
    say_line(f"{model.address}: {about['size']}, {len(about['classes'])} classes")
    run = whole_frames(model.predict, model.size)
    classes = tuple(about["classes"])
    return Predictor(run, model.palette, flags.opacity, flags.in_flight, model.close, classes)
