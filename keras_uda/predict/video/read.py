"""Footage in, one frame at a time: counts what it should have been, and says what was lost."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from keras_uda.core.console import warn
from keras_uda.core.errors import DataError
from keras_uda.core.errors import UsageError
from keras_uda.predict import inputs

# FFmpeg also "plays" text files, pictures and lists of addresses; those are not footage.
CONTAINERS = {"mov", "mp4", "matroska", "webm", "avi", "mpegts", "mpeg", "flv", "asf", "ogg", "mjpeg", "m4v", "h264"}
CONTAINERS |= {"hevc", "nut", "ivf", "mxf", "gif", "yuv4mpegpipe", "dv", "wtv", "mpegvideo", "obu", "rtsp"}
USUAL_RATE = Fraction(25)
LARGEST_PIXELS = 64_000_000


class Video:
    """The frames of a clip.

    Args:
        source: path of a file, or an address.
        allow_url: whether an address may be opened.
    Attributes:
        declared: frames that the file says it has, 0 if it does not say.
        expected: frames to count on for a progress bar, 0 if unknown.
        rate: frames per second.
        decoded: frames given out so far.
    Raises:
        DataError: not a clip that can be read.
        UsageError: an address that was not allowed.
    """

    def __init__(self, source: str | Path, allow_url: bool = False):
        self.address = bool(inputs.ADDRESS.match(str(source)))
        if self.address and not allow_url:
            raise UsageError("--input", "network addresses are read only with --allow-url", "Add it, or give a file")
        # What is printed holds neither credentials nor bytes that no terminal shows.
        self.name = inputs.name_of(str(source)) if self.address else inputs.escaped(source)
        self._container = self._open(str(source))
        self._stream = self._container.streams.video[0]
        self._stream.thread_type = "AUTO"
        self.rate = self._rate()
        self.declared = self._stream.frames
        self.expected = self.declared or self._estimate()
        self.decoded = self._packets = self._discarded = self._damaged = 0

    def _open(self, source: str) -> av.container.InputContainer:
        remedy = "Give a video file such as .mp4, an image, or a folder of images"
        if not self.address and not Path(source).is_file():
            raise DataError(self.name, "no such file", "Check the path")
        try:
            options = {"format_whitelist": ",".join(sorted(CONTAINERS))}
            options |= {} if self.address else {"protocol_whitelist": "file"}
            container = av.open(source, options=options, metadata_errors="ignore", timeout=30)
        except (av.FFmpegError, ValueError) as error:
            raise DataError(self.name, f"not a playable video ({_short(error)})", remedy) from error
        if not container.streams.video:
            container.close()
            raise DataError(self.name, f"no video in it ({container.format.name})", remedy)
        context = container.streams.video[0].codec_context
        if context is None or context.width * context.height > LARGEST_PIXELS:
            container.close()
            raise DataError(self.name, "frames too large or of an unknown codec", "Convert it to H.264 first")
        return container

    def _rate(self) -> Fraction:
        rate = self._stream.average_rate or self._stream.guessed_rate
        if not rate or not 0 < rate <= 1000:
            warn(f"{self.name}: no usable frame rate, {USUAL_RATE} per second assumed")
            return USUAL_RATE
        return Fraction(rate)

    def _estimate(self) -> int:
        duration = self._container.duration
        return round(duration / av.time_base * self.rate) if duration else 0

    def frames(self) -> Iterator[tuple[np.ndarray, Fraction]]:
        """Yields (uint8 RGB (height, width, 3) as it is shown, time in seconds); goes on behind damaged frames."""
        shown = Fraction(-1)
        for frame in self._decoded_frames():
            image = frame.to_ndarray(format="rgb24")
            if frame.rotation:
                image = np.ascontiguousarray(np.rot90(image, round(frame.rotation / 90)))
            time = frame.pts * Fraction(frame.time_base) if frame.pts is not None and frame.time_base else None
            if time is None or time <= shown:
                time = shown + 1 / self.rate if self.decoded else Fraction(0)
            shown = time
            self.decoded += 1
            self._damaged += bool(frame.is_corrupt)
            yield image, time

    def _decoded_frames(self) -> Iterator[av.VideoFrame]:
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.FFmpegError:
                self._damaged += 1
                return
            self._packets += bool(packet.size)
            self._discarded += bool(packet.size and packet.is_discard)
            try:
                yield from packet.decode()
            except av.FFmpegError:
                self._damaged += 1

    def loss(self) -> str | None:
        """What is missing after the last frame, or None: end and damage look alike to a decoder, so counts tell."""
        whole = self.declared or self._packets
        missing = whole - self._discarded - self.decoded
        if missing <= 0 and not self._damaged:
            return None
        damaged = f", {self._damaged} damaged" if self._damaged else ""
        return f"{whole - self._discarded} frames declared, {self.decoded} decoded{damaged}"

    def close(self) -> None:
        self._container.close()


def _short(error: Exception) -> str:
    return " ".join((getattr(error, "strerror", None) or str(error)).split())[:100]
