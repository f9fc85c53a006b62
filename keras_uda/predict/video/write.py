"""Footage out: H.264 that every player opens, written aside and renamed when it is whole."""

import os
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from keras_uda.core.atomic import aside_of
from keras_uda.core.atomic import require_writable
from keras_uda.core.errors import ResourceError
from keras_uda.core.errors import UsageError
from keras_uda.core.fault_points import fault_point
from keras_uda.core.files import resource_errors
from keras_uda.core.files import sync

SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv")
TICKS = 90_000  # per second; the clock of MPEG
# With mbtree x264 gives other bytes from call to call on AVX-512 processors.
QUALITY = {"crf": "20", "preset": "veryfast", "x264-params": "mbtree=0"}
BT601 = 6


def check_writer(path: Path) -> None:
    """Tells before any work what would stop a `VideoWriter`.

    Raises:
        UsageError: a suffix that is no container for H.264.
        ResourceError: the encoder is missing, or the folder cannot be written.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError("--output", f"`{path.suffix}` is not a video file we write", f"Use {', '.join(SUFFIXES)}")
    try:
        av.codec.Codec("libx264", "w")
    except ValueError as error:
        raise ResourceError("libx264", "this PyAV has no H.264 encoder", "pip install --force-reinstall av") from error
    require_writable(path.parent)


class VideoWriter:
    """Writes frames to `path`; all get the size of the first one, with bars where the shape differs.

    Args:
        path: .mp4, .m4v, .mov or .mkv.
        rate: frames per second.
    """

    def __init__(self, path: Path, rate: Fraction):
        self.path, self.rate, self.size = path, rate, None
        self._container = self._stream = self._aside = None
        self._cleanup = ExitStack()
        self._last = -1

    def write(self, image: np.ndarray, time: Fraction) -> None:
        """Adds a frame.

        Args:
            image: uint8 RGB (height, width, 3), any size.
            time: seconds from the start, growing.
        """
        with resource_errors(self.path):
            if self._container is None:
                self._open(image)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(fit(image, self.size)), format="rgb24")
            frame.pts = self._last = max(self._last + 1, round(time * TICKS))
            frame.time_base = Fraction(1, TICKS)
            self._container.mux(self._stream.encode(frame))

    def _open(self, image: np.ndarray) -> None:
        height, width = image.shape[:2]
        self.size = width + width % 2, height + height % 2
        options = {"movflags": "faststart"} if self.path.suffix.lower() != ".mkv" else {}
        # FFmpeg chooses the container by the suffix.
        self._aside = self._cleanup.enter_context(aside_of(self.path, self.path.suffix))
        self._container = av.open(f"file:{self._aside}", "w", options=options)  # a colon in a name is no protocol
        self._stream = self._container.add_stream("libx264", rate=self.rate, options=QUALITY)
        self._stream.width, self._stream.height = self.size
        self._stream.pix_fmt = "yuv420p"
        context = self._stream.codec_context
        context.time_base = Fraction(1, TICKS)
        context.colorspace = context.color_primaries = context.color_trc = BT601
        context.color_range = 1

    def close(self) -> None:
        """Finishes the file and puts it in place; without a frame there is no file."""
        if self._container is None:
            return
        with resource_errors(self.path):
            self._container.mux(self._stream.encode())
            self._container.close()
            sync(self._aside)
            fault_point("video-before-rename")
            os.replace(self._aside, self.path)
            sync(self.path.parent)
        self._cleanup.close()

    def __enter__(self) -> "VideoWriter":
        return self

    def __exit__(self, kind, *_: object) -> None:
        try:
            if kind is None:
                self.close()
        finally:
            self._cleanup.close()


def fit(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Brings an image into a frame of even size: edges repeated by a pixel, else scaled into black bars.

    Args:
        image: uint8 (height, width, 3).
        size: (width, height), even.
    """
    (width, height), (h, w) = size, image.shape[:2]
    if (h, w) == (height, width):
        return image
    if 0 <= height - h <= 1 and 0 <= width - w <= 1:
        return np.pad(image, ((0, height - h), (0, width - w), (0, 0)), mode="edge")
    import cv2

    scale = min(width / w, height / h)
    w, h = max(1, round(w * scale)), max(1, round(h * scale))
    top, left = (height - h) // 2, (width - w) // 2
    frame = np.zeros((height, width, 3), np.uint8)
    frame[top : top + h, left : left + w] = cv2.resize(image, (w, h), interpolation=cv2.INTER_AREA)
    return frame
