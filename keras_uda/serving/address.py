"""`--server`: http(s)://host:8501 or grpc://host:8500, with the model and its version in the path."""

import base64
import re
from typing import NamedTuple
from urllib.parse import unquote
from urllib.parse import urlsplit

from keras_uda.errors import UsageError

PORTS = {"http": 8501, "https": 443, "grpc": 8500}
PATH = re.compile(r"/?(?:v1/models/)?(?P<name>[\w.-]+)?(?:/(?:versions/(?P<version>\d+)|labels/(?P<label>[\w.-]+)))?/?")
MODEL = "segmenter"


class Address(NamedTuple):
    """Where a model is served.

    Args:
        scheme: `http`, `https` or `grpc`.
        host: name or number of the machine.
        port: of the service.
        model: name.
        version: number, or None for the highest.
        label: name of a version, or None.
        authorization: value of that header, or None; never printed.
    """

    scheme: str
    host: str
    port: int
    model: str = MODEL
    version: int | None = None
    label: str | None = None
    authorization: str | None = None

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"

    @property
    def path(self) -> str:
        """Of the model in the REST interface."""
        chosen = (
            f"/versions/{self.version}" if self.version is not None else f"/labels/{self.label}" if self.label else ""
        )
        return f"/v1/models/{self.model}{chosen}"


def parse_address(text: str) -> Address:
    """`http://host:8501/v1/models/segmenter/versions/3`; all behind the host may be left out.

    Raises:
        UsageError: another scheme, no host, no model. The text is not repeated: it may hold a secret.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise UsageError("--server", "not an address", "Write http://HOST:8501 or grpc://HOST:8500") from error
    match = PATH.fullmatch(parts.path)
    if parts.scheme not in PORTS or not parts.hostname or not match or parts.query or parts.fragment:
        remedy = "Write http://HOST:8501 or grpc://HOST:8500, with /v1/models/NAME/versions/N behind it if wanted"
        raise UsageError("--server", "not an address of a model", remedy)
    secret = None
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        secret = "Basic " + base64.b64encode(pair.encode()).decode()
    version = int(match["version"]) if match["version"] else None
    port = port or PORTS[parts.scheme]
    return Address(parts.scheme, parts.hostname, port, match["name"] or MODEL, version, match["label"], secret)
