"""A served model as a function of frames: encodes them, waits no longer than allowed, tries again where that can help.

What is sent again: 429, 500, 502, 503, 504 and their gRPC likes, three times in all; and lost connections, until the
deadline once the server has answered before (it may be starting again). A 4xx is never sent again.
"""

import io
import math
import random
import threading
import time
from collections import Counter
from typing import Annotated
from typing import NamedTuple
from typing import Protocol

import cv2
import numpy as np
from PIL import Image
from pydantic import Field

from keras_uda.core.classes import check_classes
from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import ServerError
from keras_uda.core.json_records import Record
from keras_uda.core.json_records import described
from keras_uda.core.json_records import parse_json
from keras_uda.predict.server.address import Address

TRIES = 3
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 4.0
JPEG_QUALITY = 98  # measured in docs/predict.md: 95 loses 2.4 % of the labels on the worst frame
LARGEST_ABOUT = 1_000_000
LARGEST_PIXELS = 2**24  # of the frames of a network; the size of the answer that is waited for follows from it
LONGEST_NAME = 200
SLACK = 3  # bytes for a pixel of two maps: a PNG of noise is as large as its pixels, and a third larger in base64
LARGEST_ERROR = 100_000  # bytes of the page of a proxy, say


class About(Record):
    """What a served model says of itself."""

    classes: list
    palette: list
    size: described(Annotated[str, Field(pattern="^[1-9][0-9]{0,4}x[1-9][0-9]{0,4}$")], "WIDTHxHEIGHT")
    model: str


class Transient(Exception):
    """A failure that another try may mend.

    Args:
        what: for the message.
        connection: the connection was refused or lost.
        pause: seconds that the server asks to wait.
    """

    def __init__(self, what: str, connection: bool = False, pause: float | None = None):
        super().__init__(what)
        self.connection, self.pause = connection, pause


class NoAnswer(ServerError):
    """The time for an answer is over."""


class UnreadableFrame(ServerError):
    """The server could not decode a frame; its others are not concerned."""


class Transport(Protocol):
    """REST or gRPC: one request, one answer."""

    def call(self, signature: str, inputs: dict[str, list[bytes]], seconds: float, largest: int) -> dict[str, list]:
        """Sends a request; raises Transient, NoAnswer, or ServerError for what no second try can mend."""

    def close(self) -> None:
        """Ends all requests at once."""


class Answer(NamedTuple):
    """One frame: label map uint8 (height, width), mean confidence 0..1, short name of the model that gave it."""

    label_map: np.ndarray
    confidence: float
    model: str


