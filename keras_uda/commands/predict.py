"""`predict`: a model on images, folders and footage -> overlays and label maps."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from keras_uda.console import say
from keras_uda.errors import DataError
from keras_uda.errors import UsageError
from keras_uda.files import list_files
from keras_uda.parsing import Parser


def parser() -> Parser:
    description = "Runs a model on an image, a folder of images or footage, and lays its classes over them."
    parser = Parser(prog="python -m keras_uda predict", description=description)
    parser.add_argument("--input", metavar="PATH", required=True, help="image, folder of images, or video")
    parser.add_argument("--model", metavar="PATH", help="run folder, export folder, SavedModel, or .tflite file")
    text = "served model, http://HOST:8501 or grpc://HOST:8500 [/v1/models/NAME[/versions/N|/labels/L]]"
    parser.add_argument("--server", metavar="URL", help=text)
    parser.add_argument("--encode", choices=("jpeg", "png"), default="jpeg", help="how frames travel to the server")
    parser.add_argument("--in-flight", type=int, default=4, metavar="N", help="frames on the way to the server")
    text = "longest wait for one frame from the server, all tries together"
    parser.add_argument("--timeout", type=float, default=30.0, metavar="SECONDS", help=text)
    text = "folder, or a file of the kind of the input (default: predictions/<input>-<n>)"
    parser.add_argument("--output", metavar="PATH", help=text)
    parser.add_argument("--labels", action="store_true", help="write a palette PNG of class indices for every frame")
    parser.add_argument("--opacity", type=float, default=0.5, metavar="0..1", help="of the colours over the image")
    parser.add_argument("--resume", action="store_true", help="keep what an interrupted call has done")
    parser.add_argument("--overwrite", action="store_true", help="replace outputs that exist")
    parser.add_argument("--trust-model", action="store_true", help="run a SavedModel that export.py did not write")
    parser.add_argument("--allow-url", action="store_true", help="read footage from a network address")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    return parser


def main(arguments: list[str]) -> None:
    flags = parser().parse_args(arguments)
    if not 0 <= flags.opacity <= 1:
        raise UsageError("--opacity", f"{flags.opacity} is not between 0 and 1", "Give for example 0.5")
    if flags.resume and flags.overwrite:
        raise UsageError("--resume", "means to keep what --overwrite would remove", "Drop one of them")
    if flags.model is None and flags.server is None:
        remedy = "Give a run folder, an export folder, a SavedModel, a .tflite file, or --server URL"
        raise UsageError("--model", "is missing", remedy)
    if flags.model is not None and flags.server is not None:
        raise UsageError("--server", "runs the model that is served, not --model", "Drop one of them")
    if not 1 <= flags.in_flight <= 64:
        raise UsageError("--in-flight", f"{flags.in_flight} is not between 1 and 64", "Give for example 4")
    if not 0 < flags.timeout <= 3600:
        raise UsageError("--timeout", f"{flags.timeout} is not a wait in seconds up to 3600", "Give for example 30")
    predict(flags)


def predict(flags) -> None:
    """Looks at input and output first, opens the model then, runs last."""
    from keras_uda.data.image_files import SUFFIXES as IMAGES
    from keras_uda.data.image_files import read_image
    from keras_uda.serving import outputs
    from keras_uda.serving import predict as serving
    from keras_uda.serving import video_writer
    from keras_uda.serving.video import Video

    output = Path(flags.output) if flags.output else outputs.next_folder(flags.input)
    source = Path(flags.input)
    existing = outputs.Existing(flags.resume, flags.overwrite)
    if source.is_dir():
        files = list_files(source, IMAGES)
        if not files:
            raise DataError(source, f"no {', '.join(IMAGES)} file in this folder", "Name a folder of images or a video")
        target = outputs.of_folder(output, source, flags.labels)
        with open_predictor(flags, target, existing) as predictor:
            serving.predict_folder(files, source, read_image, predictor, target, flags.resume)
    elif source.suffix.lower() in IMAGES:
        read_image(source)
        target = outputs.of_image(output, source, flags.labels)
        with open_predictor(flags, target, existing) as predictor:
            serving.predict_image(source, read_image, predictor, target)
    else:
        video = Video(flags.input, flags.allow_url)
        target = outputs.of_video(output, source.stem, video_writer.SUFFIXES, flags.labels)
        video_writer.check_writer(target.overlay)
        with open_predictor(flags, target, existing) as predictor:
            serving.predict_video(video, predictor, target, flags.resume)


@contextmanager
def open_predictor(flags, target, existing) -> Iterator:
    """Opens the model and claims the outputs; tells at the end how a server did."""
    if flags.server is None:
        yield local_predictor(flags, target, existing)
        return
    model = connect(flags)
    try:
        yield served_predictor(model, flags, target, existing)
    finally:
        model.close()
        if model.latencies:
            say(model.summary())


def local_predictor(flags, target, existing):
    from keras_uda.export.open_model import open_model
    from keras_uda.serving.outputs import claim
    from keras_uda.serving.predict import Predictor

    model = open_model(flags.model, flags.trust_model)
    claim(target, existing, {"input": Path(flags.input).name, "model": model.sha256, "classes": list(model.classes)})
    width, height = model.size
    say(f"{model.kind} model at {width}x{height}, {len(model.classes)} classes")

    def run(frame):
        label_maps, confidences = model.run(frame[None])
        return label_maps[0], float(confidences.mean()) / 255, model.sha256[:16]

    return Predictor(run, model.size, model.palette, flags.opacity)


def connect(flags):
    """The model behind `--server`; asks it what it is."""
    from keras_uda.serving.address import parse_address
    from keras_uda.serving.server_model import ServerModel

    address = parse_address(flags.server)
    if address.scheme == "grpc":
        from keras_uda.serving.grpc_transport import Grpc as Transport
    else:
        from keras_uda.serving.rest import Rest as Transport
    return ServerModel(address, Transport(address), flags.timeout, flags.encode)


def served_predictor(model, flags, target, existing):
    from keras_uda.serving.outputs import claim
    from keras_uda.serving.predict import Predictor

    about = model.about
    claim(target, existing, {"input": Path(flags.input).name, "model": about["model"], "classes": about["classes"]})
    say(f"{model.address}: {about['size']}, {len(about['classes'])} classes")
    return Predictor(model.predict, model.size, model.palette, flags.opacity, flags.in_flight, model.close)
