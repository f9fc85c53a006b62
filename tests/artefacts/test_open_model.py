"""Opening models: ours by their hash, strangers' only when trusted, damaged ones never."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.artefacts import program
from keras_uda.artefacts.manifest import MANIFEST
from keras_uda.artefacts.manifest import hash_of
from keras_uda.artefacts.manifest import read_manifest
from keras_uda.artefacts.op_scan import risky_ops
from keras_uda.artefacts.open_model import open_model
from keras_uda.core.errors import ArtefactError
from keras_uda.export.device_times import require_whole
from tests.toy_export import HEIGHT
from tests.toy_export import WIDTH
from tests.toy_export import frame
from tests.toy_export import toy_exports
from tests.toy_export import toy_run


@pytest.fixture
def copy(tmp_path):
    return shutil.copytree(toy_exports(), tmp_path / "export")


def test_every_form_of_a_model_gives_the_same_maps():
    images = np.stack([frame(index) for index in range(3)])
    places = ["model.tflite", "saved_model", "saved_model/1", ""]
    models = [open_model(toy_run())] + [open_model(toy_exports() / place) for place in places]
    assert [model.kind for model in models] == ["keras", "tflite", "saved_model", "saved_model", "tflite"]
    reference, confidence = models[0].run(images)
    for model in models:
        assert model.size == (WIDTH, HEIGHT) and len(model.classes) == len(model.palette) == 19
        label_maps, confidences = model.run(images)
        assert (label_maps == reference).mean() >= 0.9999
        np.testing.assert_allclose(confidences.astype(int), confidence, atol=1)


def test_a_changed_file_is_refused(copy):
    model = copy / "model.tflite"
    content = bytearray(model.read_bytes())
    content[len(content) // 2] ^= 1
    model.write_bytes(content)
    with pytest.raises(ArtefactError, match="SHA-256"):
        open_model(model)
    with open(copy / "saved_model" / "1" / "saved_model.pb", "ab") as stream:
        stream.write(b"\0")
    with pytest.raises(ArtefactError, match="SHA-256"):
        open_model(copy / "saved_model")


@pytest.fixture(params=["model.tflite", "saved_model/1", ""])
def linked(request, copy, tmp_path):
    """(path to open, file behind it) where stores of data keep what an export folder links to."""
    store = tmp_path / "store"
    store.mkdir()
    for name in ("model.tflite", "saved_model/1"):
        shutil.move(copy / name, store / Path(name).name)
        (copy / name).symlink_to(store / Path(name).name)
    return copy / request.param, store / ("1/saved_model.pb" if "saved" in request.param else "model.tflite")


def test_links_out_of_an_export_are_checked_by_its_record(linked):
    path, behind = linked
    assert open_model(path).size == (WIDTH, HEIGHT)
    with open(behind, "ab") as stream:
        stream.write(b"\0")
    with pytest.raises(ArtefactError, match="SHA-256"):
        open_model(path)


def test_links_into_an_export_are_checked_by_its_record(copy, tmp_path):
    (tmp_path / "link.tflite").symlink_to(copy / "model.tflite")
    assert open_model(tmp_path / "link.tflite").size == (WIDTH, HEIGHT)
    (copy / "model.tflite").write_bytes((copy / "model.tflite").read_bytes() + b"\0")
    with pytest.raises(ArtefactError, match="SHA-256"):
        open_model(tmp_path / "link.tflite")


@pytest.mark.parametrize("file", ["a/b/c/model.tflite", "./model.tflite"])
@pytest.mark.parametrize("by_folder", [True, False])
def test_what_a_record_lists_is_checked_however_it_is_written(copy, file, by_folder):
    content = json.loads((copy / "export.json").read_text())
    content["artefacts"]["tflite"]["file"] = file
    (copy / "export.json").write_text(json.dumps(content))
    (copy / file).parent.mkdir(parents=True, exist_ok=True)
    (copy / file).write_bytes((copy / "model.tflite").read_bytes() + b"\0")
    with pytest.raises(ArtefactError, match="SHA-256") as refusal:
        open_model(copy if by_folder else copy / file)
    assert refusal.value.exit_code == 4


def test_a_nearer_record_does_not_speak_for_the_folder_that_was_given(copy):
    content = json.loads((copy / "export.json").read_text())
    changed = (copy / "model.tflite").read_bytes() + b"\0"
    content["artefacts"]["tflite"]["file"] = "sub/model.tflite"
    (copy / "export.json").write_text(json.dumps(content))
    (copy / "sub").mkdir()
    (copy / "sub" / "model.tflite").write_bytes(changed)
    entry = content["artefacts"]["tflite"] | {"file": "model.tflite", "sha256": hashlib.sha256(changed).hexdigest()}
    (copy / "sub" / "export.json").write_text(json.dumps(content | {"artefacts": {"tflite": entry}}))
    with pytest.raises(ArtefactError, match="SHA-256"):
        open_model(copy)


def test_a_file_of_that_name_far_above_is_not_ours(copy, tmp_path):
    (tmp_path / "export.json").write_text("{}")
    far = tmp_path / "a" / "b" / "model.tflite"
    far.parent.mkdir(parents=True)
    shutil.copy(copy / "model.tflite", far)
    assert open_model(far).size == (WIDTH, HEIGHT)


def test_a_strangers_tflite_runs_if_its_signature_is_ours(copy):
    (copy / "export.json").unlink()
    model = open_model(copy / "model.tflite")
    assert model.size == (WIDTH, HEIGHT) and model.run(frame(0)[None])[0].shape == (1, HEIGHT, WIDTH)


def stranger(folder, function):
    module = tf.Module()
    module.serve = tf.function(function, input_signature=[tf.TensorSpec((None, 8, 8, 3), "uint8", name="image")])
    tf.saved_model.save(module, str(folder), signatures={"serving_default": module.serve})
    return folder


def writing(canary):
    """A model that leaves a file behind when it runs."""

    def writes(image):
        with tf.control_dependencies([tf.io.write_file(str(canary), "x")]):
            maps = tf.identity(image[..., 0])
        return {"label_map": maps, "confidence": maps}

    return writes


def test_a_strangers_saved_model_is_a_program(tmp_path):
    canary = tmp_path / "canary"
    folder = stranger(tmp_path / "model", writing(canary))
    assert risky_ops(folder) == ["WriteFile (files)"]
    with pytest.raises(ArtefactError, match="WriteFile") as refusal:
        open_model(folder)
    assert "a program" in str(refusal.value) and "--trust-model" in str(refusal.value)
    assert not canary.exists()
    model = open_model(folder, trust=True)
    model.run(np.zeros((1, 8, 8, 3), "uint8"))
    assert canary.exists() and model.size == (8, 8)


def listed(folder, export):
    """An export folder whose record lists the SavedModel of a stranger, as whoever made both can write it."""
    content = read_manifest(toy_exports())
    entry = content["artefacts"]["saved_model"] | {"sha256": hash_of(folder), "size_bytes": 1}
    (export / "saved_model").mkdir(parents=True)
    shutil.copytree(folder, export / "saved_model" / "1")
    (export / MANIFEST).write_text(json.dumps(content | {"artefacts": {"saved_model": entry}}))
    return export


def test_a_record_of_a_stranger_lets_no_program_in(tmp_path):
    canary = tmp_path / "canary"
    export = listed(stranger(tmp_path / "model", writing(canary)), tmp_path / "export")
    for place in (export, export / "saved_model", export / "saved_model" / "1"):
        with pytest.raises(ArtefactError, match="holds WriteFile .files., which no export of ours does"):
            open_model(place)
    with pytest.raises(ArtefactError, match="holds WriteFile"):
        require_whole(export)
    assert not canary.exists()


def test_a_large_graph_is_read_apart(tmp_path, monkeypatch):
    folder, asked = stranger(tmp_path / "model", lambda image: {"label_map": image[..., 0]}), []
    monkeypatch.setattr(program, "SMALL_GRAPH", 10)
    monkeypatch.setattr(program.apart, "limited", lambda limits, read, *given: asked.append(given) or read(*given))
    program.require_harmless(folder, listed=True)
    assert asked == [(folder,)]


def test_another_signature_is_refused(tmp_path):
    folder = stranger(tmp_path / "model", lambda image: {"logits": tf.cast(image, "float32")})
    with pytest.raises(ArtefactError, match="label_map"):
        open_model(folder, trust=True)


@pytest.mark.parametrize("content", [b"", b"TFL3", b"\x1c\0\0\0TFL3" + bytes(200)])
def test_a_damaged_tflite_is_refused(tmp_path, content):
    (tmp_path / "model.tflite").write_bytes(content)
    with pytest.raises(ArtefactError, match="not a .tflite file"):
        open_model(tmp_path / "model.tflite")


@pytest.mark.parametrize("name", ["missing", "empty_folder", "text.txt", "saved"])
def test_what_is_no_model_is_refused(tmp_path, name):
    (tmp_path / "empty_folder").mkdir()
    (tmp_path / "text.txt").write_text("x")
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "saved_model.pb").write_text("garbage")
    with pytest.raises(ArtefactError):
        open_model(tmp_path / name)


def test_a_file_that_was_not_published_is_told_with_what_there_is(copy):
    place = copy / "export.json"
    content = json.loads(place.read_text())
    failed = {"file": "model_int8.tflite", "why": "agrees on 97.2% of the pixels", "remedy": "Train longer"}
    place.write_text(json.dumps(content | {"failed": {"tflite_int8": failed}}))
    with pytest.raises(
        ArtefactError, match=r"was not published: agrees on 97.2%.* there are .*model\.tflite.* Train longer"
    ):
        open_model(copy / "model_int8.tflite")
    with pytest.raises(ArtefactError, match=r"no such model. In .* there are .*model\.tflite"):
        open_model(copy / "model_int16.tflite")
    with pytest.raises(ArtefactError, match=r"no such model. Give a run folder"):
        open_model(copy.parent / "elsewhere.tflite")


def test_a_record_of_failures_that_is_none_is_refused(copy):
    place = copy / "export.json"
    place.write_text(json.dumps(json.loads(place.read_text()) | {"failed": [1]}))
    with pytest.raises(ArtefactError, match="not a valid record"):
        open_model(copy / "model_int8.tflite")
