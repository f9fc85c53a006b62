"""`predict`: a model on images, folders and footage -> overlays and label maps."""

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
    if flags.model is None:
        raise UsageError("--model", "is missing", "Give a run folder, an export folder, a SavedModel or a .tflite file")
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
        predictor = open_predictor(flags, target, existing)
        serving.predict_folder(files, source, read_image, predictor, target, flags.resume)
    elif source.suffix.lower() in IMAGES:
        read_image(source)
        target = outputs.of_image(output, source, flags.labels)
        serving.predict_image(source, read_image, open_predictor(flags, target, existing), target)
    else:
        video = Video(flags.input, flags.allow_url)
        target = outputs.of_video(output, source.stem, video_writer.SUFFIXES, flags.labels)
        video_writer.check_writer(target.overlay)
        serving.predict_video(video, open_predictor(flags, target, existing), target, flags.resume)


def open_predictor(flags, target, existing):
    """Claims the outputs and opens the model."""
    from keras_uda.export.open_model import open_model
    from keras_uda.serving.outputs import claim
    from keras_uda.serving.predict import Predictor

    model = open_model(flags.model, flags.trust_model)
    claim(target, existing, {"input": Path(flags.input).name, "model": model.sha256, "classes": list(model.classes)})
    width, height = model.size
    say(f"{model.kind} model at {width}x{height}, {len(model.classes)} classes")
    return Predictor(model.run, model.size, model.palette, flags.opacity)
