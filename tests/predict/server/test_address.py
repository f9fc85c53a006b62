"""Addresses of served models, and what is none."""

import socket

import pytest

from keras_uda.core.errors import ServerError
from keras_uda.core.errors import UsageError
from keras_uda.predict.server.address import parse_address
from tests.predict.server.calls import connect
from tests.predict.server.calls import failing
from tests.predict.server.calls import picture
from tests.predict.server.fake_server import rest_server

pytestmark = pytest.mark.usefixtures("short_pauses")


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://host", "host:8501", "http://", "http://h:99999999", "x", "http://h/v1/models/sä"]
    + ["http://a..b:8501", "http://ä..b:8501", "http://a b", f"http://{64 * 'a'}", "http://\udcdf", "http://[::1..2]"]
    + ["http://[::1%a..b]:1", f"grpc://h/v1/models/m/versions/{20 * '9'}", "http://h/v1/models/m/versions/٣"],
)
def test_addresses_that_are_none(url):
    with pytest.raises(UsageError):
        parse_address(url)


@pytest.mark.parametrize("host", ["xn--", "xn--a", "xn--zzzzzz99999"])
def test_hosts_that_pretend_to_be_in_other_letters(host):
    with pytest.raises((UsageError, ServerError), match="not an address|no such host"):
        connect(f"http://{host}", timeout=2.0)


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
