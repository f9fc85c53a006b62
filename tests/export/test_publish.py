"""From a run folder to an export folder that stands alone; nothing is published that is not the same model."""

import json
import re
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_uda.artefacts import manifest
from keras_uda.config.schema import SegmenterConfig
from keras_uda.core.atomic import aside_of
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import PartialResult
from keras_uda.export import parity
from keras_uda.export import publish
from keras_uda.export import steps
from keras_uda.export.write import Wanted
from keras_uda.segmenters.build import build_segmenter
from keras_uda.segmenters.build import load_segmenter
from keras_uda.segmenters.build import save_segmenter
from keras_uda.segmenters.inference import label_map_and_confidence
from keras_uda.segmenters.two_scales import context_branch
from keras_uda.segmenters.two_scales import network_of
from keras_uda.segmenters.weights.record import make_record
from tests.export.models import call
from tests.export.models import tf_signature
from tests.leftovers import leave_behind
from tests.toy_export import HEIGHT
from tests.toy_export import WIDTH
from tests.toy_export import frame
from tests.toy_export import make_run
from tests.toy_export import toy_exports
from tests.toy_export import toy_run


def test_an_export_is_complete():
    folder = toy_exports()
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {"model.tflite", "saved_model/1/saved_model.pb", "labels.txt", "export.json"} <= names
    content = manifest.read_manifest(folder)
    assert (folder / "labels.txt").read_text().splitlines() == content["classes"]
    assert content["size"] == f"{WIDTH}x{HEIGHT}" and content["provenance"]["method"] == "advent"
    assert not any(path.name.startswith(".tmp-") for path in folder.parent.iterdir())
    for entry in content["artefacts"].values():
        assert manifest.hash_of(folder / entry["file"]) == entry["sha256"]
        assert manifest.size_of(folder / entry["file"]) == entry["size_bytes"]
        assert entry["agreement"] >= 0.9999 and entry["latency_ms"] > 0 and entry["ops_not_built_in"] == []
        assert entry["miou"] == pytest.approx(entry["keras_miou"], abs=1e-3)


def test_no_place_of_this_machine_is_written():
    text = (toy_exports() / "export.json").read_text()
    assert str(Path.home()) not in text and str(toy_run().parent) not in text


def test_only_leftovers_of_killed_exports_are_removed(tmp_path):
    leave_behind(tmp_path / "x", folder=True)
    (tmp_path / ".tmp-x-4194305").mkdir()  # of whom, nobody knows
    with aside_of(tmp_path / "other") as living:
        living.mkdir()
        stay = {path.name for path in tmp_path.iterdir() if path.name.startswith((living.stem, ".tmp-x"))}
        with pytest.raises(ArtefactError):  # the run is looked at after the place
            publish.export_run(tmp_path, tmp_path / "x", Wanted())
        assert {path.name for path in tmp_path.iterdir()} == stay


def test_weights_that_change_on_the_way_are_found(tmp_path, no_process, monkeypatch):
    real = steps.trace

    def perturbed(segmenter, *others):
        head = segmenter.get_layer("logits").bias
        head.assign(head.numpy() + np.linspace(-20, 20, head.shape[0]))
        return real(segmenter, *others)

    monkeypatch.setattr(steps, "trace", perturbed)
    with pytest.raises(ArtefactError, match="agrees with Keras"):
        publish.export_run(toy_run(), tmp_path / "out", Wanted(formats=("tflite",)))
    assert not any(tmp_path.iterdir())


def test_what_passes_is_published_and_what_fails_is_named_with_its_figure(tmp_path, no_process, monkeypatch, capsys):
    real = parity.run_apart

    def worse(place, images):
        maps = real(place, images)
        wrong = maps.label_maps.copy()
        wrong[:, : HEIGHT // 2] = (wrong[:, : HEIGHT // 2] + 1) % 19
        return maps._replace(label_maps=wrong) if "float16" in place.name else maps

    monkeypatch.setattr(parity, "run_apart", worse)
    wanted = Wanted(("tflite",), ("none", "float16", "dynamic"))
    folder = publish.export_run(toy_run(), tmp_path / "out", wanted)
    content = manifest.read_manifest(folder)
    assert set(content["artefacts"]) == {"tflite", "tflite_dynamic"}
    failed = content["failed"]["tflite_float16"]
    figure = re.match(r"agrees with Keras on ([\d.]+)% of the pixels, not 98.00%", failed["why"])[1]
    assert failed["file"] == "model_float16.tflite" and 49 < float(figure) <= 50
    assert sorted(path.name for path in folder.glob("*.tflite")) == ["model.tflite", "model_dynamic.tflite"]
    out, err = capsys.readouterr()
    assert f"model_float16.tflite  not published: agrees with Keras on {figure}%" in out and figure in err
    with pytest.raises(PartialResult, match=f"model_float16.tflite \\(agrees with Keras on {figure}%") as told:
        publish.require_whole(folder)
    assert told.value.exit_code == 8
    publish.require_whole(toy_exports())


def test_the_next_free_number_is_taken(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = tmp_path / "runs" / "a"
    for name in ("a-1", "a-9", "b-12", ".tmp-a-10-999999999"):
        (tmp_path / "exports" / name).mkdir(parents=True)
    assert publish.next_folder(run).as_posix() == "exports/a-10"


@pytest.mark.slow
@pytest.mark.parametrize(
    "point", ["folder-made:1", "export-written:1", "export-checked:2", "export-described:1", "folder-before-rename:1"]
)
def test_a_killed_export_leaves_nothing_visible_and_the_next_one_works(tmp_path, point):
    make_run(tmp_path / "runs" / "toy")
    assert call(tmp_path, KERAS_UDA_FAULT=point).returncode == -9
    assert all(path.name.startswith(".tmp-") for path in (tmp_path / "exports").iterdir())
    if point == "export-checked:2":
        assert call(tmp_path).returncode == 0
        assert [path.name for path in (tmp_path / "exports").iterdir()] == ["toy-1"]


def two_scale_run(folder: Path) -> Path:
    """A run folder of a segmenter of two scales that was never trained."""
    keras.utils.set_random_seed(0)
    config = SegmenterConfig("tiny", "none", scales=2)
    segmenter = build_segmenter(config, len(CITYSCAPES))
    network_of(segmenter).get_layer("logits").kernel.assign(8 * network_of(segmenter).get_layer("logits").kernel)
    save_segmenter(segmenter, folder, make_record(config, CITYSCAPES, f"{WIDTH}x{HEIGHT}", {"method": "hrda"}))
    return folder


@pytest.mark.slow
@pytest.mark.ci
@pytest.mark.parametrize("branch", ["fused", "context"])
def test_both_scales_or_the_context_alone_are_exported(tmp_path, branch, no_process):
    run = two_scale_run(tmp_path / "run")
    folder = publish.export_run(run, tmp_path / "out", Wanted(branch=branch))
    content = manifest.read_manifest(folder)
    assert json.loads((folder / "export.json").read_text())["segmenter"]["branch"] == branch
    for entry in content["artefacts"].values():
        assert entry["agreement"] >= 0.9999 and entry["ops_not_built_in"] == []
    frames = np.stack([frame(index) for index in range(3)])
    segmenter, _ = load_segmenter(run)
    segmenter = context_branch(segmenter) if branch == "context" else segmenter
    expected = np.asarray(label_map_and_confidence(segmenter, frames)["label_map"])
    label_map, _ = tf_signature(folder / "saved_model" / "1")(frames)
    assert (label_map == expected).mean() > 0.999 and len(np.unique(expected)) > 2
