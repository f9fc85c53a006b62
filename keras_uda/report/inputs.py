"""The files of a run folder, as far as they are there: a report is made of what it finds."""

import json
import zipfile
from dataclasses import dataclass
from dataclasses import field
from functools import cached_property
from pathlib import Path

import numpy as np

from keras_uda.config.names import METHODS
from keras_uda.config.names import RECIPES
from keras_uda.core.errors import UsageError
from keras_uda.core.strict_yaml import parse_yaml
from keras_uda.evaluation.metrics import confusion
from keras_uda.evaluation.metrics import frame_miou
from keras_uda.evaluation.metrics import merge_map
from keras_uda.evaluation.models import MODELS
from keras_uda.evaluation.models import model_of
from keras_uda.runs.folder import read_json
from keras_uda.runs.metrics_log import read_metrics


@dataclass
class Frames:
    """A sample of the evaluation frames with every model's label map; merged classes are merged.

    Args:
        names: of the frames.
        images: uint8 (n,H,W,3).
        labels: uint8 (n,h,w), None without labels.
        predictions: model -> uint8 (n,h,w).
        entropy: uint8 (n,H,W) of the run's own model in units of 1/255 of the maximum, None if not kept.
    """

    names: list[str] = field(default_factory=list)
    images: np.ndarray | None = None
    labels: np.ndarray | None = None
    predictions: dict[str, np.ndarray] = field(default_factory=dict)
    entropy: np.ndarray | None = None


@dataclass
class Inputs:
    """A run folder; everything that is missing or damaged is empty.

    Args:
        folder: the run folder.
    """

    folder: Path

    @cached_property
    def record(self) -> dict:
        return read_json(self.folder / "run.json")

    @cached_property
    def evaluation(self) -> dict:
        return read_json(self.folder / "evaluation.json")

    @cached_property
    def config_text(self) -> str:
        path = self.folder / "config.yaml"
        return path.read_text(errors="replace") if path.is_file() else ""

    @cached_property
    def config(self) -> dict:
        try:
            content = parse_yaml(self.config_text)
        except UsageError:
            content = None
        return content if isinstance(content, dict) else {}

    @cached_property
    def metrics(self) -> list[dict]:
        return [line for line in read_metrics(self.folder / "metrics.jsonl") if "stage" in line and "step" in line]

    @cached_property
    def classes(self) -> list[str]:
        return list(self.evaluation.get("classes") or self.setting("data", "classes", default=()))

    @cached_property
    def merge(self) -> dict[str, str]:
        return self.setting("evaluation", "merge", default={})

    @cached_property
    def scored(self) -> dict[str, dict]:
        """Model -> its scores, for the models that have some."""
        return {model: self.evaluation[model] for model in MODELS if self.evaluation.get(model)}

    @property
    def evaluated(self) -> dict:
        """What `evaluate` scored in this folder, and how; empty for a run itself."""
        return self.record.get("evaluated") or {}

    @cached_property
    def main(self) -> str:
        """The model that the run is about."""
        return model_of(self.setting("method"))

    @property
    def method(self) -> str:
        """Name of the method as its class is called: `AdvEnt`."""
        name = str(self.setting("method", default="adapted"))
        return METHODS.get(name, f".{name.upper() if name in RECIPES else name}").rpartition(".")[2]

    def domain(self, side: str) -> str:
        """What to call the source or the target: its reader, or the folder for the reader of any folder."""
        name, root = self.setting("data", side, "name", default=f"the {side}"), self.setting("data", side, "root")
        return Path(root).name or name if name == "folder" and root else name

    def setting(self, *keys: str, default=None):
        """A value of `config.yaml`, `default` where it is absent."""
        place = self.config
        for key in keys:
            place = place.get(key) if isinstance(place, dict) else None
        return default if place is None else place

    @cached_property
    def frames(self) -> Frames:
        kept = {model: _read_arrays(self.folder / "frames" / f"{model}.npz") for model in MODELS}
        carrier = next((arrays for arrays in kept.values() if "images" in arrays), None)
        if carrier is None or not len(carrier["images"]):
            return Frames()
        whole = [i for i, image in enumerate(carrier["images"]) if image.any()]  # blank: of another size, left out
        names = [str(carrier["names"][i]) for i in whole]
        merge = merge_map(self.classes, self.merge)
        predictions = {}
        for model, arrays in kept.items():
            place = {str(name): i for i, name in enumerate(arrays.get("names", ()))}
            if all(name in place for name in names) and "predictions" in arrays:
                predictions[model] = merge[arrays["predictions"][[place[name] for name in names]]]
        optional = {key: carrier[key][whole] if key in carrier else None for key in ("labels", "entropy")}
        return Frames(names, carrier["images"][whole], predictions=predictions, **optional)

    @cached_property
    def frame_scores(self) -> dict[str, dict[str, float | None]]:
        """Model -> frame -> mIoU; from `frames/scores.json`, else from the label maps that were kept."""
        stored = read_json(self.folder / "frames" / "scores.json")
        frames, found = self.frames, {}
        for model, maps in frames.predictions.items():
            found[model] = dict(stored.get(model) or {})
            for i, name in enumerate(frames.names):
                if name not in found[model] and frames.labels is not None:
                    found[model][name] = frame_miou(confusion(frames.labels[i], maps[i], len(self.classes)))
        return found


def _read_arrays(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return {}


def read_list(path: Path) -> list:
    """A JSON list, empty where the file is missing, damaged or something else."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return []
    return content if isinstance(content, list) else []
