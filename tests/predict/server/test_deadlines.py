"""`--timeout` holds whatever the other side does, over REST and gRPC; Ctrl-C does not wait for it."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from itertools import repeat

import pytest

from keras_uda.core.errors import ServerError
from keras_uda.predict.in_flight import in_order
from keras_uda.predict.server.address import parse_address
from keras_uda.predict.server.rest import Rest
from tests.predict.server.calls import connect
from tests.predict.server.calls import failing
from tests.predict.server.calls import picture
from tests.predict.server.fake_server import raw_server
from tests.predict.server.fake_server import rest_server

SECONDS = 0.6
SLACK = 5.0  # of the test, on a machine that is busy; a server here would go on for a minute
SETTINGS, PING = b"\0\0\0\4\0\0\0\0\0", b"\0\0\10\6\0\0\0\0\0" + bytes(8)  # frames of HTTP/2


def says(start: bytes, then: bytes = b"", every: float = 0.05):
    """A server that sends `start` at once, and `then` again and again."""

    def behave(connection):
        connection.sendall(start)
        for _ in repeat(None) if then else ():
            connection.sendall(then)
            time.sleep(every)
        time.sleep(60)

    return behave


def drips(text: bytes):
    """A byte at a time, and nothing after the last one."""

    def behave(connection):
        for value in text:
            connection.sendall(bytes([value]))
            time.sleep(0.05)
        time.sleep(60)

    return behave


OK = b"HTTP/1.1 200 OK\r\n"
SERVERS = {
    "silent": says(b""),
    "a byte at a time": drips(OK + b"Content-Length: 100000\r\n\r\n" + b" " * 1000),
    "Connection: close": says(OK + b"Connection: close\r\nContent-Length: 5000\r\n\r\n", b"x"),
    "HTTP/1.0 without a length": says(b"HTTP/1.0 200 OK\r\n\r\n", b"x"),
    "chunks": says(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "chunks, then close": says(OK + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "the length of a chunk": says(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "trailers": says(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"a: b\r\n"),
    "headers": says(OK, b"a: b\r\n"),
    "continue, slowly": says(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "continue, at full speed": says(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 200, 0),
    "an error": says(b"HTTP/1.1 503 Busy\r\nContent-Length: 99\r\n\r\n", b"x"),
    "a redirect": says(b"HTTP/1.1 302 Away\r\nLocation: /\r\nContent-Length: 99\r\n\r\n", b"x"),
}


@pytest.mark.parametrize("behaviour", SERVERS)
def test_rest_ends_in_time(behaviour):
    began = time.monotonic()
    with raw_server(SERVERS[behaviour]) as address, pytest.raises(ServerError, match="within 1 s|whole HTTP"):
        connect(f"http://{address}", timeout=SECONDS)
    assert time.monotonic() - began < SECONDS + SLACK


def test_rest_ends_in_time_before_there_is_a_connection(monkeypatch):
    began = time.monotonic()
    with raw_server(says(b"")) as address, pytest.raises(ServerError, match="within 1 s"):
        connect(f"https://{address}", timeout=SECONDS)  # silent in the handshake of TLS
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **named: time.sleep(60))
    with pytest.raises(ServerError, match="within 1 s"):
        connect("http://slow.example", timeout=SECONDS)
    assert time.monotonic() - began < 2 * (SECONDS + SLACK)


def test_rest_ends_in_time_where_nobody_reads_the_request():
    began = time.monotonic()
    with raw_server(says(b"")) as address:
        transport = Rest(parse_address(f"http://{address}"))
        with pytest.raises(ServerError, match="within 1 s"):
            transport.call("encoded", {"image_bytes": [bytes(2**23)]}, SECONDS, 1000)
        transport.close()
    assert time.monotonic() - began < SECONDS + 2 * SLACK


RESET, MORE = b"\0\0\4\3\0\0\0\0\1" + bytes(4), b"\0\0\5\x09\0\0\0\0\1\x40\1a\1b"  # the latter: further headers
GRPC = [says(b""), says(SETTINGS), says(SETTINGS, PING), drips(SETTINGS + PING * 9), says(OK, b"x")]
GRPC += [says(SETTINGS, PING * 500, 0), says(SETTINGS, RESET * 500, 0)]  # at full speed
GRPC += [says(SETTINGS + b"\0\0\1\1\0\0\0\0\1\x88", MORE * 500, 0)]


@pytest.mark.parametrize("behave", GRPC)
def test_grpc_ends_in_time(behave):
    pytest.importorskip("tensorflow_serving", reason="the extra `serving` is not installed")
    began = time.monotonic()
    with raw_server(behave) as address, pytest.raises(ServerError):
        connect(f"grpc://{address}", timeout=SECONDS)
    assert time.monotonic() - began < SECONDS + SLACK


FLOOD = """
import socket, sys
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
connection = server.accept()[0]
connection.sendall(b"\\0\\0\\0\\4\\0\\0\\0\\0\\0")
while True:
    connection.sendall((b"\\0\\0\\10\\6\\0\\0\\0\\0\\0" + bytes(8)) * 500)
"""


def test_grpc_ends_in_time_in_a_flood():
    """A process of its own sends faster than gRPC reads, which then looks at no clock and ends no channel."""
    pytest.importorskip("tensorflow_serving", reason="the extra `serving` is not installed")
    command = [sys.executable, "-c", FLOOD]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        port, began = server.stdout.readline().strip(), time.monotonic()
        with pytest.raises(ServerError, match="no answer within 1 s"):
            connect(f"grpc://127.0.0.1:{port}", timeout=SECONDS)
        seconds = time.monotonic() - began
        server.kill()
    assert seconds < SECONDS + SLACK


def ctrl_c_after(seconds):
    threading.Timer(seconds, os.kill, [os.getpid(), signal.SIGINT]).start()
    return time.monotonic()


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_ctrl_c_ends_a_question_at_once(scheme):
    if scheme == "grpc":
        pytest.importorskip("tensorflow_serving", reason="the extra `serving` is not installed")
    with raw_server(SERVERS["Connection: close"] if scheme == "http" else says(SETTINGS, PING)) as address:
        began = ctrl_c_after(0.3)
        with pytest.raises(KeyboardInterrupt):
            connect(f"{scheme}://{address}", timeout=30)
    assert time.monotonic() - began < 0.3 + SLACK


@pytest.mark.parametrize("fault", ["pause", "silence"])
def test_ctrl_c_ends_frames_on_the_way_at_once(served, fault):
    with rest_server(served) as url:
        model = connect(url, timeout=30)
        faults = {"pause": failing(503, 99, [("Retry-After", "20")]), "silence": lambda handler: time.sleep(20)}
        served.fault, began = faults[fault], ctrl_c_after(0.3)
        with pytest.raises(KeyboardInterrupt):
            list(in_order(map(picture, range(9)), model.predict, 4, model.close))
    assert time.monotonic() - began < 0.3 + SLACK


def test_nothing_is_asked_after_the_end(served):
    with rest_server(served) as url:
        model = connect(url)
        model.close()
        model.close()
        with pytest.raises(ServerError, match="was ended"):
            model.predict(picture(0))
