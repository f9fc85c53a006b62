"""A server with the REST and gRPC interfaces of TensorFlow Serving, on its official service definitions.

`Served` holds versions of models as functions; `rest_server` and `grpc_server` speak for it. A test may put a `fault`
before an answer.
"""

import base64
import json
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np

from tests.conftest import ROOT

PATH = re.compile(r"/v1/models/(?P<name>[^/:]+)(?:/versions/(?P<version>\d+)|/labels/(?P<label>[^/:]+))?:predict")
CLASSES = ["road", "car", "sky", "tree"]
WIDTH, HEIGHT = 16, 12


class Served:
    """Versions of one model: number -> function (signature, inputs) -> outputs, both dicts of lists."""

    def __init__(self, name: str = "segmenter"):
        self.name, self.versions, self.labels = name, {}, {}
        self.fault: Callable | None = None
        self.requests, self.threads, self._lock = 0, set(), threading.Lock()

    def answer(self, name, version, label, signature, inputs) -> tuple[int, dict[str, list]]:
        with self._lock:
            self.requests += 1
            self.threads.add(threading.get_ident())
        if name != self.name:
            raise LookupError(f"Servable not found for request: Latest({name})")
        number = self.labels.get(label) if label else version if version is not None else max(self.versions)
        if number not in self.versions:
            raise LookupError(f"Servable not found for request: Specific({name}, {number})")
        return number, self.versions[number](signature, inputs)


