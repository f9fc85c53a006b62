"""Any model of ours, ready to run on frames: a run folder, an export folder, a SavedModel, a .tflite or .onnx file."""

from collections.abc import Callable
from pathlib import Path

from keras_uda.artefacts import manifest
from keras_uda.artefacts import runners
from keras_uda.artefacts.model import checked_model
from keras_uda.artefacts.model import model_of
from keras_uda.artefacts.program import require_harmless
from keras_uda.artefacts.trial import require_runnable
from keras_uda.artefacts.trial import short
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import UdaError
from keras_uda.core.errors import UsageError
from keras_uda.core.outside import require_regular
from keras_uda.core.runnable import RunnableModel

REMEDY = "Give a run folder, an export folder, a SavedModel, a .tflite or an .onnx file"


def open_model(path: Path | str, trust: bool = False) -> RunnableModel:
    """Opens a model by what its files say.

    Args:
        path: folder or file.
        trust: run a SavedModel even if no `export.json` lists it, or if it reaches files, the network or Python.
    Raises:
        ArtefactError: nothing we know, damaged, changed since it was exported, or a program that is not trusted.
    """
    path = Path(path)
    if not path.exists():
        raise _missing(path)
    if path.is_dir() and (path / "segmenter.json").is_file():
        return _open_keras(path)
    if path.is_dir() and (path / manifest.MANIFEST).is_file():
        return _open_listed(path)
    return _open_artefact(path, manifest.entry_of, trust)


def open_following(path: Path | str, trust: bool = False) -> RunnableModel:
    """Opens the segmenter of a run, whose batch normalisation then follows the frames that it is shown, in their order.

    Args:
        path: run folder; nothing is written into it.
        trust: as for `open_model`; a run needs none.
    Raises:
        UsageError, ArtefactError: see `following_of`.
    """
    following, record = following_of(Path(path))
    return model_of(following, Path(path), record, "keras", record["sha256"])._replace(follows=following.summary)


def following_of(path: Path) -> tuple:
    """The `Following` of a run, and the record of its segmenter.

    Raises:
        UsageError: an export, whose normalisation is part of its weights, or a segmenter without such layers.
        ArtefactError: nothing we know, or damaged.
    """
    if not path.exists():
        raise _missing(path)
    if not (path.is_dir() and (path / "segmenter.json").is_file()):
        what = f"needs a run folder; {path} is none, and an export has folded its normalisation into its weights"
        raise UsageError("--adapt", what, "Give the run as --model, or leave --adapt out")
    from keras_uda.core import runtime  # noqa: F401  # isort: skip - TensorFlow is set up before anything imports it
    from keras_uda.segmenters.build import load_segmenter
    from keras_uda.segmenters.following import Following

    segmenter, record = load_segmenter(path)
    try:
        return Following(segmenter), record
    except ValueError as error:
        what = f"re-estimates batch normalisation, and {error}"
        raise UsageError("--adapt", what, "Leave it out, or train with `batch_norm: live`") from error


def _missing(path: Path) -> ArtefactError:
    """The error for a path that is not there: an export folder around it knows what it holds, and what failed."""
    folder = next((one for one in path.parents if (one / manifest.MANIFEST).is_file()), None)
    if folder is None:
        return ArtefactError(path, "no such model", REMEDY)
    content = manifest.read_manifest(folder)
    there = f"In {folder} there are {', '.join(one['file'] for one in content['artefacts'].values())}"
    for one in content.get("failed", {}).values():
        if folder / one["file"] == path:
            return ArtefactError(path, f"was not published: {one['why']}", f"{there}. {one['remedy']}")
    return ArtefactError(path, "no such model", there)


def _open_listed(folder: Path) -> RunnableModel:
    """The preferred artefact of an export folder, by the record of this folder and of no other."""
    content = manifest.read_manifest(folder)
    entries = content["artefacts"]
    entry = next(entries[name] for name in ("tflite", "saved_model", *entries) if name in entries)
    manifest.require_unchanged(folder / entry["file"], entry)
    return _open_artefact(folder / entry["file"], lambda _: (content, entry))


def _open_artefact(path: Path, look_up: Callable, trust: bool = False) -> RunnableModel:
    """Opens a file or a SavedModel; `look_up` gives what `manifest.entry_of` gives."""
    if not path.is_dir():
        require_regular(path, error=ArtefactError, remedy=REMEDY)
        if path.suffix not in (".tflite", ".onnx"):
            raise ArtefactError(path, "not a kind of model file that can be opened", REMEDY)
        return (_open_litert if path.suffix == ".tflite" else _open_onnx)(path, look_up(path))
    folder = _saved_model_folder(path)
    if folder is None:
        raise ArtefactError(path, "contains neither segmenter.json nor export.json nor saved_model.pb", REMEDY)
    return _open_saved_model(folder, look_up(folder), trust)


def _saved_model_folder(path: Path) -> Path | None:
    """The folder itself, or its highest version."""
    versions = sorted((entry for entry in path.iterdir() if entry.name.isdecimal()), key=lambda entry: int(entry.name))
    for folder in (path, *reversed(versions)):
        if (folder / "saved_model.pb").is_file():
            return folder
    return None


def _open_keras(run: Path) -> RunnableModel:
    from keras_uda.core import runtime  # noqa: F401  # isort: skip - TensorFlow is set up before anything imports it
    from keras_uda.segmenters.build import load_segmenter
    from keras_uda.segmenters.inference import runner_of

    segmenter, record = load_segmenter(run)
    return model_of(runner_of(segmenter), run, record, "keras", record["sha256"])


def _open_litert(path: Path, known: tuple | None) -> RunnableModel:
    require_runnable(path)
    try:
        runner = runners.LiteRT(path)
        signature = runner.signature()
    except Exception as error:  # the interpreter raises ValueError, RuntimeError, UnicodeDecodeError for bad files
        raise ArtefactError(path, f"not a .tflite file of export.py ({short(error)})", "Export again") from error
    return checked_model(path, runner, signature, known, "tflite")


def _open_onnx(path: Path, known: tuple | None) -> RunnableModel:
    try:
        require_runnable(path)
        runner = runners.Onnx(path)
        signature = runner.signature()
    except ImportError as error:
        raise ArtefactError(path, "needs ONNX Runtime", "pip install onnxruntime, or give the .tflite file") from error
    except UdaError:
        raise
    except Exception as error:  # ONNX Runtime raises its own classes
        raise ArtefactError(path, f"not an .onnx file of export.py ({short(error)})", "Export again") from error
    return checked_model(path, runner, signature, known, "onnx")


def _open_saved_model(folder: Path, known: tuple | None, trust: bool) -> RunnableModel:
    from keras_uda.core import runtime  # noqa: F401 - sets TensorFlow up

    if not trust:
        require_harmless(folder, known is not None)
    try:
        runner = runners.SavedModel(folder)
        signature = runner.signature()
    except Exception as error:  # TensorFlow raises its own classes, OSError, KeyError, AttributeError
        raise ArtefactError(folder, f"not a SavedModel of export.py ({short(error)})", "Export again") from error
    return checked_model(folder, runner, signature, known, "saved_model")
