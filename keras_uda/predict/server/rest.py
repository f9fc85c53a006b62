"""The REST interface of TensorFlow Serving: no redirects, no endless answers, no wait beyond the deadline.

An exchange is one task, from the look-up of the name to the last byte of the answer, and is cancelled when its time is
over. The time limits of clients whose calls block (urllib3, requests, http.client) begin again with every byte.
"""

import base64
import json
import socket
import ssl
from collections.abc import Iterator

import httpx

from keras_uda.core.errors import ServerError
from keras_uda.core.errors import UsageError
from keras_uda.predict.server.address import Address
from keras_uda.predict.server.deadlines import Deadlines
from keras_uda.predict.server.model import NoAnswer
from keras_uda.predict.server.model import Transient
from keras_uda.predict.server.model import clean

MOST_MARKS = 20_000  # brackets and commas of an answer: Python takes some sixty bytes for each of them
AGAIN = (429, 500, 502, 503, 504)
HEADERS = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}


class Rest:
    """Connections that are kept and shared by all threads.

    Raises:
        UsageError: a host that no name can be.
    """

    def __init__(self, address: Address):
        self.address, self._deadlines = address, Deadlines()
        secret = {"Authorization": address.authorization} if address.authorization else {}
        verify = ssl.create_default_context() if address.scheme == "https" else False
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        # No variable of the environment and no time limit of its own: one deadline for all of an exchange.
        own = {"verify": verify, "limits": limits, "trust_env": False, "timeout": None}
        self._client = httpx.AsyncClient(headers=HEADERS | secret, **own)
        self._url = _url(address)

    def call(self, signature: str, inputs: dict[str, list[bytes]], seconds: float, largest: int) -> dict[str, list]:
        """See `Transport`."""
        columns = {name: [{"b64": base64.b64encode(v).decode()} for v in values] for name, values in inputs.items()}
        body = json.dumps({"signature_name": signature, "inputs": columns}).encode()
        status, headers, content = self._within(seconds, body, largest)
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
            outputs = _parsed(content)["outputs"]
            # One output comes without its name.
            outputs = outputs if isinstance(outputs, dict) else {"about": outputs}
            return {name: [_value(v) for v in values] for name, values in outputs.items()}
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            what = f"does not answer as TensorFlow Serving does ({clean(content[:60])})"
            raise ServerError(self.address, what, "Check the port in --server") from error

    def _within(self, seconds: float, body: bytes, largest: int) -> tuple[int, httpx.Headers, bytes]:
        try:
            return self._deadlines.within(seconds, self._exchange(body, largest))
        except TimeoutError as error:
            what = f"no complete answer within {seconds:.0f} s"
            raise NoAnswer(self.address, what, "Check the server, or raise --timeout") from error
        except ConnectionAbortedError as error:
            raise ServerError(self.address, "the request was ended", "Run the same command again") from error
        except (httpx.TransportError, httpx.StreamError) as error:
            raise Transient(_reason(error), connection=True) from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, ValueError) as error:
            # A client that follows nothing looks at the address of a redirect nevertheless.
            what = f"answers with headers that say nothing possible ({clean(error)[:80]})"
            raise ServerError(self.address, what, "Give the final address with --server") from error

    async def _exchange(self, body: bytes, largest: int) -> tuple[int, httpx.Headers, bytes]:
        async with self._client.stream("POST", self._url, content=body) as response:
            content = bytearray()
            async for piece in response.aiter_raw():
                content += piece
                if len(content) > largest:
                    raise ServerError(self.address, f"answers with more than {largest} bytes", "Check --server")
            if response.status_code == 200 and not {"content-length", "transfer-encoding"} & set(response.headers):
                # Such an answer ends where the connection does: nobody can tell whether it is whole.
                raise httpx.RemoteProtocolError("an answer without its length")
            return response.status_code, response.headers, bytes(content)

    def close(self) -> None:
        self._deadlines.close(self._client.aclose())


def _url(address: Address) -> httpx.URL:
    try:
        url = httpx.URL(f"{address}{address.path}:predict")
        _ = url.host  # in letters: raises for what is no name in other letters
        return url
    except (httpx.InvalidURL, UnicodeError) as error:
        raise UsageError("--server", "not an address", "Write http://HOST:8501 or grpc://HOST:8500") from error


def _parsed(content: bytes) -> object:
    """JSON of few values, whatever their length; raises `ValueError` for other content."""
    if sum(map(content.count, (b"[", b"{", b","))) > MOST_MARKS:
        raise ValueError("too many values")
    return json.loads(content)


def _value(value: object) -> object:
    return base64.b64decode(value["b64"], validate=True) if isinstance(value, dict) else value


def _text(content: bytes) -> str:
    try:
        text = _parsed(content)["error"]
    except (ValueError, KeyError, TypeError, RecursionError):
        text = None
    return text if isinstance(text, str) else content[:600].decode(errors="replace")


KINDS = {
    ConnectionRefusedError: "connection refused",
    socket.gaierror: "no such host",
    ssl.SSLError: "no TLS connection",
}


def _reason(error: Exception) -> str:
    causes = list(_causes(error))
    for kind, words in KINDS.items():
        if any(isinstance(cause, kind) for cause in causes):
            return words
    if isinstance(error, httpx.RemoteProtocolError):
        return f"does not answer in whole HTTP ({clean(error).rstrip('.')})"
    return clean(error).rstrip(".") or type(error).__name__


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, and what led to it."""
    if error is not None:
        yield error
        for inner in (*getattr(error, "exceptions", ()), error.__cause__ or error.__context__):
            yield from _causes(inner)
