"""The files of a run folder, as far as they are there and whole: a report is made of what it finds, and names the rest.

Anybody may have written them. They are read through `core/outside.py`, none from outside the run folder, and what is in
them is checked against `records`.
"""

import os
from collections.abc import Callable
from collections.abc import Collection
from dataclasses import dataclass
from dataclasses import field
from functools import cached_property
from pathlib import Path

from keras_uda.config.names import METHODS
from keras_uda.config.names import NO_SOURCE
from keras_uda.config.names import RECIPES
from keras_uda.core.console import shortened
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UdaError
from keras_uda.core.json_records import read_json
from keras_uda.core.json_records import read_json_lines
from keras_uda.core.outside import MEGABYTE
from keras_uda.core.outside import inside
from keras_uda.core.outside import read_text
from keras_uda.core.strict_yaml import LARGEST_FILE
from keras_uda.core.strict_yaml import parse_yaml
from keras_uda.evaluation.metrics import confusion
from keras_uda.evaluation.metrics import frame_miou
from keras_uda.evaluation.metrics import merge_map
from keras_uda.evaluation.models import MODELS
from keras_uda.evaluation.models import model_of
from keras_uda.evaluation.scores_file import Evaluation
from keras_uda.evaluation.scores_file import misfit
from keras_uda.report import records
from keras_uda.report.frames import Frames
from keras_uda.report.frames import read_frames

LARGEST_JSON, LARGEST_LOG = 4 * MEGABYTE, 32 * MEGABYTE
LONGEST_PROBLEM = 300
LARGEST_SCORES = 32 * MEGABYTE  # one number for each frame of the split


