"""The REST client against servers that are none, or answer in other forms."""

import contextlib
import socket
import time

import cv2
import numpy as np
import pytest

from keras_uda.core.errors import ServerError
from tests.predict.server.calls import connect
from tests.predict.server.calls import failing
from tests.predict.server.calls import picture
from tests.predict.server.fake_server import HEIGHT
from tests.predict.server.fake_server import WIDTH
from tests.predict.server.fake_server import raw_server
from tests.predict.server.fake_server import rest_server

pytestmark = pytest.mark.usefixtures("short_pauses")


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


def greets(connection):
    connection.sendall(b"220 mail.example ESMTP\r\n")
    connection.settimeout(
        0.3
    )  # a mail server listens before it hangs up: else the request may meet a closed connection
    with contextlib.suppress(TimeoutError):
        while connection.recv(65536):
            pass
    connection.close()


def test_another_service_is_told():
    with raw_server(greets) as url, pytest.raises(ServerError, match="does not answer in whole HTTP"):
        connect(f"http://{url}", timeout=1.0)


@pytest.mark.parametrize("status", [400, 503])
@pytest.mark.parametrize("content", [b"[" * 13_000, b'{"error": ' * 1300, {"error": [["x"]]}, b"\xff" * 9])
def test_errors_in_another_form_are_told_as_they_are(served, status, content):
    with rest_server(served) as url:
        model = connect(url)
        served.fault = lambda handler: handler.reply(status, content) or True
        with pytest.raises(ServerError, match=f"answers {status}") as refusal:
            model.predict(picture(1))
        assert len(str(refusal.value)) < 420


def test_an_answer_of_very_many_values_is_refused_unread(served):
    """S5: Python takes twenty times the memory of a text that is brackets and commas alone."""
    wide = b'{"outputs": [' + b"[]," * 10_000 + b"1]}"
    with rest_server(served) as url:
        served.fault = lambda handler: handler.reply(200, wide) or True
        with pytest.raises(ServerError, match="does not answer as TensorFlow Serving does"):
            connect(url)


def test_the_largest_answer_of_a_frame_is_little_more_than_noise(served):
    pixels = np.random.default_rng(0).integers(0, 4, (HEIGHT, WIDTH)).astype("uint8")
    noise = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 0])[1].tobytes()
    known = served.versions[1]
    served.versions[1] = lambda signature, inputs: (
        known(signature, inputs) | ({"label_png_bytes": [noise]} if signature == "encoded" else {})
    )
    with rest_server(served) as url:
        model = connect(url)
        np.testing.assert_array_equal(model.predict(picture(0)).label_map, pixels)
        served.fault = lambda handler: handler.reply(200, b" " * (3 * WIDTH * HEIGHT + 100_001)) or True
        with pytest.raises(ServerError, match="answers with more than 100576 bytes"):
            model.predict(picture(0))


@pytest.mark.parametrize(
    "place", ["javascript:1", "mailto:a", "http://[::1", "//\xad", "http://a:99999/", "\u202e", "file:///etc/passwd"]
)
def test_a_redirect_to_nowhere_is_told(served, place):
    """S9: the client looks at the address of a redirect that it does not follow."""
    with rest_server(served) as url:
        model = connect(url)
        headers = [("Location", place.encode("utf-8").decode("latin-1"))]
        served.fault = lambda handler: handler.reply(302, b"", headers) or True
        with pytest.raises(ServerError, match="redirects|nothing possible|whole HTTP") as refusal:
            model.predict(picture(0))
        assert "--server" in str(refusal.value)


def test_what_failed_is_told_when_the_time_is_over(served):
    """A try that is cut short by the deadline says nothing of the server; those before it do."""
    with rest_server(served) as url:
        model = connect(url, timeout=1.0)
        answers = iter([failing(503, 1)] + [lambda handler: time.sleep(3)] * 9)
        served.fault = lambda handler: next(answers)(handler)
        with pytest.raises(ServerError, match="answers 503 .*, 1 tries"):
            model.predict(picture(0))
