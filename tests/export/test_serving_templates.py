"""The texts of a serving folder are what the server and its tools read."""

import pytest
from google.protobuf import text_format

from keras_uda.core.strict_yaml import load_yaml
from keras_uda.export import serving_folder


@pytest.fixture
def base(tmp_path):
    serving_folder.write_configuration(tmp_path, "segmenter")
    return tmp_path


def test_the_models_parse_with_the_official_protobufs(base):
    reason = "the extra `serving` is not installed"
    config = pytest.importorskip("tensorflow_serving.config.model_server_config_pb2", reason=reason)
    models = text_format.Parse((base / "models.config").read_text(), config.ModelServerConfig())
    (model,) = models.model_config_list.config
    assert (model.name, model.base_path) == ("segmenter", "/models/segmenter")


def test_batches_are_those_of_the_warm_up(base):
    batching = parse_batching((base / "batching.config").read_text())
    assert batching["allowed_batch_sizes"][-1] == batching["max_batch_size"][0]
    assert batching["allowed_batch_sizes"] == list(serving_folder.WARM_UP_BATCHES)
    assert batching["num_batch_threads"][0] >= 1


def parse_batching(text):
    """BatchingParameters ships in no Python package: checked against its published fields."""
    fields = {"max_batch_size", "batch_timeout_micros", "num_batch_threads", "max_enqueued_batches"}
    values = {}
    for line in filter(None, (line.partition("#")[0].strip() for line in text.splitlines())):
        name, _, value = line.replace("{ value:", ":").rstrip("}").partition(":")
        assert name.strip() in fields | {"allowed_batch_sizes"}
        values.setdefault(name.strip(), []).append(int(value.strip(" :")))
    return values


def test_the_compose_file_opens_ports_on_this_host_only(base):
    compose = load_yaml(base / "compose.yaml")["services"]["segmenter"]
    assert compose["ports"] and all(port.startswith("127.0.0.1:") for port in compose["ports"])
    assert "--model_config_file=/models/models.config" in compose["command"]
    assert "prometheus_config { enable: true path:" in (base / "monitoring.config").read_text()


def test_requests_are_not_batched_together(base):
    """TensorFlow Serving batches all signatures or none, and one bad image fails its whole batch."""
    assert "batching" not in (base / "compose.yaml").read_text()
    readme = (base / "README.md").read_text()
    assert "not batched" in readme and len(readme.splitlines()) == 5


def test_no_placeholder_is_left(base):
    assert not [path.name for path in base.iterdir() if "@MODEL@" in path.read_text() or "@CORES@" in path.read_text()]
