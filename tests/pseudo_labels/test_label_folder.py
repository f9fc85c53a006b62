"""The folder of pseudo-labels: killed anywhere it ends byte for byte the same; changed files are refused."""

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_uda.config.stage_schema import PseudoLabelConfig
from keras_uda.core.classes import IGNORE
from keras_uda.core.errors import DataError
from keras_uda.core.errors import NumericsError
from keras_uda.core.errors import ResourceError
from keras_uda.data.cache.conversion import encode_png
from keras_uda.data.prepared import Prepared
from keras_uda.pseudo_labels import generate as generating
from keras_uda.pseudo_labels.generate import Labels
from keras_uda.pseudo_labels.generate import Thresholds
from keras_uda.pseudo_labels.generate import generate
from keras_uda.pseudo_labels.label_folder import LabelFolder
from tests.leftovers import leave_behind
from tests.toy import CLASSES
from tests.toy import HEIGHT
from tests.toy import WIDTH
from tests.toy import toy_segmenter
from tests.written_folders import compiled_once
from tests.written_folders import content
from tests.written_folders import killed_at
from tests.written_folders import made_images
from tests.written_folders import written

NAMES = ["cam1/0001.png", "cam2/0001.png", "x" * 240 + ".png", "ünï [1]*.jpg", "last.png"]
IDENTITY = {
    "model": "m",
    "settings": {"policy": "class_balanced"},
    "classes": ["a", "b", "c", "d"],
    "size": "40x32",
    "images": "i",
}
POINTS = [("pseudo-label-before-rename", 1), ("pseudo-label-before-rename", 6), ("pseudo-label-written", 2)]
POINTS += [("pseudo-label-listed", 1), ("pseudo-label-listed", 4), ("pseudo-labels-decided", 1)]
POINTS += [("pseudo-labels-before-manifest", 1), ("pseudo-labels-finished", 1)]
POINTS += [("file-before-rename", number) for number in (1, 2, 3, 4)]


@pytest.fixture(scope="module")
def segmenter():
    return toy_segmenter()


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    return made_images(tmp_path_factory.mktemp("images"), NAMES, (WIDTH, HEIGHT))


@pytest.fixture(scope="module", autouse=True)
def one_graph():
    with compiled_once(generating, "predictor"):
        yield


def labelled(place: Path, target, segmenter, regenerate=False, labeller=None, **identity) -> LabelFolder:
    folder = LabelFolder(place, IDENTITY | identity)
    if not folder.open(regenerate):
        labeller = labeller or Thresholds(PseudoLabelConfig(portion=0.4, soft=True), CLASSES)
        generate(target, segmenter, labeller, folder, flip=True)
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory, target, segmenter):
    return content(labelled(tmp_path_factory.mktemp("whole") / "labels", target, segmenter).path)


def test_the_manifest_says_what_there_is(tmp_path, target, segmenter):
    folder = labelled(tmp_path / "labels", target, segmenter)
    manifest = folder.manifest()
    labels = {name: np.asarray(Image.open(file)) for name, file in folder.files().items()}
    assert sorted(labels) == sorted(NAMES) and sorted(manifest["labels"]) == sorted(NAMES)
    counts = np.bincount(np.concatenate([label.ravel() for label in labels.values()]), minlength=256)
    assert list(manifest["pixels"].values()) == counts[:CLASSES].tolist()
    assert manifest["coverage"] == pytest.approx(1 - counts[IGNORE] / sum(counts))
    assert sum(manifest["predicted"].values()) == len(NAMES) * HEIGHT * WIDTH
    assert set(manifest["thresholds"]) == set(IDENTITY["classes"]) and manifest["model"] == "m"
    assert LabelFolder(folder.path, IDENTITY).open()
    assert not list(folder.path.rglob("*.jsonl")) and not list(folder.path.rglob(".tmp-*"))


@pytest.mark.parametrize(("point", "passage"), POINTS)
def test_killed_anywhere_it_ends_the_same(tmp_path, target, segmenter, whole, monkeypatch, point, passage):
    names = []
    with killed_at(point, passage):
        labelled(tmp_path / "labels", target, segmenter)
    for folder in [path for path in (tmp_path / "labels", *(tmp_path / "labels").glob("*")) if path.is_dir()]:
        leave_behind(folder / "file")  # a kill that runs no clean-up leaves one of these
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "labels").rglob("*.png")}
    monkeypatch.setattr(LabelFolder, "_write", recorded(names))
    labelled(tmp_path / "labels", target, segmenter)
    assert content(tmp_path / "labels") == whole
    if point == "pseudo-label-listed":
        assert len(set(names)) == len(NAMES) - passage
        kept = [path for path in before if path.stat().st_mtime_ns == before[path]]
        assert len(kept) == 2 * passage


def recorded(names: list[str]):
    write = LabelFolder._write

    def record(self, kind, name, pixels):
        names.append(name)
        return write(self, kind, name, pixels)

    return record


