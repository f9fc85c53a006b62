"""The REST client against servers that are none, are silent or drip."""

import socket
import threading
import time

import pytest

from keras_uda.core.errors import ServerError
from tests.predict.server.calls import connect
from tests.predict.server.calls import picture
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
    connection.recv(65536)  # a mail server listens before it hangs up: else the request may meet a closed connection
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


@pytest.mark.parametrize("status", [400, 503])
@pytest.mark.parametrize("content", [b"[" * 13_000, b'{"error": ' * 1300, {"error": [["x"]]}, b"\xff" * 9])
def test_errors_in_another_form_are_told_as_they_are(served, status, content):
    with rest_server(served) as url:
        model = connect(url)
        served.fault = lambda handler: handler.reply(status, content) or True
        with pytest.raises(ServerError, match=f"answers {status}") as refusal:
            model.predict(picture(1))
        assert len(str(refusal.value)) < 420
