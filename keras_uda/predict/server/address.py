"""`--server`: http(s)://host:8501 or grpc://host:8500, with the model and its version in the path."""

import base64
import re
from ipaddress import IPv6Address
from typing import NamedTuple
from urllib.parse import SplitResult
from urllib.parse import unquote
from urllib.parse import urlsplit

from keras_uda.core.errors import UsageError

PORTS = {"http": 8501, "https": 443, "grpc": 8500}
CHOSEN = r"(?:/(?:versions/(?P<version>\d{1,18})|labels/(?P<label>[\w.-]+)))?"
PATH = re.compile(rf"/?(?:v1/models/)?(?P<name>[\w.-]+)?{CHOSEN}/?", re.ASCII)
HOST, ZONE = re.compile(r"[\w-]+(\.[\w-]+)*\.?", re.ASCII), re.compile(r"[\w-]*", re.ASCII)
MODEL = "segmenter"
LONGEST_LABEL = 63  # of a host name, between its dots


class Address(NamedTuple):
    """Where a model is served.

    Args:
        scheme: `http`, `https` or `grpc`.
        host: name or number of the machine, in ASCII, without brackets.
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
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """`host:port`; the numbers of IPv6 stand in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

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
        port, host = parts.port or PORTS.get(parts.scheme), _host(parts.hostname or "")
    except ValueError as error:  # of which `UnicodeError` is one kind
        raise UsageError("--server", "not an address", "Write http://HOST:8501 or grpc://HOST:8500") from error
    match = PATH.fullmatch(parts.path)
    if parts.scheme not in PORTS or not match or parts.query or parts.fragment:
        remedy = "Write http://HOST:8501 or grpc://HOST:8500, with /v1/models/NAME/versions/N after it if needed"
        raise UsageError("--server", "not an address of a model", remedy)
    version = int(match["version"]) if match["version"] else None
    return Address(parts.scheme, host, port, match["name"] or MODEL, version, match["label"], _secret(parts))


def _host(name: str) -> str:
    """A host as it goes over the wire; raises ValueError for what is none."""
    if ":" in name:
        number, _, zone = name.partition("%")
        if not ZONE.fullmatch(zone):
            raise ValueError("no zone")
        return str(IPv6Address(number)) + name[len(number) :]
    host = name if name.isascii() else name.encode("idna").decode()
    if not HOST.fullmatch(host) or max(map(len, host.split("."))) > LONGEST_LABEL:
        raise ValueError("no host")
    return host


def _secret(parts: SplitResult) -> str | None:
    if parts.username is None:
        return None
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return "Basic " + base64.b64encode(pair.encode(errors="surrogateescape")).decode()
