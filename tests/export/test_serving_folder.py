"""The serving folder: versions by one rename, configuration that stays as edited, warm-up that replays."""

import json

import numpy as np
import pytest
import tensorflow as tf

from keras_uda.commands import export as command
from keras_uda.core.errors import UsageError
from keras_uda.export import serving_folder
from tests.toy_export import frame
from tests.toy_export import toy_exports
from tests.toy_export import toy_run

pytest.importorskip("tensorflow_serving", reason="the extra `serving` is not installed")


@pytest.fixture
def base(tmp_path):
    frames = np.stack([frame(index) for index in range(3)])
    serving_folder.publish_version(toy_exports() / "saved_model" / "1", tmp_path / "models", "segmenter", None, frames)
    return tmp_path / "models"


def test_versions_count_up_and_are_never_changed(base):
    saved_model, frames = toy_exports() / "saved_model" / "1", np.stack([frame(0)])
    (base / "segmenter" / "7").mkdir()
    assert serving_folder.publish_version(saved_model, base, "segmenter", None, frames).name == "8"
    before = sorted(path.as_posix() for path in base.rglob("*"))
    with pytest.raises(UsageError, match="version 8 exists"):
        serving_folder.publish_version(saved_model, base, "segmenter", 8, frames)
    assert sorted(path.as_posix() for path in base.rglob("*")) == before


def test_an_existing_version_is_told_before_any_work(base):
    arguments = ["--run", str(toy_run()), "--serving", str(base), "--version", "1"]
    with pytest.raises(UsageError, match="version 1 exists") as refusal:
        command.main(arguments)
    assert refusal.value.exit_code == 2


@pytest.mark.parametrize("name", ["modèle", "٣", "a٣", "модель", "", "a b", "a" * 65])
def test_a_name_that_no_server_takes_is_refused(name):
    with pytest.raises(UsageError, match="is not a model name"):
        command.main(["--run", str(toy_run()), "--serving", "--name", name])


def test_edited_configuration_stays_and_a_missing_model_is_told(base, capsys):
    (base / "models.config").write_text("model_config_list { }")
    frames = np.stack([frame(0)])
    serving_folder.publish_version(toy_exports() / "saved_model" / "1", base, "segmenter", None, frames)
    assert (base / "models.config").read_text() == "model_config_list { }"
    assert "does not list the model" in capsys.readouterr().err


def test_the_warm_up_file_replays_through_the_signatures(base):
    from tensorflow_serving.apis.prediction_log_pb2 import PredictionLog

    version = base / "segmenter" / "1"
    loaded = tf.saved_model.load(str(version))
    seen = []
    for record in tf.data.TFRecordDataset(str(version / serving_folder.WARM_UP)):
        request = PredictionLog.FromString(record.numpy()).predict_log.request
        inputs = {name: tf.constant(tf.make_ndarray(value)) for name, value in request.inputs.items()}
        answer = loaded.signatures[request.model_spec.signature_name](**inputs)
        batch = len(next(iter(inputs.values())))
        assert all(len(value) == batch for value in answer.values()) and request.model_spec.name == "segmenter"
        seen.append((request.model_spec.signature_name, batch))
    assert {name for name, _ in seen} == {"serving_default", "encoded", "about"}
    assert {size for name, size in seen if name == "encoded"} == set(serving_folder.WARM_UP_BATCHES)


def test_a_version_is_the_model_that_was_checked(base):
    from keras_uda.artefacts.manifest import hash_of

    listed = json.loads((toy_exports() / "export.json").read_text())["artefacts"]["saved_model"]
    assert hash_of(base / "segmenter" / "1") == listed["sha256"]
