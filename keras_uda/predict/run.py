"""The verb `predict`: looks at input and output first, opens the model then, runs last."""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from keras_uda.core.console import say_line
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.core.files import list_files
from keras_uda.predict import existing
from keras_uda.predict import images
from keras_uda.predict import inputs
from keras_uda.predict import outputs
from keras_uda.predict.ids import Ids
from keras_uda.predict.predictor import Predictor
from keras_uda.predict.predictor import predictor_of_model
from keras_uda.predict.predictor import predictor_of_server
from keras_uda.predict.remedies import Call
from keras_uda.predict.remedies import advice
from keras_uda.predict.server.connect import connect

HARDEST = 5


@dataclass(frozen=True)
class Request:
    """What is asked for; the fields are the flags of the verb, which explains each."""

    input: str
    output: str | None = None
    model: str | None = None
    server: str | None = None
    encode: str = "jpeg"
    in_flight: int = 4
    timeout: float = 30.0
    labels: bool = False
    window: float | None = None
    adapt: str | None = None
    hardest: int | None = None
    frames: int | None = None
    stream: int | None = None
    ids: str | None = None
    opacity: float = 0.5
    resume: bool = False
    overwrite: bool = False
    trust_model: bool = False
    allow_url: bool = False


class Tools(NamedTuple):
    """What the caller brings along, as this package knows neither data nor models.

    Args:
        suffixes: of the image files that `read` reads.
        read: path -> uint8 RGB (h, w, 3), raising `DataError`.
        open_model: (path, trust) -> `RunnableModel`.
        read_ids: name or file of a class map -> function of the names of classes -> array as of `Ids`.
        clips: built-in clips, name -> a function that opens it.
        open_following: (path, trust) -> `RunnableModel` whose statistics follow the frames that it is shown.
    """

    suffixes: tuple[str, ...]
    read: Callable
    open_model: Callable
    read_ids: Callable | None = None
    clips: Mapping[str, Callable] = MappingProxyType({})
    open_following: Callable | None = None


def predict(request: Request, tools: Tools) -> Path:
    """Runs a model on an image, a folder of images, a clip or a camera; returns the output.

    Raises:
        UsageError: the request contradicts itself, its input, or outputs that are there.
        PartialResult: part of the input cannot be read; all else is done.
    """
    if request.input.startswith((inputs.CAMERA, inputs.WORLD)) and Path(request.input).is_file():
        request = replace(request, input=f"./{request.input}")  # a file of that name
    kind = kind_of(request.input, tools.suffixes)
    for name in ("hardest", "frames", "stream", "adapt"):
        if getattr(request, name) is not None and kind in ("folder", "image"):
            raise UsageError(f"--{name}", "is for footage, and the input is not footage", "Leave it out")
    if request.stream is not None and (kind == "camera" or request.input in tools.clips):
        raise UsageError("--stream", f"is for files, and the input is {request.input}", "Leave it out")
    given = frozenset(f"--{name}" for name in ("resume", "overwrite", "server") if getattr(request, name))
    if request.ids is not None:
        tools.read_ids(request.ids)  # an unknown map is told before anything is opened
    chosen = None if request.output else outputs.next_folder(inputs.stem_of(request.input))
    request = replace(request, output=request.output or str(chosen))
    with advice(Call(kind, given, chosen)):
        {"folder": _predict_folder, "image": _predict_image}.get(kind, _predict_footage)(request, tools)
    return Path(request.output)


def kind_of(name: str, suffixes: tuple[str, ...]) -> str:
    """`camera`, `footage`, `folder` or `image`, by the look of the input."""
    source = inputs.file_of(name)
    pictures = {*suffixes, *inputs.OTHER_PICTURES} - {".gif"}  # a .gif alone is footage
    if source is None:
        return "camera" if name.startswith(inputs.CAMERA) else "footage"
    return "folder" if source.is_dir() else "image" if source.suffix.lower() in pictures else "footage"


def _predict_folder(request: Request, tools: Tools) -> None:
    source = Path(request.input)
    # Nothing of the user is left out silently: what cannot be read is refused one by one.
    files = list_files(source, (*tools.suffixes, *inputs.OTHER_PICTURES, *inputs.VIDEOS), irregular=True)
    pictures = [file for file in files if file.suffix.lower() not in inputs.VIDEOS]
    if not pictures:
        clips = f", but {len(files)} clips ({files[0].name}, ...)" if files else ""
        what = f"no {', '.join(tools.suffixes)} file in this folder{clips}"
        raise DataError(source, what, "Give one clip as --input" if files else "Name a folder of images or a video")
    target = outputs.of_folder(Path(request.output), source, files, request.labels)
    with open_predictor(request, tools, target) as predictor:
        images.predict_folder(files, source, tools.read, predictor, target, request.resume)


