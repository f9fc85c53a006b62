"""`export.py`: run folder -> SavedModel, LiteRT files, serving folder, each checked against Keras before it is seen."""

import importlib.util
import re
from pathlib import Path

from keras_uda.artefacts.manifest import EXPORTS
from keras_uda.config.command_line import Parser
from keras_uda.config.names import BRANCHES
from keras_uda.config.names import FORMATS
from keras_uda.config.names import OPTIONAL_FORMATS
from keras_uda.config.names import OPTIONAL_QUANTIZATIONS
from keras_uda.config.names import QUANTIZATIONS
from keras_uda.core.atomic import require_writable
from keras_uda.core.console import say
from keras_uda.core.errors import DataError
from keras_uda.core.errors import ResourceError
from keras_uda.core.errors import UsageError
from keras_uda.runs.folder import newest_run

EXTRAS = {"formats": ("onnx", ("tf2onnx", "onnxruntime")), "quantize": ("selective", ("ai-edge-quantizer",))}


def parser() -> Parser:
    parser = Parser(prog="export.py", description="Exports a run and proves that it is the same model.")
    parser.add_argument("--run", metavar="DIR", help="run folder (default: the newest finished one)")
    parser.add_argument("--output", metavar="DIR", help="new folder (default: exports/<run>-<n>)")
    text = f"what to write (default: {' '.join(FORMATS)}); onnx needs the extra of that name"
    parser.add_argument("--formats", nargs="+", choices=FORMATS + OPTIONAL_FORMATS, default=list(FORMATS), help=text)
    text = "one .tflite file each; int8 is calibrated on target images; selective keeps sensitive layers in float"
    parser.add_argument(
        "--quantize", nargs="+", choices=QUANTIZATIONS + OPTIONAL_QUANTIZATIONS, default=["none"], help=text
    )
    text = "target images that int8 is calibrated on"
    parser.add_argument("--calibration", type=int, default=100, metavar="N", help=text)
    text = "parts of names of layers that int8 keeps in float, beside both ends of the network"
    parser.add_argument("--float-layers", nargs="+", default=[], metavar="NAME", help=text)
    text = "of the SavedModel: the size of the network, or any size, resized in the graph"
    parser.add_argument("--input-size", choices=("fixed", "free"), default="fixed", help=text)
    text = "of a segmenter with two scales: both, or the cheap one alone, which sees the image at half scale"
    parser.add_argument("--branch", choices=BRANCHES, default=BRANCHES[0], help=text)
    text = "licence of the weights, written into every artefact"
    parser.add_argument("--licence", default="not stated", metavar="TEXT", help=text)
    text = "also publish for TensorFlow Serving: BASE/<name>/<version>/, without BASE into the export folder"
    parser.add_argument("--serving", nargs="?", const="", default=None, metavar="BASE", help=text)
    parser.add_argument("--name", default="segmenter", metavar="NAME", help="of the served model")
    parser.add_argument("--version", type=int, metavar="N", help="of the served model (default: the highest + 1)")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    return parser


def main(arguments: list[str]) -> None:
    flags = parser().parse_args(arguments)
    check_flags(flags)
    run = Path(flags.run) if flags.run else newest_run(finished=True).path
    if not run.is_dir():
        raise UsageError("--run", f"{run} is not a folder", "Name a run folder")
    output = Path(flags.output) if flags.output else None
    if output is not None and output.exists():
        raise UsageError("--output", f"{output} exists already, and exports are never changed", "Name a new folder")
    require_place(output or EXPORTS, output.parent if output else EXPORTS)
    folder = export(run, output, flags)
    say(f"next: python -m keras_uda predict --input drive.mp4 --model {folder}")
    from keras_uda.export.publish import require_whole

    require_whole(folder)


def require_place(named: Path, folder: Path) -> None:
    """Raises `ResourceError` that names what the user named, if nothing can be written into `folder`."""
    try:
        require_writable(folder)
    except DataError as error:  # /proc and its like say that what cannot be made does not exist
        raise ResourceError(named, "nothing can be written here", "Name another folder") from error
    except ResourceError as error:
        raise ResourceError(named, error.what, error.remedy) from error


def check_flags(flags) -> None:
    """What one flag cannot know of another, before anything is loaded."""
    for flag, (value, packages) in EXTRAS.items():
        missing = [name for name in packages if importlib.util.find_spec(name.replace("-", "_")) is None]
        if value in getattr(flags, flag) and missing:
            remedy = f"pip install {' '.join(packages)}, or leave {value} out"
            raise UsageError(f"--{flag}", f"{value} needs {' and '.join(missing)}", remedy)
    if flags.quantize != ["none"] and "tflite" not in flags.formats:
        raise UsageError("--quantize", "only .tflite files can be quantised", "Add tflite to --formats")
    if flags.input_size == "free" and "saved_model" not in flags.formats:
        raise UsageError("--input-size", "only a SavedModel takes frames of any size", "Add saved_model to --formats")
    if flags.float_layers and not {"int8", "selective"} & set(flags.quantize):
        raise UsageError("--float-layers", "are those that int8 keeps in float", "Add int8 to --quantize")
    if flags.calibration < 1:
        raise UsageError("--calibration", f"{flags.calibration} is not a number of images", "Give for example 100")
    if flags.serving is None:
        if flags.version is not None:
            raise UsageError("--version", "is the version of a served model", "Add --serving BASE")
        return
    if "saved_model" not in flags.formats:
        raise UsageError("--serving", "serves the SavedModel", "Add saved_model to --formats")
    if not re.fullmatch(r"[A-Za-z][\w-]{0,63}", flags.name, re.ASCII):
        raise UsageError("--name", f"`{flags.name}` is not a model name", "Use letters, digits, _ and -")
    if flags.version is not None and flags.version < 1:
        raise UsageError("--version", f"{flags.version} is not a version", "Give 1 or more")
    from keras_uda.export import serving_folder

    serving_folder.require_api()
    if flags.serving:
        require_place(Path(flags.serving), Path(flags.serving) / flags.name)
    if flags.serving and flags.version is not None:
        serving_folder.require_free(Path(flags.serving) / flags.name, flags.version)


def export(run: Path, output: Path | None, flags) -> Path:
    from keras_uda.segmenters.weights.record import read_record

    _, config = read_record(run)  # a folder that is no run is refused before TensorFlow is imported
    if flags.branch != "fused" and config.scales == 1:
        raise UsageError("--branch", f"{run} has a segmenter of one scale", "Leave it out")
    from keras_uda.export import run as verb
    from keras_uda.export.write import Wanted

    unique = {name: tuple(dict.fromkeys(getattr(flags, name))) for name in ("formats", "quantize", "float_layers")}
    others = ("input_size", "calibration", "licence", "branch")
    wanted = Wanted(**unique, **{name: getattr(flags, name) for name in others})
    serving = None
    if flags.serving is not None:
        serving = verb.Serving(Path(flags.serving) if flags.serving else None, flags.name, flags.version)
    return verb.export(run, output, wanted, serving)
