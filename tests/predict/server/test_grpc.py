"""The gRPC client: no TensorFlow, and numbers only in the form of ours."""

import os
import subprocess
import sys

import numpy as np
import pytest

from keras_uda.core.errors import ServerError
from keras_uda.predict.server.address import parse_address
from tests.conftest import ROOT
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
