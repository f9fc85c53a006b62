"""A run folder around a segmenter of a few thousand weights, and its export; made once per process of tests."""

import atexit
import functools
import json
import shutil
import tempfile
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_uda.config.schema import SegmenterConfig
from keras_uda.core.classes import CITYSCAPES
from keras_uda.segmenters.build import build_segmenter
from keras_uda.segmenters.build import save_segmenter
from keras_uda.segmenters.weights.record import make_record
from tests.pictures import HEIGHT
from tests.pictures import WIDTH
from tests.pictures import frame


def make_run(folder: Path, classes: tuple[str, ...] = CITYSCAPES, seed: int = 0, frames: bool = True) -> Path:
    """Writes what `train.py` leaves in a finished run folder, without training."""
    keras.utils.set_random_seed(seed)
    config = SegmenterConfig(name="tiny", weights="none")
    segmenter = build_segmenter(config, len(classes))
    head = segmenter.get_layer("logits")
    head.kernel.assign(8 * head.kernel)  # decided predictions, many classes
    folder.mkdir(parents=True)
    save_segmenter(segmenter, folder, make_record(config, classes, f"{WIDTH}x{HEIGHT}", {"method": "toy"}))
    record = {"status": "finished", "started": 100.0 + seed, "method": "advent", "seed": seed}
    (folder / "run.json").write_text(json.dumps(record))
    if frames:
        (folder / "frames").mkdir()
        images = np.stack([frame(index) for index in range(6)])
        labels = (images[..., 0] // 64).astype("uint8")
        np.savez(folder / "frames" / "adapted.npz", names=np.array(list("abcdef")), images=images, labels=labels)
    return folder


@functools.cache
def place() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="keras_uda-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@functools.cache
def toy_run() -> Path:
    return make_run(place() / "runs" / "toy-1")


@functools.cache
def toy_exports() -> Path:
    """An export folder with a SavedModel and a float32 .tflite file, checked by `run_here`."""
    from keras_uda.export import publish
    from keras_uda.export.publish import export_run
    from keras_uda.export.write import Wanted

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publish.parity, "run_apart", run_here)
        return export_run(toy_run(), place() / "exports" / "toy-1-1", Wanted())


@functools.cache
def toy_forms() -> Path:
    """An export folder with all forms of the outputs but `half`, whatever they cost."""
    from keras_uda.export import bounds
    from keras_uda.export import publish
    from keras_uda.export.write import Wanted

    wanted = Wanted(outputs=("maps", "label_map", "logits"), argmax=("full", "small"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publish.parity, "run_apart", run_here)
        patch.setattr(bounds, "PRICES", dict.fromkeys(bounds.PRICES, bounds.Bounds(0.0, 1.0)))
        return publish.export_run(toy_run(), place() / "exports" / "toy-1-forms", wanted)


def run_here(artefact: Path, images: np.ndarray, larger: np.ndarray | None = None):
    """Stands for `parity.run_apart`: in this process, seconds less per artefact, same numbers."""
    from keras_uda.artefacts import runners
    from keras_uda.export.parity import Maps

    runner = runners.open_artefact(artefact)
    of_larger = () if larger is None else tuple(runner.of_larger(larger))
    return Maps(*runner(images), 1.0, runner.foreign_ops(), 1.0, larger=of_larger)
