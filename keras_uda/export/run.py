"""The verb `export`: a run becomes an export folder, and a version for TensorFlow Serving where one is asked for."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from keras_uda.core import runtime
from keras_uda.core.console import say
from keras_uda.export.publish import export_run
from keras_uda.export.serving_folder import WARM_UP_BATCHES
from keras_uda.export.serving_folder import publish_version
from keras_uda.export.write import Wanted

SAVED_MODEL = Path("saved_model") / "1"


class Serving(NamedTuple):
    """Where the SavedModel is served from.

    Args:
        base: folder of all models; None is `serving/` of the export folder.
        name: of the model.
        version: None is the highest + 1.
    """

    base: Path | None
    name: str
    version: int | None = None

    def publish(self, export: Path, base: Path, frames: np.ndarray) -> Path:
        """Puts the SavedModel of an export folder below `base`; `frames` are those it was checked on."""
        return publish_version(export / SAVED_MODEL, base, self.name, self.version, frames[: max(WARM_UP_BATCHES)])


def export(run: Path, output: Path | None, wanted: Wanted, serving: Serving | None = None) -> Path:
    """Exports a run; see `export_run`.

    Args:
        run: the folder.
        output: new folder, or None for the next free one.
        wanted: formats and quantisations.
        serving: publish a version as well.
    Returns:
        The export folder.
    """
    runtime.set_up(seed=0)
    checked = []

    def before_publication(staged: Path, frames: np.ndarray) -> None:
        checked.append(frames)
        if serving is not None and serving.base is None and (staged / SAVED_MODEL).is_dir():
            serving.publish(staged, staged / "serving", frames)

    folder = export_run(run, output, wanted, before_publication)
    if serving is not None and serving.base is not None and (folder / SAVED_MODEL).is_dir():
        say(f"served as {serving.publish(folder, serving.base, checked[0])}")
    return folder
