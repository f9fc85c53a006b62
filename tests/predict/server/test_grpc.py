"""The gRPC client: no TensorFlow, and numbers only in the form of ours."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest

from keras_uda.core.errors import ServerError
from keras_uda.predict.server.address import parse_address
from tests.conftest import ROOT
from tests.predict.server.calls import connect
from tests.predict.server.fake_server import grpc_server

pytestmark = pytest.mark.usefixtures("short_pauses")


@pytest.mark.parametrize("content", [b"123", b"12345", bytes(1)])
def test_numbers_of_half_a_length_are_refused(content):
    pytest.importorskip("tensorflow_serving", reason="the extra `serving` is not installed")
    from tensorflow.core.framework.tensor_pb2 import TensorProto

    from keras_uda.predict.server.grpc import Grpc

    transport = Grpc(parse_address("grpc://127.0.0.1:1"))
    with pytest.raises(ServerError, match="in a form that no export of this project has"):
        transport.values("mean_confidence", TensorProto(dtype=1, tensor_content=content))
    whole = TensorProto(dtype=1, tensor_content=np.array([0.5, 0.25], "<f4").tobytes())
    assert transport.values("mean_confidence", whole) == [0.5, 0.25]
    for given in ({"tensor_content": np.array([0, 3], "<i4").tobytes()}, {"int_val": [0, 3]}):
        assert transport.values("error", TensorProto(dtype=3, **given)) == [0, 3]
    transport.close()


GRPC_CLIENT = """
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from keras_uda.predict.server.address import parse_address
from keras_uda.predict.server.grpc import Grpc
from keras_uda.predict.server.model import ServerModel
model = ServerModel(address := parse_address(sys.argv[1]), Grpc(address))
assert "tensorflow" not in sys.modules
model.close()
"""
THEN_TENSORFLOW = """
import tensorflow
assert tensorflow.make_tensor_proto([b"x"]).string_val == [b"x"]
"""


def test_grpc_starts_no_tensorflow_and_is_silent(served):
    pytest.importorskip("tensorflow_serving", reason="the extra `serving` is not installed")
    with grpc_server(served) as url:
        done = subprocess.run([sys.executable, "-c", GRPC_CLIENT, url], cwd=ROOT, capture_output=True, text=True)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.slow
@pytest.mark.ci
def test_tensorflow_can_be_imported_after_grpc(served):
    pytest.importorskip("tensorflow_serving", reason="the extra `serving` is not installed")
    with grpc_server(served) as url:
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
        command = [sys.executable, "-c", GRPC_CLIENT + THEN_TENSORFLOW, url]
        assert subprocess.run(command, cwd=ROOT, env=environment).returncode == 0


@contextmanager
def answering(content: bytes):
    """A server that answers every request with these bytes."""
    import grpc

    class Any(grpc.GenericRpcHandler):
        def service(self, _):
            return grpc.unary_unary_rpc_method_handler(lambda request, context: content)

    server = grpc.server(ThreadPoolExecutor(1), handlers=[Any()])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"grpc://127.0.0.1:{port}"
    server.stop(0)


def test_an_answer_is_as_long_as_one_can_be_before_it_is_read(monkeypatch):
    """S5: two bytes of a message become ten times as many in memory."""
    pytest.importorskip("tensorflow_serving", reason="the extra `serving` is not installed")
    from keras_uda.predict.server.grpc import Grpc

    with answering(bytes(1_000_001)) as url:
        monkeypatch.setattr(Grpc, "_read", None)
        with pytest.raises(ServerError, match="answers with more than 1000000 bytes"):
            connect(url)


def test_an_answer_that_is_none_is_told():
    pytest.importorskip("tensorflow_serving", reason="the extra `serving` is not installed")
    with answering(b"\xff" * 99) as url, pytest.raises(ServerError, match="no PredictResponse"):
        connect(url)