def _predict_image(request: Request, tools: Tools) -> None:
    source = Path(request.input)
    tools.read(source)
    target = outputs.of_image(Path(request.output), source, request.labels)
    with open_predictor(request, tools, target) as predictor:
        images.predict_image(source, tools.read, predictor, target)


def _predict_footage(request: Request, tools: Tools) -> None:
    from keras_uda.predict import footage
    from keras_uda.predict.video import write

    source = open_footage(request, tools.clips)
    try:
        clip, stem = inputs.file_of(request.input), inputs.stem_of(request.input)
        target = outputs.of_video(Path(request.output), clip, stem, write.SUFFIXES, request.labels)
        write.check_writer(target.overlay)
        hardest = HARDEST if request.hardest is None else request.hardest
        wanted = footage.Wanted(request.resume, request.frames, hardest)
        with open_predictor(request, tools, target) as predictor:
            footage.predict_footage(source, predictor, target, wanted)
    finally:
        source.close()


def open_footage(request: Request, clips: Mapping[str, Callable]):
    """A `Video`, a `Camera` or one of the built-in `clips`."""
    if request.input.startswith(inputs.WORLD):
        if request.input not in clips:
            remedy = f"Write {' or '.join(clips)}"
            raise UsageError("--input", f"`{inputs.name_of(request.input)}` is not a built-in clip", remedy)
        return clips[request.input]()
    if not request.input.startswith(inputs.CAMERA):
        from keras_uda.predict.video.read import Video

        return Video(request.input, request.allow_url, request.stream)
    if request.resume:
        raise UsageError("--resume", "a camera cannot show its frames again", "Name a new --output")
    from keras_uda.predict.video.camera import Camera

    camera = Camera(request.input)
    say_line(f"{camera.name}: Ctrl-C ends the recording")
    return camera


@contextmanager
def open_predictor(request: Request, tools: Tools, target: outputs.Outputs) -> Iterator[Predictor]:
    """Opens the model and claims the outputs; says at the end how a server did."""
    if request.server is None:
        opened = tools.open_model if request.adapt is None else tools.open_following
        model = opened(request.model, request.trust_model)
        if request.hardest and not getattr(model, "gives_confidence", True):
            what = f"needs the confidence of a frame, and {request.model} gives the label map alone"
            raise UsageError("--hardest", what, "Leave it out, or export with --outputs maps")
        ids = ids_of(request, tools, model.classes)
        claim(request, target, model.sha256, model.classes)
        say_line(f"{model.kind} model at {model.size[0]}x{model.size[1]}, {len(model.classes)} classes")
        if request.adapt is not None:
            say_line("its normalisation follows the frames; the run itself stays as it is")
        predictor = predictor_of_model(model, request.opacity, request.window)
        yield predictor._replace(ids=ids, follows=None if request.adapt is None else model.follows)
        return
    model = connect(request.server, request.timeout, request.encode)
    try:
        ids = ids_of(request, tools, model.about["classes"])
        claim(request, target, model.about["model"], model.about["classes"])
        say_line(f"{model.address}: {model.about['size']}, {len(model.about['classes'])} classes")
        yield predictor_of_server(model, request.opacity, request.in_flight)._replace(ids=ids)
    finally:
        model.close()
        if model.latencies:
            say_line(model.summary())


def ids_of(request: Request, tools: Tools, classes: list[str]) -> Ids | None:
    """What label pictures hold; None for the indices of the model's classes."""
    return None if request.ids is None else Ids(tools.read_ids(request.ids)(classes))


def claim(request: Request, target: outputs.Outputs, model: str, classes: list[str]) -> None:
    """Makes the output folders and writes down what this call is; see `existing.claim`."""
    identity = {"input": inputs.name_of(request.input), "fingerprint": inputs.fingerprint(request.input)}
    identity |= {"model": model, "classes": list(classes), "window": request.window, "stream": request.stream}
    identity |= {"ids": request.ids, "adapt": request.adapt}
    existing.claim(target, existing.Existing(request.resume, request.overwrite), identity)
