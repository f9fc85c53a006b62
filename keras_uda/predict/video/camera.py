"""A camera of this machine as footage, through OpenCV."""

import re
import signal
import time
from collections.abc import Iterator
from fractions import Fraction

import cv2
import numpy as np

from keras_uda.core.errors import DataError
from keras_uda.core.errors import Interrupted
from keras_uda.core.errors import UsageError

DEVICE = re.compile(r"camera:(\d{1,3}|/dev/(?!.*\.\.)[\w/.-]+)")
USUAL_RATE = 25.0
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Camera:
    """The frames of a camera as they come; has the attributes and methods of `Video`.

    Ctrl-C or SIGTERM ends the frames, so that what was recorded is finished; a second one stops at once.

    Args:
        source: `camera:0`, or `camera:/dev/video2`.
    Raises:
        UsageError: the name is none. DataError: no camera answers.
    """

    def __init__(self, source: str):
        match = DEVICE.fullmatch(source)
        if not match:
            raise UsageError("--input", f"`{source}` is not a camera", "Write camera:0, or camera:/dev/video2")
        self.name, self.expected, self.decoded = source, 0, 0
        set_log_level = getattr(cv2, "setLogLevel", None) or cv2.utils.logging.setLogLevel  # of OpenCV 4, of 5
        set_log_level(0)  # OpenCV tells of missing cameras in lines of its own
        self._capture = cv2.VideoCapture(int(match[1]) if match[1].isdigit() else match[1])
        if not self._capture.isOpened():
            remedy = "Connect one, try camera:1, and check that this user may open it"
            raise DataError(source, "no camera was found", remedy)
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # the newest frame, where the driver can
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self.rate = Fraction(rate if 0 < rate <= 1000 else USUAL_RATE).limit_denominator(1001)
        self._stopped = self._lost = False
        self._handlers: dict = {}
        self._signal = None

    def frames(self) -> Iterator[tuple[np.ndarray, Fraction]]:
        """Yields (uint8 RGB (height, width, 3), seconds since the first one) until a signal, or the camera is lost."""
        self._handlers, began = {number: signal.signal(number, self._stop) for number in SIGNALS}, None
        try:
            while not self._stopped:
                there, image = self._capture.read()
                if self._stopped:
                    return
                if not there:
                    self._lost = True
                    return
                now = time.monotonic()
                began = now if began is None else began
                self.decoded += 1
                yield cv2.cvtColor(image, cv2.COLOR_BGR2RGB), Fraction(now - began)
        finally:
            self._restore()

    def _stop(self, number: int, frame: object) -> None:
        self._stopped, self._signal = True, number
        self._restore()

    def _restore(self) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def loss(self) -> str | None:
        """Why the frames ended, if nobody wanted them to."""
        return f"the camera stopped after {self.decoded} frames" if self._lost else None

    def close(self) -> None:
        """Frees the camera.

        Raises:
            Interrupted: SIGTERM ended the frames; the exit code of a program that is asked to end says so.
        """
        self._capture.release()
        if self._signal == signal.SIGTERM:
            raise Interrupted(signal.SIGTERM, self.name, f"The {self.decoded} frames so far are finished")
