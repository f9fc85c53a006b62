"""The REST client against servers that are none, or answer in other forms."""

import contextlib
import socket
import time

import pytest

from keras_uda.core.errors import ServerError
from tests.predict.server.calls import connect
from tests.predict.server.calls import picture
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
