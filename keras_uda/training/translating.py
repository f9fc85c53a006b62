"""Source images that a stage translates when it is trained, and stages after it train on."""

import hashlib
import io
import json
import math

import keras
import numpy as np

from keras_uda.config.method_spec import argument_of
from keras_uda.config.names import EVERY_METHOD
from keras_uda.config.names import resolve
from keras_uda.core.arrays import read_arrays
from keras_uda.core.atomic import atomic_write
from keras_uda.core.console import say
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import DataError
from keras_uda.core.fault_points import fault_point
from keras_uda.core.outside import MEGABYTE
from keras_uda.data.prepared import Prepared
from keras_uda.runs.notes import add_note
from keras_uda.runs.stage import Stage
from keras_uda.training.state import state_hash
from keras_uda.translations.folder import TranslationFolder
from keras_uda.translations.generate import generate
from keras_uda.translations.join import with_translations

FOLDER, WEIGHTS = "translations", "translator.npz"  # of the folder of the stage that translates
REMEDY = "Restore it, or start with a new --output"


def keep_translations(stage: Stage, translator: keras.Layer, source: Prepared, regenerate: bool = False) -> None:
    """Writes the weights of a translator, and what it makes of the source images; goes on where a kill stopped it.

    Args:
        stage: that trained it.
        translator: float32 weights, in the order of `build_translator`.
        source: all source images of the run.
        regenerate: make translations that were changed again.
    """
    stream = io.BytesIO()
    np.savez(stream, **{f"{number:04d}": np.asarray(weight) for number, weight in enumerate(translator.weights)})
    stage.folder.mkdir(parents=True, exist_ok=True)
    atomic_write(stage.folder / WEIGHTS, stream.getvalue())
    fault_point("translator-written")
    open_translations(stage, source, regenerate)
    text = f"Stage {stage.name}: {stage.steps} steps of a translator. They are no source batches: no baseline has them."
    add_note(stage.run_folder.path, f"{stage.name}/translator", text)


def translated_source(stage: Stage, source: Prepared, regenerate: bool = False) -> Prepared:
    """The source images that a stage with `translations` trains on.

    Raises:
        DataError: translations were changed, are missing, or belong to something else.
        ArtefactError: the translator is missing or damaged.
    """
    translating = stage.translator
    if translating.run_folder.path == stage.run_folder.path:
        folder = open_translations(translating, source, regenerate)
    else:
        folder = read_translations(translating, source)
    return with_translations(source, folder, stage.config.translations.originals)


def require_translations(stage: Stage) -> None:
    """Raises what `translated_source` would, as far as it is known before anything is trained."""
    translating = stage.translator
    if translating is not None and translating.run_folder.path != stage.run_folder.path:
        require_complete(translating)


def open_translations(stage: Stage, source: Prepared, regenerate: bool) -> TranslationFolder:
    """The translations of a stage, complete; made now as far as they are not there."""
    translator = load_translator(stage)
    folder = TranslationFolder(stage.folder / FOLDER, identity(translator, source))
    if not folder.open(regenerate):
        generate(source, translator, folder)
        say(f"translations: {len(source)} source images in the look of the target")
    return folder


def read_translations(stage: Stage, source: Prepared) -> TranslationFolder:
    """The translations of a stage of another run, which nothing is written into.

    Raises:
        DataError: they are not complete, were changed, or are of other source images.
        ArtefactError: the translator is missing or damaged.
    """
    require_complete(stage)
    folder = TranslationFolder(stage.folder / FOLDER, identity(load_translator(stage), source))
    folder.remedy = "Restore them, or name a run with the same source"
    folder.open()
    return folder


def require_complete(stage: Stage) -> None:
    path = stage.folder / FOLDER
    if not (path / "manifest.json").is_file():
        raise DataError(path, "no complete translations", "Finish that run, or name another one")


def load_translator(stage: Stage) -> keras.Layer:
    """The translator that a stage left.

    Raises:
        ArtefactError: its file is missing, damaged, or of other sizes.
    """
    path = stage.folder / WEIGHTS
    arguments = {name: argument_of(stage.config, name) for name in stage.facts.arguments}
    translator = resolve(EVERY_METHOD, stage.method, "methods").build_translator(arguments)
    expected = sum(4 * math.prod(weight.shape) for weight in translator.weights)
    arrays = read_arrays(path, 2 * expected + MEGABYTE, error=ArtefactError, remedy=REMEDY)
    try:
        translator.set_weights([arrays[key] for key in sorted(arrays)])
    except ValueError as error:
        raise ArtefactError(path, "does not fit the translator of this stage", REMEDY) from error
    return translator


def identity(translator: keras.Layer, source: Prepared) -> dict:
    """What translations depend on; in their manifest."""
    weights = {f"{number:04d}": weight for number, weight in enumerate(translator.weights)}
    images = json.dumps([source.names, source.digests]).encode()
    size = "x".join(map(str, source.size))
    return {"model": state_hash(weights), "size": size, "source": hashlib.sha256(images).hexdigest()}
