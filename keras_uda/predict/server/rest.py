"""The REST interface of TensorFlow Serving: no redirects, no endless answers, no wait beyond the deadline."""

import base64
import contextlib
import http.client
import json
import socket
import ssl
import threading
import time

from keras_uda.core.errors import ServerError
from keras_uda.predict.server.address import Address
from keras_uda.predict.server.model import Transient
from keras_uda.predict.server.model import clean

AGAIN = (429, 500, 502, 503, 504)


class Rest:
    """One kept connection per thread."""

    def __init__(self, address: Address):
        self.address = address
        self._own, self._all, self._lock = threading.local(), set(), threading.Lock()

    def call(self, signature: str, inputs: dict[str, list[bytes]], seconds: float, largest: int) -> dict[str, list]:
        """See `Transport`."""
        columns = {name: [{"b64": base64.b64encode(v).decode()} for v in values] for name, values in inputs.items()}
        body = json.dumps({"signature_name": signature, "inputs": columns})
        status, headers, content = self._exchange(body, seconds, largest)
        if status in AGAIN:
            pause = headers.get("Retry-After", "")
            seconds = float(pause) if pause.isascii() and pause.isdigit() else None
            raise Transient(f"answers {status} ({clean(_text(content))})", pause=seconds)
        if 300 <= status < 400:
            raise ServerError(self.address, "redirects to another address", "Give the final address with --server")
        if status != 200:
            what = f"answers {status}: {clean(_text(content))}"
            raise ServerError(self.address, what, "Check model and version in --server")
        return self._outputs(content)

    def _outputs(self, content: bytes) -> dict[str, list]:
        try:
            outputs = json.loads(content)["outputs"]
            # One output comes without its name.
            outputs = outputs if isinstance(outputs, dict) else {"about": outputs}
            return {name: [_value(v) for v in values] for name, values in outputs.items()}
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            what = f"does not answer as TensorFlow Serving does ({clean(content[:60])})"
            raise ServerError(self.address, what, "Check the port in --server") from error

    def _exchange(self, body: str, seconds: float, largest: int) -> tuple[int, http.client.HTTPMessage, bytes]:
        began, connection = time.monotonic(), self._connection(seconds)
        watchdog = threading.Timer(seconds, _hang_up, [connection])  # a server that drips resets every socket timeout
        watchdog.daemon = True
        watchdog.start()
        try:
            headers = {"Content-Type": "application/json"}
            if self.address.authorization:
                headers["Authorization"] = self.address.authorization
            connection.request("POST", f"{self.address.path}:predict", body, headers)
            response = connection.getresponse()
            content = response.read(largest + 1)
            if len(content) > largest:
                raise ServerError(self.address, f"answers with more than {largest} bytes", "Check --server")
            if (
                response.status == 200 and response.length != 0 and not response.chunked
            ):  # a lost connection ends headers and bodies silently
                raise http.client.IncompleteRead(content, response.length)
            if response.will_close:
                self._drop(connection)
            return response.status, response.headers, content
        except (OSError, http.client.HTTPException) as error:
            self._drop(connection)
            if time.monotonic() - began > seconds - 0.05:
                what = f"no complete answer within {seconds:.0f} s"
                raise ServerError(self.address, what, "Check the server, or raise --timeout") from error
            raise Transient(_reason(error), connection=True) from error
        except BaseException:
            self._drop(connection)
            raise
        finally:
            watchdog.cancel()

    def _connection(self, seconds: float) -> http.client.HTTPConnection:
        connection = getattr(self._own, "connection", None)
        if connection is None:
            kind = http.client.HTTPSConnection if self.address.scheme == "https" else http.client.HTTPConnection
            connection = self._own.connection = kind(self.address.host, self.address.port)
            with self._lock:
                self._all.add(connection)
        connection.timeout = max(0.01, seconds)
        if connection.sock is not None:
            connection.sock.settimeout(connection.timeout)
        return connection

    def _drop(self, connection: http.client.HTTPConnection) -> None:
        connection.close()
        self._own.connection = None
        with self._lock:
            self._all.discard(connection)

    def close(self) -> None:
        with self._lock:
            for connection in self._all:
                _hang_up(connection)


def _hang_up(connection: http.client.HTTPConnection) -> None:
    if connection.sock is not None:
        with contextlib.suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


def _value(value: object) -> object:
    return base64.b64decode(value["b64"], validate=True) if isinstance(value, dict) else value


def _text(content: bytes) -> str:
    try:
        text = json.loads(content)["error"]
    except (ValueError, KeyError, TypeError, RecursionError):
        text = None
    return text if isinstance(text, str) else content[:600].decode(errors="replace")


def _reason(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, socket.gaierror):
        return "no such host"
    if isinstance(error, ssl.SSLError):
        return "no TLS connection"
    if isinstance(error, http.client.BadStatusLine) and not isinstance(error, http.client.RemoteDisconnected):
        return "does not speak HTTP"
    return clean(error) or type(error).__name__
