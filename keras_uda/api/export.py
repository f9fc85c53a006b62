"""`export`: a run becomes a SavedModel, LiteRT files and a serving folder, each checked against Keras first."""

import importlib.util
import re
from argparse import Namespace
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path

from keras_uda.api.options import AnyPath
from keras_uda.artefacts.manifest import EXPORTS
from keras_uda.config.names import ARGMAX
from keras_uda.config.names import BRANCHES
from keras_uda.config.names import CALIBRATED
from keras_uda.config.names import FORMATS
from keras_uda.config.names import OPTIONAL_QUANTIZATIONS
from keras_uda.config.names import OUTPUTS
from keras_uda.core.atomic import require_writable
from keras_uda.core.errors import DataError
from keras_uda.core.errors import ResourceError
from keras_uda.core.errors import UsageError
from keras_uda.runs.folder import newest_run

EXTRAS = (  # flag, value, packages that it needs
    ("formats", "onnx", ("tf2onnx", "onnxruntime")),
    *(("quantize", name, ("ai-edge-quantizer",)) for name in OPTIONAL_QUANTIZATIONS),
)
RARER = {"calibration": 100, "input_size": "fixed", "branch": BRANCHES[0], "float_layers": []}


def export(
    run: AnyPath | None = None,
    output: AnyPath | None = None,
    *,
    formats: Sequence[str] = FORMATS,
    quantize: Sequence[str] = ("none",),
    outputs: Sequence[str] = OUTPUTS[:1],
    argmax: Sequence[str] = ARGMAX[:1],
    licence: str = "not stated",
    options: Mapping[str, object] | None = None,
) -> Path:
    """Writes a run in forms that need nothing of this package, and proves that each is the same model.

    Args:
        run: run folder; None: the newest finished one.
        output: new folder; None: `exports/<run>-<n>`.
        formats: out of `saved_model`, `tflite`, `onnx`.
        quantize: one `.tflite` file each: `none`, `float16`, `dynamic`, `int8`, `uint8`, `int8_aeq`,
            `selective` (docs/export.md).
        outputs: `maps` (label map and confidence), `label_map`, `logits`; one artefact of every kind for each.
        argmax: where a pixel gets its class: `full`, `half` or `small`; one artefact of every kind for each.
        licence: of the weights, written into every artefact.
        options: the rarer ones. `calibration`: target images that int8 is calibrated on (100); `input_size` of the
            SavedModel: `fixed`, or `free`: any size, resized in the graph; `branch` of a segmenter with two scales:
            `fused`, or `context`, the cheap one alone; `float_layers` that int8 leaves in float.
    Returns:
        The export folder, with `export.json`.
    Raises:
        UsageError: anything that cannot be meant. ArtefactError: nothing passed its check. PartialResult: the folder is
        there, without an artefact that failed.
    """
    flags = {"formats": list(formats), "quantize": list(quantize), "licence": licence}
    flags |= {"outputs": list(outputs), "argmax": list(argmax)}
    rarer = RARER | dict(options or {})
    if unknown := sorted(rarer.keys() - RARER.keys()):
        raise UsageError("options", f"there is no `{unknown[0]}`", f"Known are {', '.join(RARER)}")
    others = {"serving": None, "name": "segmenter", "version": None}
    folder = publish(Namespace(run=run, output=output, **flags, **rarer, **others))
    from keras_uda.export.publish import require_whole

    require_whole(folder)
    return folder


def publish(flags: Namespace) -> Path:
    """Checks the flags of the verb `export`, and exports."""
    check_flags(flags)
    run = Path(flags.run) if flags.run else newest_run(finished=True).path
    if not run.is_dir():
        raise UsageError("--run", f"{run} is not a folder", "Name a run folder")
    output = Path(flags.output) if flags.output else None
    if output is not None and output.exists():
        raise UsageError("--output", f"{output} exists already, and exports are never changed", "Name a new folder")
    require_place(output or EXPORTS, output.parent if output else EXPORTS)
    return write(run, output, flags)


def require_place(named: Path, folder: Path) -> None:
    """Raises `ResourceError` that names what the user named, if nothing can be written into `folder`."""
    try:
        require_writable(folder)
    except DataError as error:  # /proc and its like say that what cannot be made does not exist
        raise ResourceError(named, "nothing can be written here", "Name another folder") from error
    except ResourceError as error:
        raise ResourceError(named, error.what, error.remedy) from error


def check_flags(flags: Namespace) -> None:
    """What one flag cannot know of another, before anything is loaded."""
    _check_packages(flags)
    _check_forms(flags)
    _check_quantisation(flags)
    if flags.serving is not None:
        _check_serving(flags)
    elif flags.version is not None:
        raise UsageError("--version", "is the version of a served model", "Add --serving BASE")


def _check_packages(flags: Namespace) -> None:
    for flag, value, packages in EXTRAS:
        missing = [name for name in packages if importlib.util.find_spec(name.replace("-", "_")) is None]
        if value in getattr(flags, flag) and missing:
            remedy = f"pip install {' '.join(packages)}, or leave {value} out"
            raise UsageError(f"--{flag}", f"{value} needs {' and '.join(missing)}", remedy)


def _check_forms(flags: Namespace) -> None:
    """Which outputs, and of frames of which size."""
    if flags.input_size == "free" and "saved_model" not in flags.formats:
        raise UsageError("--input-size", "only a SavedModel takes frames of any size", "Add saved_model to --formats")
    for flag, known in (("outputs", OUTPUTS), ("argmax", ARGMAX)):
        unknown = [value for value in getattr(flags, flag) if value not in known]
        if unknown or not getattr(flags, flag):
            what = f"`{unknown[0]}` is none of its values" if unknown else "is empty"
            raise UsageError(f"--{flag}", what, f"Give some of {', '.join(known)}")
    if flags.argmax != ["full"] and set(flags.outputs) == {"logits"}:
        raise UsageError("--argmax", "logits have no argmax", "Leave it out, or add label_map to --outputs")


def _check_quantisation(flags: Namespace) -> None:
    if flags.quantize != ["none"] and "tflite" not in flags.formats:
        raise UsageError("--quantize", "only .tflite files can be quantised", "Add tflite to --formats")
    if flags.float_layers and not CALIBRATED & set(flags.quantize):
        raise UsageError("--float-layers", "are those that int8 keeps in float", "Add int8 to --quantize")
    if flags.calibration < 1:
        raise UsageError("--calibration", f"{flags.calibration} is not a number of images", "Give for example 100")


def _check_serving(flags: Namespace) -> None:
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


def write(run: Path, output: Path | None, flags: Namespace) -> Path:
    """Makes the export folder of a run."""
    from keras_uda.segmenters.weights.record import read_record

    _, config = read_record(run)  # a folder that is no run is refused before TensorFlow is imported
    if flags.branch != "fused" and config.scales == 1:
        raise UsageError("--branch", f"{run} has a segmenter of one scale", "Leave it out")
    from keras_uda.export import run as verb
    from keras_uda.export.write import Wanted

    several = ("formats", "quantize", "float_layers", "outputs", "argmax")
    unique = {name: tuple(dict.fromkeys(getattr(flags, name))) for name in several}
    others = ("input_size", "calibration", "licence", "branch")
    wanted = Wanted(**unique, **{name: getattr(flags, name) for name in others})
    serving = None
    if flags.serving is not None:
        serving = verb.Serving(Path(flags.serving) if flags.serving else None, flags.name, flags.version)
    return verb.export(run, output, wanted, serving)
