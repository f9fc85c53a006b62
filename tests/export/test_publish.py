"""From a run folder to an export folder that stands alone; nothing is published that is not the same model."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import cv2
import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_uda.artefacts import manifest
from keras_uda.artefacts.runners import LiteRT
from keras_uda.artefacts.runners import litert_ops
from keras_uda.commands import benchmark_export
from keras_uda.commands import export as command
from keras_uda.core.atomic import aside_of
from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import ResourceError
from keras_uda.core.errors import UsageError
from keras_uda.export import litert
from keras_uda.export import publish
from keras_uda.export import write
from keras_uda.export.graph import decode_frame
from keras_uda.export.graph import freeze
from keras_uda.export.write import Wanted
from keras_uda.predict.integer_resize import resize_frame
from keras_uda.predict.integer_resize import resize_map
from keras_uda.segmenters.build import load_segmenter
from tests.conftest import ROOT
from tests.leftovers import leave_behind
from tests.toy_export import HEIGHT
from tests.toy_export import WIDTH
from tests.toy_export import frame
from tests.toy_export import make_run
from tests.toy_export import toy_exports
from tests.toy_export import toy_run


@pytest.fixture
def no_process(monkeypatch):
    """Checks artefacts inside this process: seconds less per artefact, same numbers."""

    def run_here(artefact, images):
        from keras_uda.artefacts import runners

        runner = runners.open_artefact(artefact)
        return publish.parity.Maps(*runner(images), 1.0, runner.foreign_ops(), 1.0)

    monkeypatch.setattr(publish.parity, "run_apart", run_here)


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


def test_artefacts_agree_with_the_equation_of_their_outputs():
    segmenter, _ = load_segmenter(toy_run())
    image = frame(9)[None]
    logits = segmenter(tf.cast(image, "float32"), training=False)["logits"]
    upsampled = tf.compat.v1.image.resize_bilinear(logits, (HEIGHT, WIDTH), align_corners=True).numpy()
    probability = np.exp(upsampled) / np.exp(upsampled).sum(-1, keepdims=True)
    for run in (LiteRT(toy_exports() / "model.tflite"), tf_signature(toy_exports() / "saved_model" / "1")):
        label_map, confidence = run(image)
        assert label_map.dtype == confidence.dtype == np.uint8
        assert (label_map == upsampled.argmax(-1)).mean() >= 0.9999
        np.testing.assert_allclose(confidence, 255 * probability.max(-1), atol=0.51)


def tf_signature(folder):
    loaded = tf.saved_model.load(str(folder))
    signature = loaded.signatures["serving_default"]

    def run(images, keep=loaded):
        answer = signature(image=tf.constant(images))
        return answer["label_map"].numpy(), answer["confidence"].numpy()

    return run


def test_the_batch_is_free_in_the_saved_model_and_one_in_litert():
    run = tf_signature(toy_exports() / "saved_model" / "1")
    images = np.stack([frame(index) for index in range(3)])
    label_maps, _ = run(images)
    singly = np.concatenate([run(image[None])[0] for image in images])
    assert label_maps.shape == (3, HEIGHT, WIDTH) and (label_maps == singly).mean() >= 0.9999
    assert LiteRT(toy_exports() / "model.tflite").signature()["image"] == ["uint8", 1, HEIGHT, WIDTH, 3]


def test_a_free_input_size_is_resized_in_the_graph_as_the_client_does(tmp_path, no_process):
    wanted = Wanted(formats=("saved_model",), input_size="free")
    run = tf_signature(publish.export_run(toy_run(), tmp_path / "free", wanted) / "saved_model" / "1")
    large = frame(1, 150, 77)
    small, _ = run(resize_frame(large, (WIDTH, HEIGHT))[None])
    np.testing.assert_array_equal(run(large[None])[0][0], resize_map(small[0], (150, 77)))


def test_an_existing_output_is_refused(tmp_path):
    with pytest.raises(UsageError, match="exists already"):
        command.main(["--run", str(toy_run()), "--output", str(tmp_path)])
    assert not any(tmp_path.iterdir())


def test_quantising_nothing_is_refused():
    with pytest.raises(UsageError, match="tflite"):
        command.main(["--run", str(toy_run()), "--formats", "saved_model", "--quantize", "int8"])


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (["--formats", "tflite", "--input-size", "free"], "only a SavedModel takes frames of any size"),
        (["--float-layers", "last_conv"], "those that int8 keeps in float"),
    ],
)
def test_flags_that_nothing_would_read_are_refused(flags, told):
    with pytest.raises(UsageError, match=told):
        command.main(["--run", str(toy_run()), *flags])


@pytest.mark.parametrize("flag", ["--serving", "--output"])
def test_a_place_that_cannot_be_written_is_told_before_any_work(tmp_path, flag, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(publish, "load_segmenter", None)
    with pytest.raises(ResourceError, match="file"):
        command.main(["--run", str(toy_run()), flag, str(tmp_path / "file" / "below")])
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("flag", ["--serving", "--output"])
def test_a_place_that_no_folder_can_be_made_in_is_named(flag, monkeypatch):
    monkeypatch.setattr(command, "export", None)  # TensorFlow is loaded there
    with pytest.raises(ResourceError, match="/proc/x: nothing can be written here") as refusal:
        command.main(["--run", str(toy_run()), flag, "/proc/x"])
    assert refusal.value.exit_code == 6


def test_only_leftovers_of_killed_exports_are_removed(tmp_path):
    leave_behind(tmp_path / "x", folder=True)
    (tmp_path / ".tmp-x-4194305").mkdir()  # of whom, nobody knows
    with aside_of(tmp_path / "other") as living:
        living.mkdir()
        stay = {path.name for path in tmp_path.iterdir() if path.name.startswith((living.stem, ".tmp-x"))}
        with pytest.raises(ArtefactError):  # the run is looked at after the place
            publish.export_run(tmp_path, tmp_path / "x", Wanted())
        assert {path.name for path in tmp_path.iterdir()} == stay


@pytest.mark.parametrize("how", ["in place", "behind a link", "deep", "gone"])
def test_no_artefact_is_timed_if_one_is_changed(tmp_path, how, monkeypatch):
    export = shutil.copytree(toy_exports(), tmp_path / "export")
    monkeypatch.setattr(publish.parity, "run_apart", None)
    content = json.loads((export / "export.json").read_text())
    last = content["artefacts"].pop("tflite") | {"file": "a/b/c/model.tflite" if how == "deep" else "model.tflite"}
    (export / "export.json").write_text(json.dumps(content | {"artefacts": content["artefacts"] | {"tflite": last}}))
    changed = (export / "model.tflite").read_bytes() + b" "
    (export / "model.tflite").unlink()
    place = tmp_path / "store.tflite" if how == "behind a link" else export / last["file"]
    if how != "gone":
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(changed)
    if how == "behind a link":
        (export / "model.tflite").symlink_to(place)
    with pytest.raises(ArtefactError, match="cut or changed|not there") as refusal:
        benchmark_export.main(["--export", str(export)])
    assert refusal.value.exit_code == 4


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(ArtefactError, match="segmenter.json"):
        command.main(["--run", str(tmp_path), "--output", str(tmp_path / "out")])


def test_weights_that_change_on_the_way_are_found(tmp_path, no_process, monkeypatch):
    real = write.freeze

    def perturbed(segmenter, size, batch):
        head = segmenter.get_layer("logits").bias
        before = head.numpy()
        head.assign(before + np.linspace(-20, 20, before.size))
        graph = real(segmenter, size, batch)
        head.assign(before)
        return graph

    monkeypatch.setattr(write, "freeze", perturbed)
    with pytest.raises(ArtefactError, match="agrees with Keras"):
        publish.export_run(toy_run(), tmp_path / "out", Wanted(formats=("tflite",)))
    assert not any(tmp_path.iterdir())


def test_quantised_files_pass_their_bounds_and_keep_both_ends_in_float(tmp_path, no_process):
    wanted = Wanted(("tflite",), ("float16", "dynamic", "int8"), calibration=4, licence="CC BY 4.0")
    folder = publish.export_run(toy_run(), tmp_path / "small", wanted)
    content = manifest.read_manifest(folder)
    assert content["calibrated_on"] == {"frames": 4, "left_out": 0, "from": "frames/adapted.npz of the run"}
    assert set(content["artefacts"]) == {"tflite_float16", "tflite_dynamic", "tflite_int8"}
    ops = [kind for kind, _ in litert_ops((folder / "model_int8.tflite").read_bytes())]
    convolutions = [place for place, kind in enumerate(ops) if kind == "CONV_2D"]
    assert convolutions[1] < ops.index("QUANTIZE") < convolutions[2]
    assert convolutions[-1] < ops.index("DEQUANTIZE") < ops.index("RESIZE_BILINEAR")
    with zipfile.ZipFile(folder / "model_int8.tflite") as inside:
        assert inside.read("labels.txt").decode().splitlines() == content["classes"]
        described = json.loads(inside.read("metadata.json"))
    assert described["licence"] == content["licence"] == "CC BY 4.0"
    assert described["palette"] == content["palette"] and described["preprocessing"] == content["preprocessing"]


def test_selective_keeps_in_float_what_suffers(tmp_path, no_process, capsys, monkeypatch):
    pytest.importorskip("ai_edge_quantizer", reason="the extra `quantizer` is not installed")
    from keras_uda.export import selective

    model = litert.convert(freeze(load_segmenter(toy_run())[0], (WIDTH, HEIGHT), 1))
    monkeypatch.setattr(selective, "DAMAGE", 1)
    content = selective.quantize(model, np.stack([frame(0), frame(1)]))
    assert "0 of 3 groups" in capsys.readouterr().out
    kept = [kind for kind, name in litert_ops(content) if name in litert.ends(model)]
    assert kept == [kind for kind, name in litert_ops(model) if name in litert.ends(model)]
    assert len(content) < 0.5 * len(model)  # all else is in 8 bits

    monkeypatch.setattr(selective, "DAMAGE", 0.012)  # untrained weights: many near ties
    folder = publish.export_run(toy_run(), tmp_path / "new", Wanted(("tflite",), ("selective",), calibration=4))
    entry = manifest.read_manifest(folder)["artefacts"]["tflite_selective"]
    ops = [kind for kind, _ in litert_ops((folder / "model_selective.tflite").read_bytes())]
    assert entry["agreement"] >= 0.98 and "QUANTIZE" in ops
    assert "groups of layers stay in float" in capsys.readouterr().out
    with zipfile.ZipFile(folder / "model_selective.tflite") as inside:
        assert inside.read("labels.txt").decode().splitlines() == list(CITYSCAPES)

    monkeypatch.setattr(selective, "DAMAGE", -1)
    with pytest.raises(ArtefactError, match="even with one group"):
        publish.export_run(toy_run(), tmp_path / "none", Wanted(("tflite",), ("selective",), calibration=4))
    assert not (tmp_path / "none").exists()


def test_a_missing_quantiser_is_told_before_any_work(monkeypatch):
    monkeypatch.setattr(command.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match="selective needs ai-edge-quantizer. pip install"):
        command.main(["--run", str(toy_run()), "--quantize", "selective"])


def test_layers_can_be_kept_in_float():
    graph = freeze(load_segmenter(toy_run())[0], (WIDTH, HEIGHT), 1)
    model = litert.convert(graph)
    plain, more = litert.ends(model), litert.ends(model, ("last_conv",))
    assert set(more) > set(plain) and any("last_conv" in name for name in set(more) - set(plain))
    with pytest.raises(ArtefactError, match="no layer has `lost_conv` in its name. Did you mean `last_conv"):
        litert.ends(model, ("lost_conv",))


def test_encoded_and_about_speak_for_the_same_model():
    loaded = tf.saved_model.load(str(toy_exports() / "saved_model" / "1"))
    sizes = [(WIDTH, HEIGHT), (97, 61), (20, 33)]
    pictures = [frame(index, *size) for index, size in enumerate(sizes)]
    answer = loaded.signatures["encoded"](image_bytes=tf.constant([tf.io.encode_png(p).numpy() for p in pictures]))
    about = json.loads(loaded.signatures["about"](query=tf.constant([""]))["about"].numpy()[0])
    resized = np.stack([resize_frame(picture, (WIDTH, HEIGHT)) for picture in pictures])
    maps = loaded.signatures["serving_default"](image=tf.constant(resized))
    for index, png in enumerate(answer["label_png_bytes"].numpy()):
        np.testing.assert_array_equal(tf.io.decode_png(png)[..., 0], maps["label_map"][index])
    np.testing.assert_allclose(answer["mean_confidence"], maps["confidence"].numpy().mean((1, 2)) / 255, rtol=1e-5)
    assert about["classes"] == list(CITYSCAPES) and about["size"] == f"{WIDTH}x{HEIGHT}"
    assert {name.decode() for name in answer["model"].numpy()} == {about["model"]}


@pytest.mark.parametrize("colours", [cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420])
def test_a_jpeg_is_decoded_as_opencv_does(colours):
    noise = np.random.default_rng(0).integers(0, 256, (90, 122, 3), dtype="uint8")
    for picture in (frame(0, 122, 90), noise, cv2.GaussianBlur(noise, (0, 0), 1.2)):
        options = [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, colours]
        content = cv2.imencode(".jpg", picture, options)[1]
        expected = cv2.imdecode(content, cv2.IMREAD_COLOR)[..., ::-1].astype(int)
        difference = np.abs(decode_frame(tf.constant(content.tobytes())).numpy() - expected)
        assert (difference <= 1).mean() >= 0.999  # the fast transform: 0.4 to 0.7


def test_the_encoded_signature_decodes_so_with_plain_ops():
    definition = (toy_exports() / "saved_model" / "1" / "saved_model.pb").read_bytes()
    for op in (b"DecodeJpeg", b"INTEGER_ACCURATE", b"StatelessIf"):
        assert op in definition
    pictures = [frame(index) for index in range(3)]
    jpeg = [cv2.imencode(".jpg", picture)[1] for picture in pictures]
    read = [cv2.imdecode(content, cv2.IMREAD_COLOR)[..., ::-1] for content in jpeg]
    loaded = tf.saved_model.load(str(toy_exports() / "saved_model" / "1"))
    answer = loaded.signatures["encoded"](image_bytes=tf.constant([content.tobytes() for content in jpeg]))
    maps = loaded.signatures["serving_default"](image=tf.constant(np.stack(read)))["label_map"].numpy()
    labels = np.stack([tf.io.decode_png(png)[..., 0] for png in answer["label_png_bytes"].numpy()])
    assert (labels == maps).mean() >= 0.999


class Odd(keras.layers.Layer):
    def call(self, inputs):
        return tf.math.betainc(tf.abs(inputs) + 1, tf.abs(inputs) + 1, tf.nn.sigmoid(inputs))


def test_an_op_that_is_not_built_in_is_refused_by_name():
    image = keras.Input((None, None, 3))
    logits = Odd(name="strange")(keras.layers.Conv2D(4, 3, padding="same")(image))
    with pytest.raises(ArtefactError, match="Betainc of layer strange"):
        litert.convert(freeze(keras.Model(image, {"logits": logits}), (16, 16), 1))


def test_the_next_free_number_is_taken(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = tmp_path / "runs" / "a"
    for name in ("a-1", "a-9", "b-12", ".tmp-a-10-999999999"):
        (tmp_path / "exports" / name).mkdir(parents=True)
    assert publish.next_folder(run).as_posix() == "exports/a-10"


def call(folder, *arguments, **environment):
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", **environment}
    command = [sys.executable, str(ROOT / "export.py"), *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)


@pytest.mark.slow
@pytest.mark.ci
def test_without_arguments_the_newest_finished_run_is_exported(tmp_path):
    make_run(tmp_path / "runs" / "old", seed=1)
    make_run(tmp_path / "runs" / "new", seed=2)
    running = make_run(tmp_path / "runs" / "running", seed=3)
    (running / "run.json").write_text(json.dumps({"status": "running", "started": 900.0}))
    done = call(tmp_path)
    assert done.returncode == 0 and done.stderr == ""
    assert [path.name for path in (tmp_path / "exports").iterdir()] == ["new-1"]
    assert "next: python -m keras_uda predict" in done.stdout


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
