"""The texts of a serving folder are what the server and its tools read."""

import pytest
from google.protobuf import text_format

from keras_uda.core.strict_yaml import load_yaml
from keras_uda.export import serving_folder
from tests.predict.server.fake_server import parse_batching


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


def test_the_compose_file_opens_ports_on_this_host_only(base):
    compose = load_yaml(base / "compose.yaml")["services"]["segmenter"]
    assert compose["ports"] and all(port.startswith("127.0.0.1:") for port in compose["ports"])
    assert "--model_config_file=/models/models.config" in compose["command"]
    assert "prometheus_config { enable: true path:" in (base / "monitoring.config").read_text()


def test_requests_of_many_clients_are_batched(base):
    command = load_yaml(base / "compose.yaml")["services"]["segmenter"]["command"]
    assert {"--enable_batching=true", "--batching_parameters_file=/models/batching.config"} <= set(command)
    readme = (base / "README.md").read_text()
    assert "fails alone" in readme and len(readme.splitlines()) == 5


def test_no_placeholder_is_left(base):
    assert not [path.name for path in base.iterdir() if "@MODEL@" in path.read_text() or "@CORES@" in path.read_text()]