@dataclass
class Inputs:
    """A run folder; everything that is missing or damaged is empty.

    Args:
        folder: the run folder.
        problems: a line for everything that is there and is not shown.
    """

    folder: Path
    problems: list[str] = field(default_factory=list)

    def problem(self, where: str, what: str) -> None:
        """Notes what is left out of the report, and why."""
        line = shortened(f"{where}: {what}", LONGEST_PROBLEM)
        if line not in self.problems:
            self.problems.append(line)

    def part(self, name: str, make: Callable[[], object], otherwise: object) -> object:
        """A part of the page; if it cannot be made of what the folder holds, the others still are."""
        try:
            return make()
        except MemoryError:
            raise
        except Exception as error:  # what no check of a record foresaw: it is named, and the rest is shown
            self.problem(name, f"cannot be shown ({type(error).__name__}: {error})")
            return otherwise

    def path(self, name: str) -> Path | None:
        """A file of the folder, None where there is none or it lies elsewhere, by a link or by `..`."""
        if not os.path.lexists(self.folder / name):
            return None
        try:
            return inside(self.folder, name)
        except UdaError as error:
            self.problem(name, error.what)
            return None

    def names(self, folder: str, *suffixes: str) -> list[str]:
        """The files of a folder of the run with one of these endings, sorted."""
        place = self.path(folder)
        if place is None or not place.is_dir():
            return []
        found = self.part(folder, lambda: sorted(entry.name for entry in os.scandir(place)), [])
        return [f"{folder}/{name}" for name in found if name.lower().endswith(suffixes)]

    def json(self, name: str, most_bytes: int = LARGEST_JSON) -> object | None:
        """What a JSON file holds, whatever it is; None where it is missing or damaged."""
        return self._read(name, lambda path: read_json(path, object, most_bytes))

    def mapping(self, name: str, kind: object, units: Collection[str] = (), most_bytes: int = LARGEST_JSON) -> dict:
        """What of a JSON file is of a kind; arguments as of `records.whole_parts`."""
        content = self.json(name, most_bytes)
        return {} if content is None else self._whole(name, content, kind, units)

    def _whole(self, name: str, content: object, kind: object, units: Collection[str]) -> dict:
        kept, problems = records.whole_parts(content, kind, units)
        for line in problems:
            self.problem(name, line)
        return kept

    def _read(self, name: str, read: Callable[[Path], object]) -> object | None:
        path = self.path(name)
        try:
            return None if path is None else read(path)
        except UdaError as error:
            self.problem(name, error.what)
            return None

    @cached_property
    def record(self) -> dict:
        return self.mapping("run.json", records.RunRecord, ("evaluated", "continues"))

    @cached_property
    def evaluation(self) -> dict:
        return self.mapping("evaluation.json", Evaluation, MODELS)

    @cached_property
    def config_text(self) -> str:
        return self._read("config.yaml", lambda path: read_text(path, LARGEST_FILE, damaged="replace")) or ""

    @cached_property
    def config(self) -> dict:
        try:
            content = parse_yaml(self.config_text)
        except UdaError as error:
            self.problem("config.yaml", error.what)
            content = None
        return {} if content is None else self._whole("config.yaml", content, records.Settings, ("merge",))

    @cached_property
    def metrics(self) -> list[dict]:
        found = self._read("metrics.jsonl", lambda path: list(read_json_lines(path, records.LogLine, LARGEST_LOG)))
        damaged = [(number, line) for number, line in found or () if isinstance(line, ValueError)]
        if damaged:
            number, why = damaged[0]
            self.problem("metrics.jsonl", f"{len(damaged)} damaged lines, the first is line {number} ({why})")
        return [line for _, line in found or () if not isinstance(line, ValueError)]

    @cached_property
    def metrics_of(self) -> dict[str, list[dict]]:
        """Stage -> its lines."""
        found: dict[str, list[dict]] = {}
        for line in self.metrics:
            found.setdefault(line["stage"], []).append(line)
        return found

    @cached_property
    def classes(self) -> list[str]:
        return list(self.evaluation.get("classes") or self.setting("data", "classes", default=()))

    @cached_property
    def merge(self) -> dict[str, str]:
        merge = self.setting("evaluation", "merge", default={})
        if set(merge) | set(merge.values()) <= set(self.classes):
            return merge
        self.problem("config.yaml", "evaluation.merge names a class that is not there")
        return {}

    @cached_property
    def scored(self) -> dict[str, dict]:
        """Model -> its scores, for the models that have some."""
        return {model: scores for model in MODELS if (scores := self.evaluation.get(model)) and self._fits(model)}

    def _fits(self, model: str) -> bool:
        """Whether the matrices of a model have a row and a column for every class."""
        what = misfit(self.evaluation[model], len(self.classes))
        if what:
            self.problem("evaluation.json", f"{model}.{what}")
        return what is None

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
        """What to call the source or the target: its reader, or the folder for the reader of any folder.

        Without a source it is the model that the run was given.
        """
        entries = self.setting("data", f"{side}s")
        if isinstance(entries, list) and entries:
            return " + ".join(called(entry) for entry in entries if isinstance(entry, dict))
        one = self.setting("data", side, default={})
        if isinstance(one, dict) and one.get("name") == NO_SOURCE:
            return f"the model {Path(str(self.setting('segmenter', 'weights'))).name}"
        return called({"name": f"the {side}"} | one) if isinstance(one, dict) else f"the {side}"

    def setting(self, *keys: str, default=None):
        """A value of `config.yaml`, `default` where it is absent."""
        place = self.config
        for key in keys:
            place = place.get(key) if isinstance(place, dict) else None
        return default if place is None else place

    @cached_property
    def frames(self) -> Frames:
        paths = {model: self.path(f"frames/{model}.npz") for model in MODELS}
        files = {model: path for model, path in paths.items() if path is not None}
        merge = merge_map(self.classes, self.merge)
        return self.part("frames", lambda: read_frames(files, len(merge), merge, self.problem), Frames())

    @cached_property
    def frame_scores(self) -> dict[str, dict[str, float | None]]:
        """Model -> frame -> mIoU; from `frames/scores.json`, else from the label maps that were kept."""
        stored = self.mapping("frames/scores.json", records.FRAME_SCORES, MODELS, LARGEST_SCORES)
        frames, found = self.frames, {}
        for model, maps in frames.predictions.items():
            found[model] = dict(stored.get(model) or {})
            for i, name in enumerate(frames.names):
                if name not in found[model] and frames.labels is not None:
                    found[model][name] = frame_miou(confusion(frames.labels[i], maps[i], len(self.classes)))
        return found


def called(domain: dict) -> str:
    """What a domain of a configuration is called: its data set, or the name of its folder."""
    name, root = str(domain.get("name")), domain.get("root")
    return Path(str(root)).name or name if name == "folder" and root else name


def require_run(inputs: Inputs) -> None:
    """Raises `DataError` for a folder that holds nothing of a run, or nothing that is whole."""
    if inputs.record or inputs.evaluation or inputs.config:
        return
    if inputs.problems:
        what = f"nothing of the run is whole, the first is {inputs.problems[0]}"
        raise DataError(inputs.folder, what, "Copy the run folder again, or name another one")
    raise DataError(inputs.folder, "no run.json, config.yaml or evaluation.json here", "Name the folder of a run")
