"""Footage in, one frame at a time, as a player shows it: upright, with square pixels, with times from 0."""

from collections.abc import Callable
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from keras_uda.core.console import warn
from keras_uda.core.errors import UsageError
from keras_uda.predict import inputs
from keras_uda.predict.video.clock import BROADCAST
from keras_uda.predict.video.clock import Clock
from keras_uda.predict.video.completeness import Completeness
from keras_uda.predict.video.container import choose_stream
from keras_uda.predict.video.container import has_shape
from keras_uda.predict.video.container import open_container

USUAL_RATE = Fraction(25)


class Video:
    """The frames of a clip.

    Args:
        source: path of a file, or an address.
        allow_url: whether an address may be opened.
        stream: which of several video streams, from 0; None takes the one with most pixels, and says so.
    Attributes:
        declared: frames that the file says it has, 0 if it does not say.
        expected: frames to count on for a progress bar, 0 if unknown.
        rate: frames per second.
        decoded: frames seen so far.
    Raises:
        DataError: not a clip that can be read.
        UsageError: an address that was not allowed, or no such stream.
    """

    def __init__(self, source: str | Path, allow_url: bool = False, stream: int | None = None):
        address = bool(inputs.ADDRESS.match(str(source)))
        if address and not allow_url:
            raise UsageError("--input", "network addresses are read only with --allow-url", "Add it, or give a file")
        # What is printed holds neither credentials nor bytes that no terminal shows.
        self.name = inputs.name_of(str(source)) if address else inputs.escaped(source)
        self._container = open_container(str(source), self.name, address)
        try:
            self._stream = choose_stream(self._container, self.name, stream)
        except BaseException:
            self._container.close()
            raise
        self._stream.thread_type = "AUTO"
        self.rate = self._rate()
        self._whole = Completeness(self._container, self._stream, None if address else Path(source))
        self.declared = self._whole.declared
        self.expected = self.declared or self._estimate()
        self.decoded = 0

    def _rate(self) -> Fraction:
        rate = self._stream.average_rate or self._stream.guessed_rate
        if not rate or not 0 < rate <= 1000:
            warn(f"{self.name}: no usable frame rate, {USUAL_RATE} per second assumed")
            return USUAL_RATE
        return Fraction(rate)

    def _estimate(self) -> int:
        duration = self._container.duration
        return round(duration / av.time_base * self.rate) if duration else 0

    def frames(
        self, wanted: Callable[[Fraction], bool] = lambda seconds: True
    ) -> Iterator[tuple[np.ndarray, Fraction]]:
        """Yields (uint8 RGB (height, width, 3), seconds since the first frame); goes on behind damaged frames.

        Args:
            wanted: of the seconds of a frame: whether it is given out; of the others no image is made.
        """
        clock = Clock(self.rate, jumps=self._container.format.name in BROADCAST)
        pixel = self._stream.sample_aspect_ratio
        for frame in self._decoded_frames():
            time = frame.pts * Fraction(frame.time_base) if frame.pts is not None and frame.time_base else None
            seconds = clock.seconds(time)
            self.decoded += 1
            if wanted(seconds):
                yield as_shown(frame.to_ndarray(format="rgb24"), pixel, frame.rotation), seconds
        if unseen := self._whole.unseen:
            warn(f"{self.name}: begins between key frames (cut without encoding?), so {unseen} frames cannot be shown")

    def _decoded_frames(self) -> Iterator[av.VideoFrame]:
        packets = self._container.demux(*([] if self._whole.timed else [self._stream]))
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.FFmpegError:
                self._whole.error()
                return
            self._whole.packet(packet)
            if packet.stream.index != self._stream.index:
                continue
            try:
                for frame in packet.decode():
                    self._whole.frame(frame)
                    yield frame
            except av.FFmpegError:
                self._whole.error()

    def loss(self) -> str | None:
        """What is missing after the last frame, or None."""
        return self._whole.loss()

    def close(self) -> None:
        self._container.close()


def as_shown(image: np.ndarray, pixel: Fraction | None, rotation: float) -> np.ndarray:
    """A decoded frame as a player shows it.

    Args:
        image: uint8 (height, width, 3) as stored.
        pixel: width against height of a pixel; None: square. Frames are made larger, never smaller.
        rotation: degrees against the clock, in quarters.
    """
    height, width = image.shape[:2]
    if has_shape(pixel):
        size = round(width * max(pixel, 1)), round(height / min(pixel, 1))
        image = image if size == (width, height) else cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)
    quarters = round(rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(image, quarters)) if quarters else image
