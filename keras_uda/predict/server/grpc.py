"""The gRPC interface of TensorFlow Serving, on its official service definitions (extra `serving`)."""

import importlib.util
import json
import os
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from keras_uda.core.errors import ServerError
from keras_uda.core.errors import UsageError
from keras_uda.predict.server.address import Address
from keras_uda.predict.server.model import NoAnswer
from keras_uda.predict.server.model import Transient
from keras_uda.predict.server.model import clean

DT_STRING, DT_FLOAT, DT_INT32 = 7, 1, 3
LARGEST_MESSAGE = 64 * 2**20
GRACE_SECONDS = 0.5  # in which gRPC says itself what kept it
PREDICT = "/tensorflow.serving.PredictionService/Predict"


os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # what goes wrong comes back as an exception


@contextmanager
def _definitions_alone() -> Iterator[None]:
    """Imports inside find the message definitions of the package `tensorflow` without its start, which takes seconds.

    The service definitions import `tensorflow.core...`, messages that need protobuf only. A hollow package stands in
    for TensorFlow and is taken away again, so that a later import of TensorFlow is a whole one.
    """
    spec = None if "tensorflow" in sys.modules else importlib.util.find_spec("tensorflow")
    if spec is None:
        yield
        return
    hollow = ModuleType("tensorflow")
    hollow.__path__ = list(spec.submodule_search_locations)
    sys.modules["tensorflow"] = hollow
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "tensorflow"]:
            del sys.modules[name]


class Grpc:
    """One channel for all threads."""

    def __init__(self, address: Address):
        try:
            import grpc

            with _definitions_alone():
                from google.protobuf.message import DecodeError
                from tensorflow_serving.apis import predict_pb2
        except ImportError as error:
            raise UsageError(
                "--server", "grpc:// needs tensorflow-serving-api", "pip install it, or use http://"
            ) from error
        self.address, self._grpc, self._damage = address, grpc, DecodeError
        self._request, self._response = predict_pb2.PredictRequest, predict_pb2.PredictResponse
        options = [("grpc.max_receive_message_length", LARGEST_MESSAGE), ("grpc.enable_retries", 0)]
        options += [("grpc.initial_reconnect_backoff_ms", 200), ("grpc.max_reconnect_backoff_ms", 2000)]
        options += [("grpc.service_config", json.dumps({}))]
        self._channel = grpc.insecure_channel(address.authority, options=options)
        # The answer comes as bytes: its length is judged before it is read, which can take ten times its memory.
        self._predict = self._channel.unary_unary(PREDICT, self._request.SerializeToString)

    def call(self, signature: str, inputs: dict[str, list[bytes]], seconds: float, largest: int) -> dict[str, list]:
        """See `Transport`."""
        request = self._request()
        request.model_spec.name, request.model_spec.signature_name = self.address.model, signature
        if self.address.version is not None:
            request.model_spec.version.value = self.address.version
        elif self.address.label:
            request.model_spec.version_label = self.address.label
        for name, values in inputs.items():
            tensor = request.inputs[name]
            tensor.dtype = DT_STRING
            tensor.tensor_shape.dim.add(size=len(values))
            tensor.string_val.extend(values)
        content = self._within(max(0.01, seconds), request)
        if len(content) > largest:
            raise ServerError(self.address, f"answers with more than {largest} bytes", "Check --server")
        return {name: self.values(name, tensor) for name, tensor in self._read(content).outputs.items()}

    def _within(self, seconds: float, request) -> bytes:
        """The answer, or an error in time: gRPC itself looks at no clock while a server floods it with frames."""
        metadata = [("authorization", self.address.authorization)] if self.address.authorization else None
        asked = self._predict.future(request, timeout=seconds, metadata=metadata)
        try:
            return asked.result(timeout=seconds + GRACE_SECONDS)
        except self._grpc.RpcError as error:
            raise self._translated(error, seconds) from error
        except self._grpc.FutureTimeoutError as error:
            raise self._late(seconds) from error
        except self._grpc.FutureCancelledError as error:
            raise ServerError(self.address, "the request was ended", "Run the same command again") from error
        finally:
            asked.cancel()  # of one that is done: nothing

    def _late(self, seconds: float) -> NoAnswer:
        return NoAnswer(self.address, f"no answer within {seconds:.0f} s", "Check the server, or raise --timeout")

    def _read(self, content: bytes):
        try:
            return self._response.FromString(content)
        except self._damage as error:
            what = "does not answer as TensorFlow Serving does (no PredictResponse)"
            raise ServerError(self.address, what, "Check the port in --server") from error

    def values(self, name: str, tensor) -> list:
        """What a `TensorProto` of strings, floats or whole numbers holds."""
        if tensor.dtype == DT_STRING:
            return list(tensor.string_val)
        given, form = {DT_FLOAT: (tensor.float_val, "<f"), DT_INT32: (tensor.int_val, "<i")}.get(tensor.dtype, ((), ""))
        if form and len(tensor.tensor_content) % 4 == 0:
            return list(given) or [value for (value,) in struct.iter_unpack(form, tensor.tensor_content)]
        what = f"gives {clean(name)} in a form that no export of this project has"
        raise ServerError(self.address, what, "Serve an export of this project")

    def _translated(self, error, seconds: float) -> Exception:
        code, details = error.code(), clean(error.details())
        status = self._grpc.StatusCode
        if code == status.DEADLINE_EXCEEDED:
            return self._late(seconds)
        if code == status.UNAVAILABLE:
            refused = "connection refused" if "refused" in details else f"not reachable ({details[:80]})"
            return Transient(refused, connection=True)
        if code in (status.RESOURCE_EXHAUSTED, status.ABORTED, status.INTERNAL):
            return Transient(f"answers {code.name} ({details})")
        return ServerError(self.address, f"answers {code.name}: {details}", "Check model and version in --server")

    def close(self) -> None:
        """Ends all requests; a channel that is flooded does not end, and is left to itself."""
        closing = threading.Thread(target=self._channel.close, daemon=True)
        closing.start()
        closing.join(GRACE_SECONDS)
