"""The annotator's server: who may ask, what it gives away, and what it refuses."""

import os
import socket

import pytest
from PIL import Image

from keras_uda.core.classes import CITYSCAPES
from keras_uda.core.errors import UsageError
from keras_uda.weak_labels.annotator.server import LOOPBACK
from keras_uda.weak_labels.annotator.server import build_app
from keras_uda.weak_labels.annotator.server import described
from keras_uda.weak_labels.annotator.server import open_server
from keras_uda.weak_labels.annotator.session import Session
from tests.weak_labels.annotator.test_session import CLASSES
from tests.weak_labels.annotator.test_session import IMAGES
from tests.weak_labels.annotator.test_session import entry
from tests.weak_labels.annotator.test_session import make_images

HERE = {"base_url": f"http://{LOOPBACK}:1234"}


@pytest.fixture
def session(tmp_path) -> Session:
    (tmp_path / "secret.png").write_bytes(b"not of the list")
    return Session(make_images(tmp_path / "images"), IMAGES, tmp_path / "tags.csv", CLASSES)


@pytest.fixture
def client(session):
    return build_app(session, "secret").test_client()


def test_the_page_and_its_parts_are_served(client):
    for name in ("", "annotator.js", "picture.js", "saving.js", "annotator.css"):
        response = client.get(f"/secret/{name}", **HERE)
        assert response.status_code == 200 and len(response.data) > 500
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_an_image_is_tagged(client, session):
    overview = client.get("/secret/session", **HERE).json
    assert overview["total"] == 3 and overview["next"] == 0 and len(overview["classes"]) == len(CLASSES)
    assert client.get("/secret/item/1", **HERE).json["image"] == "b.png"
    assert client.get("/secret/image/1", **HERE).mimetype == "image/png"
    assert client.post("/secret/save", json=entry(), **HERE).json["done"] == 1
    assert client.get("/secret/item/0", **HERE).json["next"] == 2
    assert session.output.exists()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/session",
        "/wrong/session",
        "/wrong/",
        "/secret/image/3",
        "/secret/image/-1",
        "/secret/item/99999999999999999999",
        "/secret/image/..%2F..%2Fsecret.png",
        "/secret/image/../../secret.png",
        "/secret/../secret.png",
        "/secret/%2e%2e%2fsession.py",
        "/secret/session.py",
        "/secret/static/annotator.js",
        "//etc/passwd",
    ],
)
def test_nothing_else_is_given_away(client, path):
    assert client.get(path, **HERE).status_code in (404, 308)
    assert client.get(path, follow_redirects=True, **HERE).status_code == 404


@pytest.mark.parametrize("host", ["evil.example", "evil.example:1234", "127.0.0.1.evil.example", "10.0.0.7:1234"])
def test_other_host_names_are_refused(client, host):
    assert client.get("/secret/session", base_url=f"http://{host}").status_code == 404


def test_rubbish_is_refused_and_changes_nothing(client, session):
    assert client.post("/secret/save", json=entry() | {"tags": [9, 9, 9]}, **HERE).status_code == 400
    assert "do not fit" in client.post("/secret/save", json=entry() | {"tags": [9, 9, 9]}, **HERE).json["error"]
    assert client.post("/secret/save", json=["b.png"], **HERE).status_code == 400
    assert client.post("/secret/save", data="x", **HERE).status_code == 415
    assert client.post("/secret/save", data="{", content_type="application/json", **HERE).status_code == 400
    assert (
        client.post("/secret/save", data=b"x" * 2_000_000, content_type="application/json", **HERE).status_code == 413
    )
    assert client.post("/wrong/save", json=entry(), **HERE).status_code == 404
    assert not session.output.exists()


@pytest.mark.parametrize(
    "content", ["[" * 100_000, '{"a":' * 50_000, '{"image": ' + "9" * 9000 + "}", "NaN", "[]", "7"]
)
def test_an_entry_of_any_form_is_refused(client, session, content):
    answer = client.post("/secret/save", data=content, content_type="application/json", **HERE)
    assert answer.status_code == 400 and answer.json["error"].startswith("error: entry: ")
    assert not session.output.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"image": ["a.png"]},
        {"image": {}},
        {"tags": {}},
        {"tags": [[1]] * 3},
        {"tags": 7},
        {"points": [[[[]]]]},
        {"points": [{"x": {}, "y": 1, "class": 0}]},
        {"points": [{"x": 1e400, "y": 1, "class": 0}]},
        {"points": 7},
        {"seconds": {}},
        {"seconds": "soon"},
    ],
)
def test_wrong_types_in_an_entry_are_refused(client, session, change):
    assert client.post("/secret/save", json=entry() | change, **HERE).status_code == 400
    assert not session.output.exists()


def test_only_images_are_served_whatever_their_names_lead_to(client, session, tmp_path):
    path, secret = session.path(1), tmp_path / "secret.txt"
    secret.write_text("private")
    other = tmp_path / "elsewhere.png"
    path.replace(other)
    path.symlink_to(other)  # a data set made of links is served
    assert client.get("/secret/image/1", **HERE).data == other.read_bytes()
    path.unlink()
    path.symlink_to(secret)
    assert client.get("/secret/image/1", **HERE).status_code == 404
    for make in (lambda: path.mkdir(), lambda: os.mkfifo(path), lambda: path.symlink_to(path.name)):
        path.rmdir() if path.is_dir() else path.unlink()
        make()
        assert client.get("/secret/image/1", **HERE).status_code == 404
        assert client.get("/secret/item/1", **HERE).json["size"] is None


def test_the_kind_of_an_image_is_that_of_its_content(client, session):
    Image.new("RGB", (4, 4)).save(session.path(1), "JPEG")
    assert client.get("/secret/image/1", **HERE).mimetype == "image/jpeg"
    Image.new("RGB", (4, 4)).save(session.path(1), "TIFF")
    assert client.get("/secret/image/1", **HERE).status_code == 404


def test_an_image_that_vanished_is_named(client, session):
    session.path(1).unlink()
    assert client.get("/secret/image/1", **HERE).status_code == 404
    assert client.get("/secret/item/1", **HERE).json["size"] is None


def test_it_listens_on_the_loopback_interface_only(session):
    server, address = open_server(session, 0)
    try:
        assert server.socket.getsockname()[0] == LOOPBACK
        assert address.startswith(f"http://{LOOPBACK}:{server.port}/") and len(address.split("/")[3]) > 20
        with pytest.raises(UsageError, match="cannot be used"):
            open_server(session, server.port)
        for _, _, _, _, (host, *_) in socket.getaddrinfo(socket.gethostname(), server.port, socket.AF_INET):
            if host != LOOPBACK and not host.startswith("127."):
                with pytest.raises(OSError):
                    socket.create_connection((host, server.port), timeout=1)
    finally:
        server.server_close()


def test_every_class_of_cityscapes_has_its_own_key():
    keys = [one["key"] for one in described(CITYSCAPES)]
    assert len(set(keys)) == 19 and all(keys)
    assert [one["key"] for one in described(tuple(f"class {n}" for n in range(40)))][36:] == [""] * 4
