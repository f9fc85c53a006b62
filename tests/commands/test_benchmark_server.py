"""`benchmark server`: many clients of a server that joins their requests, with damaged files among them."""

import itertools

import pytest

from keras_uda.commands import benchmark_server
from keras_uda.core.errors import ServerError
from keras_uda.core.errors import UsageError
from keras_uda.export.serving_templates import BATCHING
from tests.predict.server.calls import connect
from tests.predict.server.fake_server import Served
from tests.predict.server.fake_server import fake_model
from tests.predict.server.fake_server import grpc_server
from tests.predict.server.fake_server import parse_batching
from tests.predict.server.fake_server import rest_server
from tests.predict.server.fake_server import saved_model
from tests.toy_export import toy_exports


@pytest.fixture
def batching():
    return parse_batching(BATCHING.replace("@CORES@", "2"))


def served_as(model):
    one = Served()
    one.versions[1] = model
    return one


@pytest.mark.slow
@pytest.mark.ci
def test_64_clients_of_a_batching_server_get_their_maps_though_every_eighth_file_is_damaged(batching):
    one = served_as(saved_model(toy_exports() / "saved_model" / "1", batching | {"batch_timeout_micros": [50_000]}))
    with rest_server(one) as url:
        model = connect(url, timeout=60)
        small, large = benchmark_server.benchmark(model, [1, 64], seconds=0.4, damaged=8)
        model.close()
    assert small.wrong == large.wrong == 0 and large.refused >= 8
    assert len(small.latencies) >= 1 and len(large.latencies) >= 56


@pytest.mark.slow
@pytest.mark.ci
def test_requests_are_joined_into_batches(batching, monkeypatch):
    """Else the test above would prove nothing."""
    import tensorflow as tf

    folder, sizes, load = toy_exports() / "saved_model" / "1", [], tf.saved_model.load

    def counting(folder):
        loaded = load(folder)
        encoded = loaded.signatures["encoded"]

        class Counted:
            structured_input_signature = encoded.structured_input_signature
            structured_outputs = encoded.structured_outputs

            def __call__(self, image_bytes):
                tf.py_function(lambda values: sizes.append(len(values)), [image_bytes], [])
                return encoded(image_bytes=image_bytes)

        class Loaded:
            whole = loaded  # its variables live as long as it does
            signatures = {"encoded": Counted(), "about": loaded.signatures["about"]}

        return Loaded

    monkeypatch.setattr(tf.saved_model, "load", counting)
    one = served_as(saved_model(folder, batching | {"batch_timeout_micros": [50_000]}))
    with rest_server(one) as url:
        model = connect(url, timeout=60)
        benchmark_server.benchmark(model, [16], seconds=0.2, damaged=0)
        model.close()
    assert max(sizes) == batching["max_batch_size"][0]


def test_a_server_whose_batches_fail_together_is_found_out(capsys):
    healthy = fake_model()

    def touchy(signature, inputs):
        if signature == "encoded" and next(calls) in range(benchmark_server.FRAMES, 10**6, 5):
            raise ValueError("the batch failed")
        return healthy(signature, inputs)

    calls = itertools.count()
    with rest_server(served_as(touchy)) as url, pytest.raises(ServerError, match="answered otherwise than alone"):
        benchmark_server.main(["--server", url, "--clients", "2", "--seconds", "0.2", "--damaged", "0"])
    assert "wrong" in capsys.readouterr().out


def test_grpc_and_the_table(capsys):
    pytest.importorskip("tensorflow_serving", reason="the extra `serving` is not installed")
    with grpc_server(served_as(fake_model())) as url:
        benchmark_server.main(["--server", url, "--clients", "1", "4", "--seconds", "0.1", "--damaged", "0"])
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()[:1].isdigit()]
    assert [row[0] for row in rows] == ["1", "4"] and all(float(row[1]) > 0 and row[4:] == ["0", "0"] for row in rows)


@pytest.mark.parametrize("flag", [("--clients", "0"), ("--clients", "257"), ("--seconds", "0"), ("--damaged", "-1")])
def test_loads_that_cannot_be_meant_are_refused(flag):
    with pytest.raises(UsageError, match=flag[0]) as refusal:
        benchmark_server.main(["--server", "http://localhost:1", *flag])
    assert refusal.value.exit_code == 2
