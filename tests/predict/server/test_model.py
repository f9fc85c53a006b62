"""The client against servers that answer, fail, drip, lie, change and restart: rows S1 to S9."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import ServerError
from keras_uda.core.errors import UsageError
from keras_uda.predict.server import model as server_model
from keras_uda.predict.server.address import parse_address
from keras_uda.predict.server.model import ServerModel
from keras_uda.predict.server.rest import Rest
from tests.conftest import ROOT
from tests.predict.server.fake_server import HEIGHT
from tests.predict.server.fake_server import WIDTH
from tests.predict.server.fake_server import Served
from tests.predict.server.fake_server import fake_model
from tests.predict.server.fake_server import grpc_server
from tests.predict.server.fake_server import rest_server
from tests.predict.server.fake_server import saved_model
from tests.toy_export import frame
from tests.toy_export import toy_exports


@pytest.fixture
def served():
    server = Served()
    server.versions[1] = fake_model()
    return server


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(server_model, "FIRST_PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(server_model, "LONGEST_PAUSE_SECONDS", 0.1)


def connect(url, timeout=5.0, encode="png"):
    address = parse_address(url)
    if address.scheme == "grpc":
        from keras_uda.predict.server.grpc import Grpc

        return ServerModel(address, Grpc(address), timeout, encode)
    return ServerModel(address, Rest(address), timeout, encode)


def picture(index):
    return frame(index, WIDTH, HEIGHT)


def expected(image):
    return image[..., 0] // 64


@pytest.mark.parametrize("serve", [rest_server, grpc_server])
def test_frames_come_back_the_same_for_1_8_and_64_threads(served, serve):
    if serve is grpc_server:
        pytest.importorskip("tensorflow_serving", reason="the extra `serving` is not installed")
    pictures = [picture(index) for index in range(128)]
    with serve(served) as url:
        model = connect(url, timeout=60)
        for threads in (1, 8, 64):
            with ThreadPoolExecutor(threads) as pool:
                for image, answer in zip(pictures, pool.map(model.predict, pictures), strict=True):
                    np.testing.assert_array_equal(answer.label_map, expected(image))
        assert model.models == {"a": 3 * 128} and model.size == (WIDTH, HEIGHT)
        assert "latency" in model.summary()
        model.close()


@pytest.mark.parametrize("serve", [rest_server, grpc_server])
def test_a_picture_that_the_graph_cannot_decode_fails_alone_and_says_why(serve, monkeypatch):
    if serve is grpc_server:
        pytest.importorskip("tensorflow_serving", reason="the extra `serving` is not installed")
    one = Served()
    one.versions[1] = saved_model(toy_exports() / "saved_model" / "1")
    encode = server_model.encode_frame
    damages = (lambda content: content[: len(content) // 2], lambda content: b"no image")
    with serve(one) as url:
        model = connect(url, timeout=60)
        for harm in damages:
            monkeypatch.setattr(server_model, "encode_frame", lambda *given, harm=harm: harm(encode(*given)))
            asked = one.requests
            with pytest.raises(ServerError, match="answers (400|INVALID_ARGUMENT): .*(PNG|image|format)") as refusal:
                model.predict(frame(0))
            assert one.requests == asked + 1 and refusal.value.exit_code == 7
            monkeypatch.setattr(server_model, "encode_frame", encode)
            assert model.predict(frame(1)).label_map.shape == frame(1).shape[:2]


def test_a_jpeg_keeps_fine_differences():
    noise = np.random.default_rng(0).integers(0, 256, (96, 128, 3), dtype="uint8")
    image = cv2.GaussianBlur(noise, (0, 0), 1.2)
    content = np.frombuffer(server_model.encode_frame(image, "jpeg"), np.uint8)
    difference = np.abs(cv2.imdecode(content, cv2.IMREAD_COLOR)[..., ::-1].astype(int) - image)
    assert difference.mean() < 1.5  # 1.1; 1.9 at quality 95


def test_versions_and_labels_are_chosen_by_the_path(served):
    served.versions[3] = fake_model("b", shift=1)
    served.labels["stable"] = 1
    with rest_server(served) as url:
        for path, name in [("", "b"), ("/v1/models/segmenter/versions/1", "a"), ("/segmenter/labels/stable", "a")]:
            assert connect(url + path).predict(picture(0)).model == name
        for path in ("/v1/models/segmenter/versions/9", "/v1/models/other"):
            with pytest.raises(ServerError, match="answers 404: Servable not found"):
                connect(url + path)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.mark.parametrize(
    ("url", "told"),
    [("http://127.0.0.1:{}", "connection refused"), ("http://no-such-host.invalid:8501", "no such host")],
)
def test_nobody_there(url, told):
    began = time.monotonic()
    with pytest.raises(ServerError, match=told) as refusal:
        connect(url.format(free_port()))
    assert "Start TF Serving or check --server" in str(refusal.value) and time.monotonic() - began < 5


def raw_server(behave):
    """A TCP server that is no HTTP server: `behave(connection)` in a thread of its own."""
    server = socket.create_server(("127.0.0.1", 0))

    def accept():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=behave, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return server


def greets(connection):
    connection.sendall(b"220 mail.example ESMTP\r\n")
    connection.close()


def is_silent(connection):
    time.sleep(30)


def drips(connection):
    for character in b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b" " * 1000:
        try:
            connection.sendall(bytes([character]))
        except OSError:
            return
        time.sleep(0.05)


@pytest.mark.parametrize(("behave", "told"), [(greets, "HTTP"), (is_silent, "within 1 s"), (drips, "within 1 s")])
def test_other_services_silence_and_drips_end_at_the_deadline(behave, told):
    server, began = raw_server(behave), time.monotonic()
    with server, pytest.raises(ServerError, match=told):
        connect(f"http://127.0.0.1:{server.getsockname()[1]}", timeout=1.0)
    assert time.monotonic() - began < 2.5


def failing(status, times, headers=()):
    left = [times]

    def fault(handler):
        if left[0] > 0:
            left[0] -= 1
            handler.reply(status, {"error": "try\x07 later " + "x" * 900}, headers)
            return True
        return False

    return fault


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_three_times(served, status):
    with rest_server(served) as url:
        model = connect(url)
        served.fault, served.requests = failing(status, 2), 0
        np.testing.assert_array_equal(model.predict(picture(1)).label_map, expected(picture(1)))
        served.fault = failing(status, 99)
        with pytest.raises(ServerError, match=rf"answers {status} .*3 tries"):
            model.predict(picture(1))


def test_the_server_says_when_to_come_back(served):
    with rest_server(served) as url:
        model = connect(url)
        served.fault, began = failing(429, 1, [("Retry-After", "1")]), time.monotonic()
        model.predict(picture(1))
        assert time.monotonic() - began >= 1
        served.fault = failing(429, 1, [("Retry-After", "3600")])
        with pytest.raises(ServerError):
            model.predict(picture(1))


@pytest.mark.parametrize("text", ["²", "-1", "soon", "1e3", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_a_time_to_come_back_that_is_none_is_left_out(served, text):
    with rest_server(served) as url:
        model = connect(url)
        served.fault = failing(429, 1, [("Retry-After", text)])
        np.testing.assert_array_equal(model.predict(picture(1)).label_map, expected(picture(1)))


@pytest.mark.parametrize("status", [400, 503])
@pytest.mark.parametrize("content", [b"[" * 13_000, b'{"error": ' * 1300, {"error": [["x"]]}, b"\xff" * 9])
def test_errors_in_another_form_are_told_as_they_are(served, status, content):
    with rest_server(served) as url:
        model = connect(url)
        served.fault = lambda handler: handler.reply(status, content) or True
        with pytest.raises(ServerError, match=f"answers {status}") as refusal:
            model.predict(picture(1))
        assert len(str(refusal.value)) < 420


@pytest.mark.parametrize("content", [b"123", b"12345", bytes(1)])
def test_numbers_of_half_a_length_are_refused(content):
    pytest.importorskip("tensorflow_serving", reason="the extra `serving` is not installed")
    from tensorflow.core.framework.tensor_pb2 import TensorProto

    from keras_uda.predict.server.grpc import Grpc

    transport = Grpc(parse_address("grpc://127.0.0.1:1"))
    with pytest.raises(ServerError, match="in a form that no model of ours has"):
        transport.values("mean_confidence", TensorProto(dtype=1, tensor_content=content))
    whole = TensorProto(dtype=1, tensor_content=np.array([0.5, 0.25], "<f4").tobytes())
    assert transport.values("mean_confidence", whole) == [0.5, 0.25]
    transport.close()


@pytest.mark.parametrize("status", [400, 404, 413, 302])
def test_what_stays_wrong_is_tried_once(served, status):
    with rest_server(served) as url:
        model = connect(url)
        count = [0]

        def fault(handler):
            count[0] += 1
            handler.reply(status, {"error": "no\x1b[31m " + "y" * 900}, [("Location", "http://127.0.0.1:1/")])
            return True

        served.fault = fault
        with pytest.raises(ServerError) as refusal:
            model.predict(picture(1))
        assert count[0] == 1 and "\x1b" not in str(refusal.value) and len(str(refusal.value)) < 420


def label_answer(label_map, **changes):
    import base64

    import cv2

    png = base64.b64encode(cv2.imencode(".png", label_map)[1].tobytes()).decode()
    return {"outputs": {"label_png_bytes": [{"b64": png}], "mean_confidence": [0.5], "model": ["a"]} | changes}


GOOD = np.zeros((HEIGHT, WIDTH), "uint8")


@pytest.mark.parametrize(
    "content",
    [
        b"<html>hello</html>",
        b'{"outputs": {"label_png',
        b"[" * 5000,
        b'{"outputs": ' + b"[" * 200_000,
        b"x" * 3_000_000,
        {"outputs": {"other": [1]}},
        label_answer(GOOD[:5]),
        label_answer(GOOD + 9),
        label_answer(np.zeros((HEIGHT, WIDTH, 3), "uint8")),
        label_answer(GOOD, mean_confidence=[float("nan")]),
        label_answer(GOOD, label_png_bytes=[{"b64": "iVBORw0KGgo="}]),
        label_answer(GOOD, label_png_bytes=[]),
        label_answer(GOOD, mean_confidence=[10**400]),
        label_answer(GOOD, model=["\ud800"]),
        label_answer(GOOD, model=[["a"]]),
        label_answer(GOOD, model=["a" * 5000]),
    ],
)
def test_answers_that_are_no_label_maps_are_refused(served, content):
    with rest_server(served) as url:
        model = connect(url)
        served.fault = lambda handler: handler.reply(200, content) or True
        with pytest.raises(ServerError):
            model.predict(picture(1))


ABOUT = {"classes": ["a", "b"], "palette": [[0, 0, 0], [1, 1, 1]], "size": "16x12", "model": "m"}


@pytest.mark.parametrize(
    "about",
    [{}, {"classes": ["a"]}, [1], None]
    + [ABOUT | {"size": size} for size in ("0x0", "-5x-5", "99999999x99999999", "9999x9999", "x", "", "²x²", 5, None)]
    + [ABOUT | {"palette": colours} for colours in ([1, 2], [[0, 0], [1, 1]], [[0, 0, 256], [0, 0, -1]], "ab", {})]
    + [ABOUT | {"palette": [[0, 0, value], [1, 1, 1]]} for value in (0.5, True, None, "1", 10**400, float("inf"), [1])]
    + [ABOUT | {"classes": names} for names in ("ab", [1, 2], [None, "a"], ["a", "a"], ["a", "\ud800"], {"a": 1})]
    + [ABOUT | {"classes": [], "palette": []}]
    + [ABOUT | {"model": name} for name in (None, 7, "\ud800", "a\nb", "m" * 5000)]
    + [b"[" * 200_000, b'{"size": ' * 50_000, b"\xff", b"", b"9" * 9000],
)
def test_a_model_that_is_not_ours_is_refused(served, about):
    content = about if isinstance(about, bytes) else json.dumps(about).encode()
    served.versions[1] = lambda signature, inputs: {"about_bytes": [content]}  # this name is sent in base64
    with rest_server(served) as url, pytest.raises(ArtefactError, match="no model of export.py"):
        connect(url)


def test_a_new_version_is_taken_and_named_and_other_classes_are_refused(served):
    with rest_server(served) as url:
        model = connect(url)
        model.predict(picture(0))
        served.versions[2] = fake_model("b", shift=1)
        answer = model.predict(picture(0))
        assert answer.model == "b" and model.models == {"a": 1, "b": 1}
        np.testing.assert_array_equal(answer.label_map, (expected(picture(0)) + 1) % 4)
        served.versions[3] = fake_model("c", classes=["road", "car", "sky", "boat"])
        with pytest.raises(ArtefactError, match="other classes"):
            model.predict(picture(0))


def test_a_server_that_restarts_is_waited_for(served):
    with rest_server(served) as url:
        model = connect(url, timeout=10)
        model.predict(picture(0))
    port = parse_address(url).port

    def again():
        time.sleep(0.5)
        with rest_server(served, port):
            time.sleep(3)

    thread = threading.Thread(target=again, daemon=True)
    thread.start()
    np.testing.assert_array_equal(model.predict(picture(2)).label_map, expected(picture(2)))
    model.close()


GRPC_CLIENT = """
import sys
from keras_uda.predict.server.address import parse_address
from keras_uda.predict.server.grpc import Grpc
from keras_uda.predict.server.model import ServerModel
model = ServerModel(address := parse_address(sys.argv[1]), Grpc(address))
assert "tensorflow" not in sys.modules
model.close()
import tensorflow
assert tensorflow.make_tensor_proto([b"x"]).string_val == [b"x"]
"""


def test_grpc_starts_no_tensorflow_and_is_silent(served):
    pytest.importorskip("tensorflow_serving", reason="the extra `serving` is not installed")
    with grpc_server(served) as url:
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
        connected = GRPC_CLIENT.partition("import tensorflow")[0]
        done = subprocess.run([sys.executable, "-c", connected, url], cwd=ROOT, capture_output=True, text=True)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert subprocess.run([sys.executable, "-c", GRPC_CLIENT, url], cwd=ROOT, env=environment).returncode == 0


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://host", "host:8501", "http://", "http://h:99999999", "x", "http://h/v1/models/sä"]
    + ["http://a..b:8501", "http://ä..b:8501", "http://a b", f"http://{64 * 'a'}", "http://\udcdf", "http://[::1..2]"]
    + ["http://[::1%a..b]:1", f"grpc://h/v1/models/m/versions/{20 * '9'}", "http://h/v1/models/m/versions/٣"],
)
def test_addresses_that_are_none(url):
    with pytest.raises(UsageError):
        parse_address(url)


def test_hosts_in_other_letters_and_numbers():
    assert str(parse_address("http://bücher.example")) == "http://xn--bcher-kva.example:8501"
    assert str(parse_address("http://[fe80::1%eth0]:9")) == "http://[fe80::1%eth0]:9"
    assert parse_address("http://[::1]").host == "::1"  # as sockets want it
    assert parse_address("http://m\udcdf:x@h").authorization == "Basic bd86eA=="
    assert parse_address("grpc://[::1]:9").authority == "[::1]:9"  # as gRPC wants it


def test_nobody_at_an_address_of_ipv6():
    pytest.importorskip("tensorflow_serving", reason="the extra `serving` is not installed")
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6) as one:
            port = one.getsockname()[1]
    except OSError:
        pytest.skip("this machine has no IPv6")
    for scheme in ("http", "grpc"):
        with pytest.raises(ServerError, match=rf"^{scheme}://\[::1\]:{port}: connection refused"):
            connect(f"{scheme}://[::1]:{port}")


def test_secrets_are_sent_and_never_shown(served):
    seen = []
    with rest_server(served) as url:
        served.fault = lambda handler: seen.append(handler.headers["Authorization"])
        address = url.replace("//", "//me:se%20cret@")
        model = connect(address)
        assert "cret" not in str(model.address) and seen == ["Basic bWU6c2UgY3JldA=="]
        served.fault = failing(400, 1)
        with pytest.raises(ServerError) as refusal:
            model.predict(picture(0))
        assert "cret" not in str(refusal.value)
    with pytest.raises(UsageError) as refusal:
        parse_address("http://me:secret@host/%%%?x")
    assert "secret" not in str(refusal.value)