def fake_model(identity: str = "a", classes: list[str] = CLASSES, shift: int = 0) -> Callable:
    """Classes by redness, without TensorFlow."""
    about = {"classes": classes, "palette": [[i, i, i] for i in range(len(classes))]}
    about |= {"size": f"{WIDTH}x{HEIGHT}", "model": identity}

    def run(signature: str, inputs: dict[str, list]) -> dict[str, list]:
        if signature == "about":
            return {"about": [json.dumps(about).encode() for _ in inputs["query"]]}
        if signature != "encoded":
            raise ValueError(f"Serving signature name: {signature!r} not found in signature def")
        outputs = {"label_png_bytes": [], "mean_confidence": [], "model": []}
        for content in inputs["image_bytes"]:
            red = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)[..., 2]
            label_map = ((red // 64 + shift) % len(classes)).astype("uint8")
            outputs["label_png_bytes"].append(cv2.imencode(".png", label_map)[1].tobytes())
            outputs["mean_confidence"].append(0.5)
            outputs["model"].append(identity.encode())
        return outputs

    return run


def saved_model(folder: Path, batching: dict[str, list[int]] | None = None) -> Callable:
    """A version that runs the signatures of a SavedModel.

    Args:
        folder: with `saved_model.pb`.
        batching: parameters of `batching.config`; requests of one signature are then joined by the scheduler that
            TensorFlow Serving uses too, and fail together. None: every request alone.
    """
    import tensorflow as tf

    loaded = tf.saved_model.load(str(folder))
    signatures = {name: batched(function, batching) for name, function in loaded.signatures.items()}

    def run(signature: str, inputs: dict[str, list], keep=loaded) -> dict[str, list]:
        try:
            answer = signatures[signature](**{name: tf.constant(values) for name, values in inputs.items()})
        except tf.errors.InvalidArgumentError as error:  # 400, INVALID_ARGUMENT
            raise ValueError(error.message) from error
        return {name: value.numpy().tolist() for name, value in answer.items()}

    return run


def batched(function: Callable, batching: dict[str, list[int]] | None) -> Callable:
    """A signature whose calls from many threads are joined; itself without parameters."""
    if batching is None:
        return function
    import tensorflow as tf

    ((name, spec),) = function.structured_input_signature[1].items()
    outputs = sorted(function.structured_outputs)
    keys = ("num_batch_threads", "max_batch_size", "batch_timeout_micros", "max_enqueued_batches")
    options = {key: batching[key][0] for key in keys}

    def apart(values):
        answer = function(**{name: values})
        return [answer[output] for output in outputs]

    join = tf.nondifferentiable_batch_function(allowed_batch_sizes=batching["allowed_batch_sizes"], **options)
    joined = tf.function(join(apart), input_signature=[spec])
    return lambda **inputs: dict(zip(outputs, joined(inputs[name]), strict=True))


def parse_batching(text: str) -> dict[str, list[int]]:
    """BatchingParameters ships in no Python package: read by its published fields."""
    fields = {"max_batch_size", "batch_timeout_micros", "num_batch_threads", "max_enqueued_batches"}
    values = {}
    for line in filter(None, (line.partition("#")[0].strip() for line in text.splitlines())):
        name, _, value = line.replace("{ value:", ":").rstrip("}").partition(":")
        assert name.strip() in fields | {"allowed_batch_sizes"}
        values.setdefault(name.strip(), []).append(int(value.strip(" :")))
    return values


@contextmanager
def rest_server(served: Served, port: int = 0):
    """Yields the address; JSON as TensorFlow Serving writes it (api_rest.md)."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if served.fault is not None and served.fault(self):
                return
            match = PATH.fullmatch(self.path)
            if not match:
                return self.reply(404, {"error": "Malformed request"})
            request = json.loads(body)
            inputs = {name: [_decoded(v) for v in values] for name, values in request["inputs"].items()}
            version = int(match["version"]) if match["version"] else None
            try:
                signature = request["signature_name"]
                _, outputs = served.answer(match["name"], version, match["label"], signature, inputs)
            except (LookupError, ValueError) as error:
                return self.reply(404 if isinstance(error, LookupError) else 400, {"error": str(error)})
            encoded = {name: [_encoded(name, value) for value in values] for name, values in outputs.items()}
            self.reply(200, {"outputs": next(iter(encoded.values())) if len(encoded) == 1 else encoded})

        def reply(self, status, content, headers=()):
            text = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            for name, value in (("Content-Length", str(len(text))), *headers):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # clients that hang up are part of the tests
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _decoded(value):
    return base64.b64decode(value["b64"]) if isinstance(value, dict) else value


def _encoded(name, value):
    if name.endswith("_bytes"):
        return {"b64": base64.b64encode(value).decode()}
    return value.decode() if isinstance(value, bytes) else value


@contextmanager
def grpc_server(served: Served, port: int = 0):
    """Yields the address; a `PredictionService` as the official definitions describe it."""
    import grpc
    from tensorflow_serving.apis import predict_pb2
    from tensorflow_serving.apis import prediction_service_pb2_grpc as service

    class Service(service.PredictionServiceServicer):
        def Predict(self, request, context):
            if served.fault is not None:
                served.fault(context)
            spec = request.model_spec
            version = spec.version.value if spec.HasField("version") else None
            inputs = {name: list(tensor.string_val) for name, tensor in request.inputs.items()}
            try:
                number, outputs = served.answer(spec.name, version, spec.version_label, spec.signature_name, inputs)
            except LookupError as error:
                context.abort(grpc.StatusCode.NOT_FOUND, str(error))
            except ValueError as error:
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
            response = predict_pb2.PredictResponse()
            response.model_spec.name, response.model_spec.version.value = spec.name, number
            for name, values in outputs.items():
                tensor = response.outputs[name]
                tensor.tensor_shape.dim.add(size=len(values))
                tensor.dtype, given = {
                    bytes: (7, tensor.string_val),
                    float: (1, tensor.float_val),
                    int: (3, tensor.int_val),
                }[type(values[0])]
                given.extend(values)
            return response

    server = grpc.server(ThreadPoolExecutor(64))
    service.add_PredictionServiceServicer_to_server(Service(), server)
    port = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    try:
        yield f"grpc://127.0.0.1:{port}"
    finally:
        server.stop(0)


@contextmanager
def raw_server(behave: Callable):
    """Yields `host:port` of a TCP server that need not speak anything: `behave(connection)` in a thread of its own."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve(connection):
        with connection, suppress(OSError):
            behave(connection)

    def accept():
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    with server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def server_process(kind: str, port: int = 0):
    """Yields (address, process): `rest` or `grpc` in a process of its own, that a test can kill."""
    command = [sys.executable, "-m", "tests.predict.server.fake_server", kind, str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().strip(), process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def model_of(folder: str | None = None, batching: str | None = None) -> Callable:
    """`python -m tests.predict.server.fake_server rest 8501 VERSION [batching.config]`: a SavedModel, or a toy."""
    if folder is None:
        return fake_model()
    return saved_model(Path(folder), batching and parse_batching(Path(batching).read_text()))


if __name__ == "__main__":
    one = Served()
    one.versions[1] = model_of(*sys.argv[3:])
    with {"rest": rest_server, "grpc": grpc_server}[sys.argv[1]](one, int(sys.argv[2])) as url:
        print(url, flush=True)
        threading.Event().wait()