class ServerModel:
    """The model behind an address.

    Args:
        address: for messages.
        transport: REST or gRPC.
        timeout_seconds: longest wait for one frame, all tries together.
        encode: `jpeg` or `png`.
    Raises:
        ServerError: nobody answers, or not as a model of ours.
        ArtefactError: the model was not exported by export.py.
    """

    def __init__(self, address: Address, transport: Transport, timeout_seconds: float = 30.0, encode: str = "jpeg"):
        self.address, self.transport, self.timeout_seconds, self.encode = address, transport, timeout_seconds, encode
        self.latencies: list[float] = []
        self.bytes_sent = self.bytes_received = 0
        self.models: Counter = Counter()
        self._lock, self._answered, self._closed = threading.Lock(), False, threading.Event()
        self.about = self._ask_about()
        self._known = {self.about["model"]}

    @property
    def size(self) -> tuple[int, int]:
        width, _, height = self.about["size"].partition("x")
        return int(width), int(height)

    @property
    def palette(self) -> np.ndarray:
        return np.array(self.about["palette"], np.uint8)

    def predict(self, frame: np.ndarray) -> Answer:
        """Asks for one frame, uint8 RGB (height, width, 3) at `size`; safe to call from many threads."""
        return self.ask(encode_frame(frame, self.encode))

    def ask(self, content: bytes) -> Answer:
        """Asks for one image file of any size; safe to call from many threads.

        Raises:
            UnreadableFrame: the server is well, and cannot decode the file.
            ServerError: anything else.
        """
        width, height = self.size
        began = time.perf_counter()
        answer = self._call("encoded", {"image_bytes": [content]}, SLACK * width * height + LARGEST_ERROR)
        seconds = time.perf_counter() - began
        self._require_fine(answer)
        result = self._checked(answer)
        with self._lock:
            self.latencies.append(seconds)
            self.bytes_sent += len(content)
            self.bytes_received += len(answer["label_png_bytes"][0])
            self.models[result.model] += 1
        if result.model not in self._known:
            self._accept(result.model)
        return result

    def _accept(self, model: str) -> None:
        """Another version answered: fine if it tells the same classes apart, at the same size."""
        about = self._ask_about()
        if any(about[key] != self.about[key] for key in ("classes", "size")):
            what = "the model was replaced by one with other classes or another size"
            raise ArtefactError(self.address, what, "Name the version in --server, or start again")
        self._known |= {model, about["model"]}

    def _ask_about(self) -> dict:
        answer = self._call("about", {"query": [b""]}, LARGEST_ABOUT)
        remedy = "Serve the SavedModel of export.py"
        try:
            (text,) = answer["about"]
            about = parse_json(text, About)
            check_classes(about["classes"], about["palette"])
            if math.prod(map(int, about["size"].split("x"))) > LARGEST_PIXELS:
                raise ValueError("a size that no network has")
            _check_name(about["model"])
        except (KeyError, ValueError) as error:
            raise ArtefactError(self.address, f"serves no model of export.py ({error})", remedy) from error
        return about

    def _checked(self, answer: dict[str, list]) -> Answer:
        try:
            (png,), (confidence,), (model,) = (answer[k] for k in ("label_png_bytes", "mean_confidence", "model"))
            model = model.decode() if isinstance(model, bytes) else model
            _check_name(model)
            with Image.open(io.BytesIO(png), formats=("PNG",)) as picture:
                if picture.mode != "L" or picture.size != self.size:
                    raise ValueError(f"a map of {picture.size} and mode {picture.mode}")
                label_map = np.asarray(picture)
            if label_map.max() >= len(self.about["classes"]) or not 0 <= float(confidence) <= 1:
                raise ValueError("values that no class or confidence has")
        except Exception as error:  # Pillow raises OSError, SyntaxError, ValueError, struct.error for damage
            remedy = "Check that the server runs the export of this project"
            raise ServerError(
                self.address, f"answers with something else than a label map ({error})", remedy
            ) from error
        return Answer(label_map, float(confidence), model)

    def _require_fine(self, answer: dict[str, list]) -> None:
        """Raises `UnreadableFrame` if the answer says so; exports of earlier versions have no `error`."""
        code, words = (answer.get("error") or [0])[0], self.about.get("errors")
        if code:
            why = words.get(str(code), "") if isinstance(words, dict) else ""
            what = f"could not read the frame, error {clean(code)[:20]} ({clean(why)})"
            raise UnreadableFrame(self.address, what, "Check what lies between here and the server")

    def _call(self, signature: str, inputs: dict[str, list[bytes]], largest: int) -> dict[str, list]:
        deadline, failures = time.monotonic() + self.timeout_seconds, []
        while True:
            try:
                answer = self.transport.call(signature, inputs, deadline - time.monotonic(), largest)
                self._answered = True
                return answer
            except NoAnswer:
                if failures:  # the time is over because of them
                    raise self._given_up(failures) from failures[-1]
                raise
            except Transient as error:
                failures.append(error)
                if self._is_vain(failures, deadline):
                    raise self._given_up(failures) from error

    def _is_vain(self, failures: list[Transient], deadline: float) -> bool:
        """Whether another try cannot help; waits before it otherwise."""
        tries, error = len(failures), failures[-1]
        pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (tries - 1)) * random.uniform(0.5, 1.5)
        pause = pause if error.pause is None else error.pause
        patient = error.connection and self._answered
        late = time.monotonic() + pause >= deadline
        return (tries >= TRIES and not patient) or late or self._closed.wait(pause)

    def _given_up(self, failures: list[Transient]) -> ServerError:
        error = failures[-1]
        remedy = "Start TF Serving or check --server" if error.connection else "Check the server's log"
        return ServerError(self.address, f"{error}, {len(failures)} tries", remedy)

    def summary(self) -> str:
        """Percentiles of the waiting time and the bytes of a frame, for people."""
        if not self.latencies:
            return "no frame was asked for"
        p50, p90, p99 = 1000 * np.percentile(self.latencies, (50, 90, 99))
        count = len(self.latencies)
        sent, received = self.bytes_sent / count / 1000, self.bytes_received / count / 1000
        times = f"latency {p50:.0f} ms median, {p90:.0f} ms 90 %, {p99:.0f} ms 99 %"
        return f"{times}; {sent:.1f} kB sent and {received:.1f} kB received per frame"

    def close(self) -> None:
        """Ends all requests, and the pauses between them."""
        self._closed.set()
        self.transport.close()


def _check_name(model: object) -> None:
    """Raises `ValueError` for the name of a model that could not stand in a table."""
    if not isinstance(model, str) or not model.isprintable() or len(model) > LONGEST_NAME:
        raise ValueError("a model without a name")


def encode_frame(frame: np.ndarray, kind: str) -> bytes:
    """An RGB frame as PNG (exact) or JPEG (smaller)."""
    whole_colours = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    parameters = {
        "png": (".png", [cv2.IMWRITE_PNG_COMPRESSION, 1]),
        # Frames are at network size here: colours at half of it cost more agreement than they save bytes.
        "jpeg": (".jpg", [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY, *whole_colours]),
    }
    suffix, options = parameters[kind]
    _, content = cv2.imencode(suffix, cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), options)
    return content.tobytes()


def clean(text: object) -> str:
    """Text of a server, safe to print: no control characters, at most 300 of the rest."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())[:300]
