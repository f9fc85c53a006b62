"""The annotator's server: a page, the images of one list, and saving. It answers on the loopback interface only.

Every address begins with a secret of this run, so that neither another user of the machine nor a web page that is open
in the same browser can read or write; requests under another host name (DNS rebinding) are refused.
"""

import hmac
import logging
import secrets
import socket
import webbrowser
from importlib import resources
from pathlib import Path

from flask import Flask
from flask import Response
from flask import abort
from flask import jsonify
from flask import request
from werkzeug.serving import BaseWSGIServer
from werkzeug.serving import make_server

from keras_uda.core.classes import palette
from keras_uda.core.console import say
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UdaError
from keras_uda.core.errors import UsageError
from keras_uda.core.errors import one_line
from keras_uda.core.json_records import parse_json
from keras_uda.core.outside import MEGABYTE
from keras_uda.core.outside import read_bytes
from keras_uda.data.formats.images import header
from keras_uda.weak_labels.annotator.session import Session

LOOPBACK = "127.0.0.1"
LARGEST_REQUEST = 2**20
# One key per class, in the order in which they lie on the keyboard.
KEYS = "1234567890qwertyuiopasdfghjklzxcvbnm"
PAGE = {
    "": ("annotator.html", "text/html"),
    "annotator.js": ("annotator.js", "text/javascript"),
    "picture.js": ("picture.js", "text/javascript"),
    "saving.js": ("saving.js", "text/javascript"),
    "annotator.css": ("annotator.css", "text/css"),
}
IMAGES = (".png", ".jpg", ".jpeg", ".bmp")
KINDS = {"PNG": "image/png", "JPEG": "image/jpeg", "BMP": "image/bmp"}
LARGEST_IMAGE = 300 * MEGABYTE  # 64 million pixels that cannot be compressed, and a little
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def build_app(session: Session, secret: str) -> Flask:
    """The web application of one session.

    Args:
        session: images, tags and points.
        secret: first part of every path.
    """
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    _guard(app, secret)
    _serve_page(app)
    _serve_session(app, session)
    return app


def _guard(app: Flask, secret: str) -> None:
    """Nobody else gets an answer, nothing of an answer is kept or framed, and what is refused is said in one line."""

    @app.before_request
    def only_this_user_on_this_machine():
        host = request.host.rsplit(":", 1)[0]
        given = (request.view_args or {}).pop("secret", "")
        if host not in (LOOPBACK, "localhost") or not hmac.compare_digest(given.encode(), secret.encode()):
            abort(404)

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers.update(HEADERS)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    @app.errorhandler(UdaError)
    def refused(error: UdaError):
        return jsonify(error=one_line(error)), 400 if error.exit_code == 3 else 500


def _serve_page(app: Flask) -> None:
    """The page, its scripts and its style."""

    @app.get("/<secret>/")
    @app.get("/<secret>/<name>")
    def page(name: str = ""):
        if name not in PAGE:
            abort(404)
        file, kind = PAGE[name]
        content = (resources.files("keras_uda.weak_labels.annotator") / "static" / file).read_bytes()
        return Response(content, mimetype=kind)


def _serve_session(app: Flask, session: Session) -> None:
    """What the page asks for: the whole session, one image with what is known of it, saving."""

    def known(number: int) -> int:
        return number if number < len(session.images) else abort(404)

    @app.get("/<secret>/session")
    def overview():
        return jsonify(
            id=session.name,
            folder=session.folder.name,
            output=session.output.name,
            classes=described(session.classes),
            next=session.next_open(),
            guesses=bool(session.guesses),
            **session.progress(),
        )

    @app.get("/<secret>/item/<int:number>")
    def item(number: int):
        return jsonify(**session.item(known(number)))

    @app.get("/<secret>/image/<int:number>")
    def image(number: int):
        content, kind = picture_of(session.path(known(number)))
        return Response(content, mimetype=kind, headers={"Cache-Control": "private, max-age=3600"})

    @app.post("/<secret>/save")
    def save():
        if not request.is_json:
            abort(415)
        session.save(entry_of(request.get_data()))
        return jsonify(**session.progress())


def entry_of(text: bytes) -> dict:
    """What a page wants to save; raises `DataError` for what is no mapping, nested too deeply, or not JSON."""
    try:
        return parse_json(text)
    except ValueError as error:
        raise DataError("entry", str(error), "Load the page again") from error


def picture_of(path: Path) -> tuple[bytes, str]:
    """The content of an image file and its kind; whatever else lies under that name, or where it leads, is not found.

    Args:
        path: of the list that the session began with; the file may have been replaced since.
    """
    try:
        content = read_bytes(path, LARGEST_IMAGE)
        return content, KINDS[header(content, path).kind]
    except (UdaError, KeyError):
        abort(404)


def described(classes: tuple[str, ...]) -> list[dict]:
    """Name, colour and key of each class; classes beyond the keyboard have no key."""
    colours = palette(classes).tolist()
    keys = [*KEYS, *[""] * len(classes)]
    return [{"name": name, "colour": colours[n], "key": keys[n]} for n, name in enumerate(classes)]


def open_server(session: Session, port: int) -> tuple[BaseWSGIServer, str]:
    """A server that is listening, and the address to open.

    Args:
        port: 0 takes a free one.
    Raises:
        UsageError: the port is taken.
    """
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    secret = secrets.token_urlsafe(16)
    try:
        listener = socket.create_server((LOOPBACK, port))
    except (OSError, OverflowError):
        raise UsageError("--port", f"{port} cannot be used", "Give another one, or 0 for any free one") from None
    with listener:
        port = listener.getsockname()[1]
        server = make_server(LOOPBACK, port, build_app(session, secret), threaded=True, fd=listener.fileno())
    server.daemon_threads = True
    return server, f"http://{LOOPBACK}:{port}/{secret}/"


def serve(session: Session, port: int, browser: bool) -> None:
    """Answers until Ctrl-C; `browser` opens the page as well."""
    server, address = open_server(session, port)
    say(f"tag {len(session.images)} images at {address}\n(this machine only; every change is saved; Ctrl-C ends)")
    if browser:
        webbrowser.open(address)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
        state = session.progress()
        pace = f", {state['seconds']} s per image" if state["seconds"] else ""
        say(f"{state['done']} of {state['total']} images tagged{pace}: {session.output}. The same command continues.")