@pytest.mark.parametrize("kept", [0, 30, -30])
def test_damaged_decisions_are_made_again(tmp_path, target, segmenter, whole, kept):
    """Labels that were listed go with what they came from."""
    with killed_at("pseudo-label-listed"):
        labelled(tmp_path / "labels", target, segmenter)
    file = tmp_path / "labels" / "decisions.npz"
    file.write_bytes(file.read_bytes()[:kept])
    folder = LabelFolder(tmp_path / "labels", IDENTITY)
    assert not folder.open() and not folder.entries
    labelled(tmp_path / "labels", target, segmenter)
    assert content(tmp_path / "labels") == whole


def damage(place: Path, kind: str) -> None:
    file = place / "labels" / "last.png"
    if kind == "missing":
        file.unlink()
    elif kind == "cut":
        file.write_bytes(file.read_bytes()[:-20])
    elif kind == "size":
        file.write_bytes(encode_png(np.zeros((8, 8), "uint8")))
    elif kind == "soft":
        (place / "soft" / "last.png").write_bytes(b"")


@pytest.mark.parametrize("kind", ["missing", "cut", "size", "soft"])
def test_a_changed_label_is_named_and_made_again(tmp_path, target, segmenter, whole, kind):
    place = written(tmp_path / "labels", whole)
    damage(place, kind)
    with pytest.raises(DataError, match="last.png.*--regenerate"):
        labelled(place, target, segmenter)
    before = {path: path.stat().st_mtime_ns for path in place.rglob("*.png")}
    labelled(place, target, segmenter, regenerate=True)
    assert content(place) == whole
    untouched = [path for path, time in before.items() if path.stat().st_mtime_ns == time]
    assert len(untouched) == 2 * len(NAMES) - 2


@pytest.mark.parametrize("key", ["model", "settings", "classes", "size", "images"])
def test_labels_of_something_else_are_refused(tmp_path, target, segmenter, whole, key):
    place = written(tmp_path / "labels", whole)
    other = {key: ["e", "f", "g", "h"] if key == "classes" else "other"}
    with pytest.raises(DataError, match="--regenerate"):
        labelled(place, target, segmenter, **other)
    folder = labelled(place, target, segmenter, regenerate=True, **other)
    assert folder.manifest()[key] == other[key]


def test_half_done_labels_of_something_else_are_not_used(tmp_path, target, segmenter):
    with killed_at("pseudo-label-listed"):
        labelled(tmp_path / "labels", target, segmenter)
    folder = LabelFolder(tmp_path / "labels", IDENTITY | {"model": "another"})
    assert not folder.open() and not folder.entries and not folder.decisions()


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"labels": []}', '{"labels": {"last.png": {"sha256": "0"}}}'])
def test_a_damaged_manifest_is_told(tmp_path, target, segmenter, whole, text):
    place = written(tmp_path / "labels", whole)
    (place / "manifest.json").write_text(text)
    with pytest.raises(DataError, match="manifest.json"):
        labelled(place, target, segmenter)
    labelled(place, target, segmenter, regenerate=True)
    assert content(place) == whole


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES])
@pytest.mark.parametrize("file", ["labels", "soft"])
def test_a_full_disk_is_told_and_what_was_written_is_used(tmp_path, target, segmenter, whole, monkeypatch, code, file):
    replace, calls = os.replace, []

    def refuse(source, destination):
        if f"/{file}/" in str(destination):
            calls.append(destination)
            if len(calls) == 3:
                raise OSError(code, "refused", str(destination))
        return replace(source, destination)

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(ResourceError):
        labelled(tmp_path / "labels", target, segmenter)
    assert not list(tmp_path.rglob(".tmp-*"))
    monkeypatch.undo()
    labelled(tmp_path / "labels", target, segmenter)
    assert content(tmp_path / "labels") == whole


class Given:
    """Labels the first `count` images, with one class."""

    def __init__(self, count: int):
        self.left = count

    def decide(self, look):
        return {"predicted": np.zeros(CLASSES, "int64")}

    def label(self, prediction, decisions):
        self.left -= 1
        return Labels(np.full((HEIGHT, WIDTH), 1 if self.left >= 0 else IGNORE, "uint8"))


def test_no_label_at_all_stops(tmp_path, target, segmenter):
    with pytest.raises(NumericsError, match="not one pixel.*portion"):
        labelled(tmp_path / "labels", target, segmenter, labeller=Given(0))
    assert not (tmp_path / "labels" / "manifest.json").exists()


def test_a_threshold_that_nothing_reaches(tmp_path, target, segmenter):
    certain = Thresholds(PseudoLabelConfig(policy="confidence", threshold=1.0), CLASSES)
    with pytest.raises(NumericsError):
        labelled(tmp_path / "labels", target, segmenter, labeller=certain)


def test_few_labels_are_warned_of(tmp_path, target, segmenter, capsys):
    many = Prepared(target.images * 10, None, [f"{n}.png" for n in range(50)], target.size)
    folder = labelled(tmp_path / "labels", many, segmenter, labeller=Given(2))
    assert capsys.readouterr().err.count("warning: ") == 1 and folder.manifest()["images_without_labels"] == 48


def test_identity_is_readable(whole):
    assert json.loads(whole["identity.json"]) == {"format": 1, **IDENTITY}
